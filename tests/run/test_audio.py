"""Audio features in runs: which recommenders see them, their effect on keys, and the refusal without them."""

from dataclasses import replace

import numpy as np
import pytest

from harness import DataError, ParameterError
from harness.data import store
from harness.metrics.catalogue import metrics_named
from harness.run import pipeline
from harness.run.metric_data import metric_data
from harness.run.options import Options
from harness.run.pipeline import evaluate
from harness.search.parts import Part
from harness.search.study import study, varied
from harness.task.tasks import open_task

RECOMMENDER = '''
import numpy as np
import harness

@harness.recommender("looks", uses_audio=USES)
class Looks:
    """The first tracks of the catalog."""
    def fit(self, train, challenge):
        assert (train.catalog.audio is not None) == USES
        assert (challenge.catalog.audio is not None) == USES
    def recommend(self, challenge, k):
        return harness.Ranked.empty(len(challenge), k)
'''


@pytest.fixture
def task(corpus):
    return open_task(corpus.name)


@pytest.fixture
def looks(tmp_path):
    """A recommender that says whether it uses features, and checks that it sees no others."""

    def named(uses):
        path = tmp_path / f"looks_{uses}.py"
        path.write_text(RECOMMENDER.replace("USES", str(uses)))
        return f"{path}:Looks"

    return named


def with_other_features(corpus):
    audio = corpus.playlists().catalog.audio
    store.write_audio(corpus, audio.with_columns(energy=audio["energy"] ** 2))
    return open_task(corpus.name)


def test_only_recommenders_that_declare_uses_audio_see_features_and_have_them_in_their_key(
    corpus, task, looks, tmp_path
):
    options = Options(tmp_path / "runs")
    before = {uses: evaluate(task, looks(uses), options=options) for uses in (True, False)}
    other = with_other_features(corpus)
    after = {uses: evaluate(other, looks(uses), options=options) for uses in (True, False)}
    assert after[False].run == before[False].run
    assert after[True].run != before[True].run
    assert [bool(before[uses].audio_fingerprint) for uses in (True, False)] == [True, False]


def test_after_a_change_of_features_values_are_computed_again_from_the_stored_lists(
    corpus, task, tmp_path, monkeypatch
):
    options = Options(tmp_path / "runs", metrics=metrics_named("ndcg,course:distance:scaled"))
    before = evaluate(task, "popularity", options=options)
    monkeypatch.setattr(pipeline, "make_lists", pytest.fail)
    assert evaluate(task, "popularity", options=options) == before
    after = evaluate(with_other_features(corpus), "popularity", options=options)
    assert after.run == before.run
    assert after.means["ndcg"] == before.means["ndcg"]
    assert after.means["course:distance:scaled"] != before.means["course:distance:scaled"]


def test_needs_are_met_by_the_corpus_and_no_more_than_named(corpus, task):
    data = metric_data(task, metrics_named("clicks,course:diff"))
    assert set(data) == {"train", "challenge", "followers", "audio"}
    info = corpus.playlists().info
    for row in (0, len(task.challenge) - 1):
        (true,) = info.filter(info["pid"] == task.challenge.pids[row])["num_followers"]
        assert data["followers"][row] == true
    assert metric_data(task, metrics_named("clicks")) == {}
    assert list(metric_data(task, metrics_named("artist_diversity@10"))) == ["artists"]
    assert metric_data(task, metrics_named("novelty@10,course:match")) == {
        "train": task.train,
        "challenge": task.challenge,
    }


def test_metrics_of_followers_without_features_or_followers_are_refused_before_anything_is_fitted(
    playlists, tmp_path, monkeypatch
):
    monkeypatch.setattr(pipeline, "make_lists", pytest.fail)
    options = Options(tmp_path / "runs", metrics=metrics_named("course:metric:share"))
    bare = replace(playlists, catalog=replace(playlists.catalog, audio=None))
    store.write_corpus(bare, "bare", {"kind": "test"})
    with pytest.raises(DataError) as error:
        evaluate(open_task("bare"), "popularity", options=options)
    remedy = "join them with `harness data features FILE --data bare`"
    assert (
        str(error.value)
        == f"metric 'course:metric:share' (share) needs audio features, and corpus 'bare' has none: {remedy}"
    )
    store.write_corpus(replace(playlists, info=playlists.info.drop("num_followers")), "alone", {"kind": "test"})
    with pytest.raises(DataError, match="corpus 'alone' has none"):
        evaluate(open_task("alone"), "popularity", options=options)


def test_a_study_makes_ordinary_runs_and_resumes(task, tmp_path, monkeypatch):
    values = varied("co-occurrence", ["step=5, 10,5", "expansion=always,never"])
    assert values == {"step": ["5", "10"], "expansion": ["always", "never"]}
    options = Options(tmp_path / "runs")
    found = study({Part.validation: task}, "co-occurrence", values, options)
    combinations = [("5", "always"), ("5", "never"), ("10", "always"), ("10", "never")]
    assert [one.combination for one in found] == combinations
    assert len({one.record.run for one in found}) == 4
    assert found[0].record.params["step"] == 5
    assert found[0].values.overall("ndcg") == found[0].record.means["ndcg"]
    monkeypatch.setattr(pipeline, "make_lists", pytest.fail)
    again = study({Part.validation: task}, "co-occurrence", values, options)
    assert all(
        (one.values.values["ndcg"] == other.values.values["ndcg"]).all()
        for one, other in zip(again, found, strict=True)
    )


@pytest.mark.parametrize("texts", [["step"], ["step="], ["=1"], ["step=1", "step=2"], ["stride=1"], ["step=1,0"]])
def test_a_study_of_what_does_not_fit_is_refused(texts):
    with pytest.raises(ParameterError):
        varied("co-occurrence", texts)


def test_features_of_a_task_do_not_depend_on_rows_of_the_challenge(task):
    assert task.challenge.catalog.audio.equals(task.train.catalog.audio)
    assert np.isfinite(task.train.catalog.audio["energy"].to_numpy()).all()
