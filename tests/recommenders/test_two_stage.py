"""Two-stage model: features of candidates, training without leaks, a new order of the candidates."""

import json

import numpy as np
import pytest

import harness
from harness.errors import ContractError, ParameterError, PluginError
from harness.run.options import Options
from harness.run.pipeline import evaluate
from harness.run.runs import SUBMISSION, lists_of
from harness.task.tasks import open_task
from recommenders._verdicts import Verdict
from recommenders.two_stage.features import Features
from recommenders.two_stage.judging import joined
from recommenders.two_stage.seed_weights import ORDERED
from recommenders.two_stage.shared_playlists import ORDER, TOGETHER, Entries, count
from recommenders.two_stage.trees import rows_to_learn, standard

CHEAP = {
    "blend.members": ["title", "cosine=item-knn", "rp3beta=item-knn"],
    "rounds": 10,
    "min_rows": 20,
    "threads": 1,
    "candidates": 600,
}


@pytest.fixture(scope="module")
def model(split):
    made = harness.create("two-stage", CHEAP)
    made.fit(split.train, split.challenge)
    made.verdicts_ = {"all": Verdict(1, 1.0, 0.1, True)}  # so that trees answer, whatever they are worth here
    return made


def test_a_first_stage_that_saw_the_withheld_tracks_is_found(split):
    model = harness.create("two-stage", CHEAP)
    inner = harness.draw_like(split.train, split.challenge, 40)
    model.first_.fit_again(split.train, split.challenge)  # the planted leak
    with pytest.raises(ContractError, match=r"members were fitted on playlist \d+ and 39 more of the inner draw"):
        model._inner(inner, [inner])
    model.first_.fit_again(inner.train, inner.challenge)
    model.learn([model._inner(inner, [inner])])
    assert model.trees_


def test_trees_learn_from_candidates_of_a_first_stage_without_the_inner_draw(split, monkeypatch):
    model, seen = harness.create("two-stage", CHEAP), []
    rows = model._rows
    monkeypatch.setattr(
        model,
        "_rows",
        lambda fold, *rest: (
            seen.append(set(model.first_.members_.seen) & set(fold.challenge.pids)),
            rows(fold, *rest),
        )[1],
    )
    model.fit(split.train, split.challenge)
    assert seen == [set()] * len(seen)
    assert len(seen) > 1, "a small training set gives several inner draws"
    assert len(model.first_.members_.seen) == len(split.train), "and then the first stage is fitted on everything"


def test_a_blend_of_fixed_weights_is_fitted_before_trees_learn_from_its_candidates(split):
    weights = {"title": 0.3, "cosine": 0.3, "rp3beta": 0.4}
    model = harness.create("two-stage", {**CHEAP, "blend.weights": weights})
    inner = harness.draw_like(split.train, split.challenge, 40)
    model.first_.learn_on([inner])
    model.learn([model._inner(inner, [inner])])
    assert model.trees_


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


def test_the_record_has_what_the_candidates_lack_and_the_best_possible_order(second_stage):
    model, inner = second_stage
    model.learn([inner])
    candidates = model.summary["candidates"]
    assert sum(candidates["withheld tracks"].values()) == pytest.approx(1, abs=2e-4)
    lists = inner.ranked.tracks[:, :500]
    for metric in harness.default_metrics():
        reached = np.asarray(metric.values(harness.evaluate_lists(lists, inner.challenge, inner.withheld))).mean()
        best = candidates["best possible order"][metric.name]
        assert best > reached if metric.higher_is_better else best < reached, metric.name
    of_all = inner.withheld.lengths.sum()
    found = harness.kit.is_member(inner.ranked.tracks, inner.withheld).sum()
    assert candidates["withheld tracks"]["not among the candidates"] == pytest.approx(1 - found / of_all, abs=1e-4)


def test_the_lists_are_the_candidates_in_another_order(model, split):
    candidates = model.first_.candidates(split.challenge, CHEAP["candidates"]).ranked.tracks
    lists = model.recommend(split.challenge, 500).tracks
    assert (lists[:, :50] != candidates[:, :50]).mean() > 0.3
    for row in range(len(lists)):
        assert set(lists[row]) <= set(candidates[row]) | {-1}


