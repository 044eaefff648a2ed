"""The benchmarks that compare a second stage with its parts: their commands and options are those of today."""

import json

import pytest

from harness import create
from harness.identities import Holdout
from recommenders.blend import MORE_MEMBERS
from recommenders.two_stage.features import GROUPS


@pytest.fixture(scope="module")
def second_stage(benchmark_named):
    return benchmark_named("second_stage")


@pytest.fixture(scope="module")
def ablation(benchmark_named):
    return benchmark_named("ablation")


def test_a_run_is_made_by_the_command_line_and_read_again(second_stage, corpus, tmp_path):
    """Once both scripts stopped at their first run, because an option had another name."""
    where = (corpus.name, Holdout.validation, tmp_path)
    one, other = (second_stage.run(name, name, [], where) for name in ("co-occurrence", "popularity"))
    shown = second_stage.costs([one, other])
    assert [row.split(" | ")[0] for row in shown[2:]] == ["| co-occurrence", "| popularity"]
    assert f"{one.scores.overall('ndcg'):.4f}" in shown[2]
    difference = one.scores.overall("ndcg") - other.scores.overall("ndcg")
    assert f"| {difference:+.4f} [" in second_stage.differences([(one, other)])[2]
    assert second_stage.worse_categories(one, one) == [
        "co-occurrence is significantly worse than co-occurrence in no category"
    ]


@pytest.mark.parametrize("member", MORE_MEMBERS)
def test_each_member_alone_has_the_hyper_parameters_that_it_has_in_the_blend(second_stage, member, monkeypatch):
    asked = []
    monkeypatch.setattr(second_stage, "run", lambda label, name, params, _: asked.append((label, name, params)))
    second_stage.run_member(member, ["als.factors=8"], None)
    [(label, name, params)] = asked
    create(name, dict(each.split("=", 1) for each in params))
    assert ("factors=8" in params) == (label == "als")


def test_a_second_stage_can_be_made_without_each_part(ablation):
    for alias in (text.partition("=")[0] for text in MORE_MEMBERS):
        [kept] = ablation.without_member(alias, [])
        members = json.loads(kept.removeprefix("blend.members="))
        assert len(members) == len(MORE_MEMBERS) - 1
        create("two-stage", {"blend.members": members})
    create("two-stage", {"without": list(GROUPS)})
