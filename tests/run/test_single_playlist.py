"""Continuation of a single playlist: by seeds or title, completed by the fallback, with a fit that is reused."""

import numpy as np
import pytest

from harness.run.single_playlist import Companion

RECOMMENDER = '''
import json
import numpy as np
import harness

@harness.recommender("ring"USES)
class Ring:
    """Track i is followed by i + 1, i + 2, …; nothing follows the last."""
    reach: int = 500
    """How far."""
    def fit(self, train, challenge):
        self.n_ = train.catalog.n_tracks
        self.fits_ = 1
    def recommend(self, challenge, k):
        width = min(k, self.reach)
        tracks = np.full((len(challenge), width), -1, np.int32)
        for row in range(len(challenge)):
            seeds = challenge.seeds.row(row)
            if len(seeds):
                found = np.arange(seeds[-1] + 1, min(seeds[-1] + 1 + width, self.n_))
                tracks[row, : len(found)] = found
        return harness.Ranked(tracks, np.where(tracks < 0, 0, -tracks).astype(np.float32))
    def save(self, folder):
        (folder / "n.json").write_text(json.dumps(self.n_))
    def load(self, folder):
        self.n_ = json.loads((folder / "n.json").read_text())
'''


@pytest.fixture
def ring(tmp_path):
    def written(uses=""):
        path = tmp_path / f"ring{len(uses)}.py"
        path.write_text(RECOMMENDER.replace("USES", uses))
        return f"{path}:Ring"

    return written


def companion(corpus, name, title=None, seeds=(), **params):
    return Companion(corpus, name, params, title, seeds)


def test_a_list_is_the_recommenders_own_with_its_scores(corpus, ring):
    answer = companion(corpus, ring(), seeds=[7]).continued(None, [7], 4)
    assert answer.tracks.tolist() == [8, 9, 10, 11]
    assert answer.scores.tolist() == [-8, -9, -10, -11]
    assert answer.n_filled == 0


def test_missing_tracks_are_filled_without_a_score_and_without_seeds(corpus, ring):
    popular = np.argsort(-corpus.playlists().track_counts(), kind="stable")
    start = int(popular[0])
    answer = companion(corpus, ring(), seeds=[start], reach=2).continued(None, [start], 5)
    assert answer.tracks[:2].tolist() == [start + 1, start + 2]
    assert answer.tracks[2:].tolist() == [track for track in popular if track not in range(start, start + 3)][:3]
    assert np.isnan(answer.scores).tolist() == [False, False, True, True, True]


def test_a_title_alone_is_continued_with_tracks_of_its_playlists(corpus):
    playlists = corpus.playlists()
    title = playlists.info["name"].value_counts(sort=True)["name"][0]
    answer = companion(corpus, "playlist-knn", title).continued(title, [], 10)
    held = playlists.take((playlists.info["name"] == title).to_numpy()).tracks.values
    assert np.isin(answer.tracks, held).all()
    assert answer.n_filled == 0


def test_a_radio_with_one_neighbour_goes_to_the_nearest(corpus, ring):
    assert companion(corpus, ring(), seeds=[7]).radio(7, 4, neighbours=1) == [8, 9, 10, 11]


def test_a_radio_draws_from_the_nearest_and_plays_nothing_twice(corpus):
    model = companion(corpus, "item-knn", seeds=[7])
    walk = model.radio(7, 30, neighbours=3, seed=1)
    assert len({7, *walk}) == 31
    assert walk == model.radio(7, 30, neighbours=3, seed=1) != model.radio(7, 30, neighbours=3, seed=2)
    played = [7]
    for track in walk:
        near = model.continued(None, played[-1:], 3 + len(played)).tracks
        assert track in near[~np.isin(near, played)][:3]
        played.append(track)


def test_a_radio_ends_where_nothing_follows(corpus, ring):
    last = corpus.playlists().catalog.n_tracks - 1
    assert companion(corpus, ring(), seeds=[last]).radio(last - 2, 9, neighbours=1) == [last - 1, last]


def test_what_was_learnt_is_read_the_next_time(corpus, ring, home):
    name = ring()
    first = companion(corpus, name, seeds=[7])
    again = companion(corpus, name, seeds=[8])
    assert (first.was_kept, again.was_kept) == (False, True)
    assert again.continued(None, [8], 3).tracks.tolist() == [9, 10, 11]
    assert not companion(corpus, name, seeds=[7], reach=3).was_kept, "other parameters"
    assert len(list((home / "models").iterdir())) == 2


def test_what_depends_on_the_playlist_is_not_kept(corpus, ring, home):
    name = ring(", uses_challenge=True")
    assert [companion(corpus, name, seeds=[7]).was_kept for _ in range(2)] == [False, False]
    assert not (home / "models").exists()


@pytest.mark.parametrize("name", ["blend", "two-stage"])
def test_models_that_learn_from_the_challenge_say_so(name):
    from harness import registry

    assert registry.traits(registry.find(name)).uses_challenge