def test_without_its_own_part_the_order_is_that_of_the_first_stage(model, split, monkeypatch):
    monkeypatch.setattr(model, "blend_weight", 1e6)
    candidates = model.first_.candidates(split.challenge, CHEAP["candidates"]).ranked
    lists = model.recommend(split.challenge, 20).tracks
    for row in range(len(lists)):
        score_of = dict(zip(candidates.tracks[row].tolist(), candidates.scores[row].tolist(), strict=True))
        listed = [score_of[track] for track in lists[row].tolist()]
        np.testing.assert_allclose(listed, candidates.scores[row, :20], rtol=1e-4)


def test_a_run_that_is_stopped_three_times_resumes_after_the_last_checkpoint(corpus, tmp_path, monkeypatch):
    task, package = open_task(corpus.name), "recommenders.two_stage"
    few = {**CHEAP, "playlists": 60, "blend.playlists": 60}
    stops = [f"{package}.TwoStage._rows", f"{package}.train_trees", f"{package}.accepted"]
    not_again = [[], ["recommenders.item_knn.ItemKnn.fit"], [f"{package}.TwoStage._rows"]]
    for number, stop in enumerate(stops):
        with monkeypatch.context() as stopped:
            for done in not_again[number]:
                stopped.setattr(done, pytest.fail)
            stopped.setattr(stop, lambda *_, **__: 1 / 0)
            with pytest.raises(PluginError, match="ZeroDivisionError"):
                evaluate(task, "two-stage", few, Options(tmp_path / "stopped"))
    with monkeypatch.context() as resumed:
        resumed.setattr("recommenders.item_knn.ItemKnn.fit", pytest.fail)
        resumed.setattr(f"{package}.train_trees", pytest.fail)
        record = evaluate(task, "two-stage", few, Options(tmp_path / "stopped"))
    evaluate(task, "two-stage", few, Options(tmp_path / "whole"))
    stopped, whole = (
        lists_of(tmp_path / runs / record.run, record.lists_digest, task.challenge) for runs in ("stopped", "whole")
    )
    assert (stopped == whole).all()
    kept = sorted(path.name for path in (tmp_path / "stopped" / record.run).iterdir())
    assert kept == ["lists.npy", "run.json", SUBMISSION, "values.parquet"]


def test_the_runs_record_has_weights_and_importance(corpus, tmp_path):
    record = evaluate(open_task(corpus.name), "two-stage", CHEAP, Options(tmp_path))
    learnt = json.loads((tmp_path / record.run / "run.json").read_text())["learnt"]
    assert sum(learnt["importance"].values()) == pytest.approx(1, abs=0.01)
    assert "all" in learnt["blend"]["weights"]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"without": ["magic"]}, "without=['magic']: the groups of features are members, popularity, "),
        ({"als.factors": 3}, "there is no member 'als', there is 'blend'"),
        ({"first": "title"}, "first=title: it offers no candidates, as blend does"),
        ({"leaves": 1}, "leaves=1 does not fit, int, 2 to 4096 is needed"),
    ],
)
def test_invalid_parameters_are_refused_before_anything_is_fitted(params, message):
    with pytest.raises(ParameterError) as refused:
        harness.create("two-stage", params)
    assert message in str(refused.value)


def test_a_group_left_out_leaves_its_features_out(split):
    features = Features()
    features.fit(split.train)
    tracks = np.tile(np.arange(5, dtype=np.int32), (len(split.challenge), 1))
    ranked = harness.Ranked(tracks, np.ones(tracks.shape, np.float32))
    candidates = harness.kit.Candidates(ranked, np.ones((*tracks.shape, 1), np.float32))
    whole = features.of(split.challenge, candidates, ["one"], {"one_to_title": ranked.scores})
    seen = set()
    for group in ("members", "popularity", "playlist", "artist and album", "duration", "co-occurrence", "order"):
        rest = features.of(split.challenge, candidates, ["one"], {"one_to_title": ranked.scores}, without=[group])
        left_out = set(whole) - set(rest)
        assert left_out
        assert not left_out & seen
        seen |= left_out
    assert set(whole) - seen == {"blend", "blend_rank", "one_to_title"}


