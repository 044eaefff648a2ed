"""Recommenders with a known outcome: one that knows everything scores best, one that cheats is refused."""

import re

import numpy as np
import pytest

from harness.errors import ContractError, DataError
from harness.run import runs
from harness.run.options import Options
from harness.run.pipeline import evaluate
from harness.task.tasks import SplitOptions, local_task

CANARIES = '''
"""One that knows the answers, one that is sound, and some that break a rule each."""

import numpy as np

import harness


@harness.recommender("oracle")
class Oracle:
    """Recommend the withheld tracks, read from a file that no honest recommender has."""

    answers: str = ""
    """The file."""

    def fit(self, train, challenge):
        with np.load(self.answers) as arrays:
            self.withheld_ = harness.Ragged(arrays["indptr"], arrays["values"])

    def recommend(self, challenge, k):
        tracks = np.full((len(challenge), k), -1, np.int32)
        for row in range(len(challenge)):
            tracks[row, : len(self.withheld_.row(row))] = self.withheld_.row(row)
        return harness.Ranked(tracks, np.zeros(tracks.shape, np.float32))


@harness.recommender("sound")
class Sound:
    """Recommend popular tracks."""

    def fit(self, train, challenge):
        self.n_tracks_ = train.catalog.n_tracks
        self.popularity_ = harness.create("popularity")
        self.popularity_.fit(train, challenge)

    def recommend(self, challenge, k):
        popular = self.popularity_.recommend(challenge, k)
        tracks, scores = popular.tracks.copy(), popular.scores.copy()
        self.spoil(challenge, tracks, scores)
        return harness.Ranked(tracks, scores)

    def spoil(self, challenge, tracks, scores):
        """Leave them as they are."""


@harness.recommender("seed-copier")
class SeedCopier(Sound):
    def spoil(self, challenge, tracks, scores):
        seeded = challenge.seeds.lengths > 0
        tracks[seeded, 3] = challenge.seeds.values[challenge.seeds.indptr[:-1][seeded]]


@harness.recommender("repeater")
class Repeater(Sound):
    def spoil(self, challenge, tracks, scores):
        tracks[5, 7] = tracks[5, 2]


@harness.recommender("not-a-number")
class NotANumber(Sound):
    def spoil(self, challenge, tracks, scores):
        scores[5, 499] = np.nan


@harness.recommender("stranger")
class Stranger(Sound):
    def spoil(self, challenge, tracks, scores):
        tracks[5, 0] = self.n_tracks_


@harness.recommender("holey")
class Holey(Sound):
    def spoil(self, challenge, tracks, scores):
        tracks[5, 0] = -1


@harness.recommender("one-row-short")
class OneRowShort(Sound):
    def recommend(self, challenge, k):
        popular = super().recommend(challenge, k)
        return harness.Ranked(popular.tracks[1:], popular.scores[1:])


@harness.recommender("one-track-wide")
class OneTrackWide(Sound):
    def recommend(self, challenge, k):
        return super().recommend(challenge, k + 1)


@harness.recommender("wrong-type")
class WrongType(Sound):
    def recommend(self, challenge, k):
        return super().recommend(challenge, k).tracks


@harness.recommender("wide-ids")
class WideIds(Sound):
    def recommend(self, challenge, k):
        popular = super().recommend(challenge, k)
        return harness.Ranked(popular.tracks.astype(np.int64), popular.scores)
'''


@pytest.fixture
def task(corpus):
    return local_task(corpus, SplitOptions())


@pytest.fixture
def run(task, tmp_path):
    """Run one of the canaries."""
    file = tmp_path / "canaries.py"
    file.write_text(CANARIES.lstrip())
    return lambda name, **params: evaluate(task, f"{file}:{name}", params, Options(tmp_path / "runs"))


def test_an_oracle_scores_one_one_and_no_click(run, task, tmp_path):
    _, withheld = task.judged
    np.savez(tmp_path / "answers.npz", indptr=withheld.indptr, values=withheld.values)
    record = run("Oracle", answers=str(tmp_path / "answers.npz"))
    assert record.means == {"r_precision": 1.0, "ndcg": 1.0, "clicks": 0.0}
    assert record.share_filled == pytest.approx(1 - withheld.lengths.sum() / (len(withheld) * 500))


def test_a_sound_recommender_scores_what_popularity_scores(run, task, tmp_path):
    popularity = evaluate(task, "popularity", {}, Options(tmp_path / "runs"))
    record = run("Sound")
    assert record.means == popularity.means
    assert 0 < record.means["r_precision"] < record.means["ndcg"] < 0.5
    assert record.share_filled == 0


@pytest.mark.parametrize(
    ("name", "label", "rank", "rule"),
    [
        ("Repeater", "repeater", 8, r"track \d+ occurs twice in the list"),
        ("NotANumber", "not-a-number", 500, r"track \d+ has the score NaN"),
        ("Stranger", "stranger", 1, r"track \d+ is not an id of the training catalog \(0 to \d+\)"),
        ("Holey", "holey", 1, r"track -1 comes before a track: only the end of a list may be -1"),
    ],
)
def test_a_faulty_list_is_refused_with_playlist_rank_and_rule(run, task, tmp_path, name, label, rank, rule):
    pid = task.challenge.pids[5]
    with pytest.raises(ContractError, match=f"^{label}: playlist {pid}, rank {rank}: {rule}$"):
        run(name)
    assert not runs.run_folders(tmp_path / "runs"), "a refused run never ranks"


def test_a_seed_copier_is_refused(run, task):
    seeded = np.flatnonzero(task.challenge.seeds.lengths)
    pid, seed = task.challenge.pids[seeded[0]], task.challenge.seeds.row(seeded[0])[0]
    expected = f"playlist {pid}, rank 4: track {seed} is a seed of the playlist (and in {len(seeded) - 1} more"
    with pytest.raises(ContractError, match=f"^seed-copier: {re.escape(expected)}"):
        run("SeedCopier")


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("OneRowShort", ContractError, r"one-row-short: lists of shape \(59, 500\) for 60 playlists and k = 500"),
        ("OneTrackWide", ContractError, r"one-track-wide: lists of shape \(60, 501\) for 60 playlists and k = 500"),
        ("WrongType", ContractError, "wrong-type: recommend must return harness.Ranked, not ndarray"),
        ("WideIds", DataError, "recommender 'wide-ids': tracks must be 2-dimensional int32, not 2-dimensional int64"),
    ],
)
def test_a_wrong_shape_or_type_is_refused(run, name, error, message):
    with pytest.raises(error, match=f"^{message}"):
        run(name)
