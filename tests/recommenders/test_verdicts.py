"""Guards of blend and second stage: where they are not better on inner playlists, the simpler model answers."""

import numpy as np
import polars as pl
import pytest

import harness
from harness.ragged import Ragged
from harness.types import Challenge
from recommenders._verdicts import accepted, verdicts
from recommenders.blend import weights as blend_weights
from recommenders.blend.weights import Learnable, learn
from recommenders.two_stage.judging import joined
from tests.recommenders.test_two_stage import CHEAP


def gains(mean, n=200, spread=0.1, seed=0):
    """N gains with exactly this mean and standard deviation."""
    values = np.random.default_rng(seed).normal(size=n)
    return mean + spread * (values - values.mean()) / values.std(ddof=1)


@pytest.mark.parametrize(
    ("mean", "is_accepted"),
    [(0.0, False), (0.011, False), (0.012, True), (-0.012, False)],  # 1.645 standard errors are .0116
)
def test_a_gain_must_be_significant(mean, is_accepted):
    (verdict,) = (verdicts(gains(mean), np.full(200, "a kind", np.str_))["all"],)
    assert verdict.accepted is is_accepted
    assert verdict.n_playlists == 200
    assert verdict.gain == pytest.approx(mean)
    assert verdict.error == pytest.approx(0.1 / 200**0.5)


def test_no_gain_at_all_is_refused():
    assert not verdicts(np.zeros(100), np.full(100, "a", np.str_))["all"].accepted
    assert not verdicts(np.array([1.0]), np.array(["a"]))["all"].accepted, "one playlist proves nothing"


def test_a_kind_is_refused_where_it_loses_and_accepted_where_it_alone_gains():
    kinds = np.repeat(["gains", "unclear", "loses", "few"], [200, 200, 200, 49])
    good = np.concatenate([gains(0.05), gains(0.005), gains(-0.02), gains(-0.5, 49)])
    found = verdicts(good, kinds, overall=gains(0.05, len(good)))
    assert {kind: verdict.accepted for kind, verdict in found.items()} == {
        "all": True,
        "gains": True,
        "unclear": True,  # most gains are similar, so what is accepted for all counts
        "loses": False,
    }
    assert accepted(np.array(["gains", "loses", "few", "never seen"]), found).tolist() == [True, False, True, True]
    found = verdicts(good, kinds, overall=gains(0.0, len(good)))
    assert {kind: verdict.accepted for kind, verdict in found.items()} == {
        "all": False,
        "gains": True,
        "unclear": False,
        "loses": False,
    }


@pytest.fixture
def complementary(handmade, challenge_with):
    """400 playlists without a category: each of two members finds one of the two withheld tracks, a third none."""
    n, n_tracks = 400, 40
    train = handmade([list(range(n_tracks))])
    challenge = challenge_with(train, [[]] * n)
    generator = np.random.default_rng(0)
    right = generator.permuted(np.tile(np.arange(n_tracks, dtype=np.int32), (n, 1)), axis=1)
    scores = np.tile(np.append(10, np.linspace(2, 1, n_tracks - 1)).astype(np.float32), (n, 1))
    lists = []
    for first in (0, 1, 5):
        others = generator.permuted(np.delete(right, first, axis=1), axis=1)
        lists.append(harness.Ranked(np.concatenate([right[:, [first]], others], axis=1), scores))
    info = challenge.info.with_columns(category=pl.lit(0, pl.Int64))
    challenge = Challenge(info, challenge.seeds, challenge.catalog)
    return Learnable(challenge, harness.kit.join(lists, [scores] * 3), Ragged.from_rows(right[:, :2]))


def test_a_blend_that_gains_answers(complementary):
    learnt = learn(complementary, ["one", "other", "none"])
    assert learnt.checks["all"]["answers"] == "blend"
    assert learnt.checks["all"]["gain"] > 0.1
    assert min(learnt.weights["all"][name] for name in ("one", "other")) > learnt.weights["all"]["none"]


def test_where_the_learnt_weights_lose_the_best_member_answers(complementary, monkeypatch):
    learnt_badly = {"all": {"one": 0.0, "other": 0.0, "none": 1.0}}
    monkeypatch.setattr(blend_weights, "_by_kind", lambda *_: learnt_badly)
    learnt = learn(complementary, ["one", "other", "none"])
    best = learnt.checks["all"]["best member"]
    assert best in ("one", "other")
    assert learnt.checks["all"]["answers"] == best
    assert learnt.checks["all"]["gain"] < 0
    assert set(learnt.weights) == {"all", *learnt.checks}
    assert all(weights == {name: float(name == best) for name in weights} for weights in learnt.weights.values())


@pytest.fixture(scope="module")
def second_stage(split):
    """A second stage with its first stage and inner playlists; the trees have learnt nothing yet."""
    model = harness.create("two-stage", CHEAP | {"min_rows": 5, "playlists": 90})
    folds = model._begin(split.train, split.challenge)
    model.first_.learn_on(folds)
    inner = [model._inner(fold, folds) for fold in folds]
    model.first_.fit_again(split.train, split.challenge)
    model.features_.fit(split.train)
    return model, joined(inner)


def test_trees_that_learnt_the_opposite_are_refused_and_the_first_stage_answers(second_stage, split):
    model, inner = second_stage
    rows = inner.rows
    shown = rows.hits[rows.learnt].mean()
    assert 0 < shown < 1
    model.learn([inner._replace(rows=rows._replace(hits=~rows.hits))])
    assert model.trees_
    verdict = model.verdicts_["all"]
    assert verdict.gain < -2 * verdict.error
    checked = model.summary["checked"]
    assert {kind: check["answers"] for kind, check in checked.items()} == dict.fromkeys(model.verdicts_, "blend")
    first = model.first_.candidates(split.challenge, 600).ranked
    assert np.array_equal(model.recommend(split.challenge, 500).tracks, first.tracks[:, :500])


def test_the_record_tells_what_the_candidates_lack_and_the_best_possible_order(second_stage):
    model, inner = second_stage
    model.learn([inner])
    told = model.summary["candidates"]
    assert sum(told["withheld tracks"].values()) == pytest.approx(1, abs=2e-4)
    lists = inner.ranked.tracks[:, :500]
    for metric in harness.default_metrics():
        reached = np.asarray(metric.values(harness.evaluate_lists(lists, inner.challenge, inner.withheld))).mean()
        best = told["best possible order"][metric.name]
        assert best > reached if metric.higher_is_better else best < reached, metric.name
    of_all = inner.withheld.lengths.sum()
    found = harness.kit.is_member(inner.ranked.tracks, inner.withheld).sum()
    assert told["withheld tracks"]["not among the candidates"] == pytest.approx(1 - found / of_all, abs=1e-4)