@pytest.mark.parametrize(("order", "uses_order"), [("sorted", False), ("random", False), ("real", True)])
def test_features_use_the_order_of_seeds_only_where_it_means_something(split, monkeypatch, order, uses_order):
    monkeypatch.setattr(harness.kit, "order_of", lambda *_: order)
    members = {"members": ["slim", "als"], "als.factors": 2, "als.iterations": 1, "slim.neighbours": 5, "playlists": 40}
    params = CHEAP | {f"blend.{name}": value for name, value in members.items()}
    params |= {"again": ["als"], "playlists": 40, "candidates": 50}
    model = harness.create("two-stage", params)
    folds = model._begin(split.train, split.challenge)
    model.first_.learn_on(folds)
    used = set(model._inner(folds[0], folds).rows.names.tolist())
    of_order = {*ORDER, *ORDERED, "als_to_last", "order_by_artist", "order_by_album"}
    of_order |= {"last_seed_of_artist", "last_seed_of_album"}
    assert used & of_order == (of_order if uses_order else set())
    assert {"als_to_title", "weight_max", "cosine_max"} <= used


TRAIN = [[0, 1, 2, 3], [1, 0, 2], [3, 0, 1, 0], [2, 4], [4, 1]]


def counted(handmade, challenge_with, seeds, candidates):
    train = handmade(TRAIN)
    index = harness.kit.PlaylistIndex.of(train.tracks, train.catalog.n_tracks)
    known, _ = index.known(challenge_with(train, [seeds]).seeds)
    found = count(index, Entries.of(train.tracks, 5), known, np.array([candidates], np.int32), 1)[0]
    return {name: found[:, at] for at, name in enumerate((*TOGETHER, *ORDER))}


def test_shared_playlists_are_those_that_hold_both(handmade, challenge_with):
    features = counted(handmade, challenge_with, [0, 4], [1, 2, 3])
    np.testing.assert_allclose(features["shared_max"], np.log1p([3, 2, 2]), rtol=1e-6)
    np.testing.assert_allclose(features["shared_min"], np.log1p([1, 1, 0]), rtol=1e-6)
    cosines = np.array([[3 / (3 * 4) ** 0.5, 1 / (2 * 4) ** 0.5], [2 / 3, 1 / 6**0.5], [2 / 6**0.5, 0]])
    np.testing.assert_allclose(features["cosine_mean"], cosines.mean(axis=1), rtol=1e-6)
    np.testing.assert_allclose(features["cosine_last"], cosines[:, 1], rtol=1e-6)
    np.testing.assert_allclose(features["cosine_gap"], cosines.min(axis=1), rtol=1e-6)
    assert features["seeds_sharing"].tolist() == [1, 1, 0.5]


def test_tracks_after_a_seed_are_counted_by_entries(handmade, challenge_with):
    features = counted(handmade, challenge_with, [0], [1, 2, 3])
    assert features["follows_last"].tolist() == [2 / 4, 1 / 4, 0], (
        "0 stands before 1 twice, before 2 once, of 4 entries"
    )
    assert features["precedes_max"].tolist() == [2 / 4, 0, 1 / 4]
    assert features["near_last"].tolist() == [1, 2 / 4, 3 / 4]


def test_without_a_known_seed_features_of_shared_playlists_are_nan(handmade, challenge_with):
    features = counted(handmade, challenge_with, [], [1, -1])
    assert all(np.isnan(values).all() for values in features.values())


def test_training_rows_have_every_hit_and_a_sample_of_misses_from_all_ranks():
    held, hits = np.ones((3, 5_000), np.bool_), np.zeros((3, 5_000), np.bool_)
    held[0, 4_500:], hits[0, [5, 850]], hits[2, 0] = False, True, True
    rows = rows_to_learn(held, hits, 0)
    assert rows[0, [5, 850]].all()
    assert not rows[0, 4_500:].any()
    assert abs(rows[2, :2_500].mean() - 0.2) < 0.03
    assert abs(rows[2, 2_500:].mean() - 0.2) < 0.03
    assert not rows[1].any(), "a playlist without a hit teaches nothing"


def test_scores_are_standardised_over_the_candidates_alone():
    scores, held = np.float32([[1, 3, 99], [5, 5, 5]]), np.array([[True, True, False], [True, True, True]])
    assert standard(scores, held).tolist() == [[-1, 1, 0], [0, 0, 0]]
