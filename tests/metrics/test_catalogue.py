import pytest

from harness.errors import ParameterError
from harness.metrics.catalogue import (
    ALL_METRICS,
    DEFAULT_METRICS,
    METRICS,
    default_metrics,
    in_order,
    metric,
    metrics_named,
)


def test_the_defaults_are_the_challenges_three():
    assert [(each.name, each.definition, each.higher_is_better, each.worst) for each in DEFAULT_METRICS] == [
        ("r_precision", "final", True, 0),
        ("ndcg", "start-kit", True, 0),
        ("clicks", "rules", False, 51),
    ]


def test_names_and_definitions_are_distinct():
    assert len({each.name for each in METRICS}) == len(METRICS)
    assert len({(each.family, each.definition) for each in METRICS}) == len(METRICS)


@pytest.mark.parametrize("each", METRICS, ids=lambda each: each.name)
def test_a_metric_is_found_by_its_name_and_by_its_definition(each):
    assert metric(each.name) is each
    assert metric(f"{each.family}:{each.definition}") is each


def test_several_are_named_in_order_and_each_once():
    chosen = metrics_named("ndcg:log2i, r_precision:tracks,r_precision_tracks,ndcg:start-kit")
    assert [each.name for each in chosen] == ["ndcg:log2i", "r_precision_tracks", "ndcg"]


def test_an_unknown_name_is_answered_with_a_suggestion_and_all_names():
    known = {name for each in ALL_METRICS for name in (each.name, f"{each.family}:{each.definition}")}
    with pytest.raises(ParameterError) as caught:
        metrics_named("ndcg,r_precison:paper")
    assert str(caught.value) == (
        "no metric 'r_precison:paper', did you mean 'r_precision:paper'?; there are "
        f"{', '.join(sorted(known))}, hit@k and ndcg@k with k from 1 to 500"
    )


@pytest.mark.parametrize("names", ["", "ndcg,", "NDCG", "ndcg:", "clicks:paper"])
def test_a_name_that_is_none_is_refused(names):
    with pytest.raises(ParameterError, match=r"^no metric "):
        metrics_named(names)


@pytest.mark.parametrize("k", [1, 10, 500])
@pytest.mark.parametrize(("name", "definition"), [("hit", "any"), ("ndcg", "start-kit")])
def test_the_first_k_have_metrics_of_their_own(name, definition, k):
    found = metric(f"{name}@{k}")
    assert (found.name, found.family, found.definition) == (f"{name}@{k}", f"{name}@{k}", definition)
    assert metrics_named(f"{name}@{k},{name}@{k}:{definition}") == (found,)


@pytest.mark.parametrize(
    "name",
    [
        "hit",
        "hit@",
        "hit@0",
        "hit@501",
        "hit@-1",
        "hit@010",
        "hit@1.5",
        "clicks@10",
        "ndcg@10:log2i",
        "hit@" + "9" * 5_000,
    ],
)
def test_no_list_has_such_a_top(name):
    with pytest.raises(ParameterError, match=r"^no metric "):
        metric(name)


def test_a_next_track_is_judged_by_its_own_three():
    assert [each.name for each in default_metrics("next-track")] == ["hit@10", "ndcg@10", "clicks"]
    assert default_metrics("challenge") == default_metrics("file") == default_metrics("stratified") == DEFAULT_METRICS


def test_tables_show_metrics_in_one_order():
    names = ["ndcg@10", "hit@100", "clicks", "hit@20", "ndcg", "hit@20"]
    assert [each.name for each in in_order(names)] == ["ndcg", "clicks", "hit@20", "hit@100", "ndcg@10"]
