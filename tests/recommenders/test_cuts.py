"""Training batches: targets are not seeds, negatives are not in the playlist, frequent tracks are drawn more often."""

import numpy as np

from harness.ragged import Ragged
from recommenders._cuts import Batches, Popular


def batch_of(rows, targets=5, negatives=50, seed=0):
    batches = Batches(rows, Popular(rows, 60, 0.75), size=len(rows), targets=targets, negatives=negatives)
    (batch,) = batches.of(np.arange(len(rows)), np.random.default_rng(seed))
    return batch


def test_seeds_are_never_targets_and_both_are_in_the_playlist(rows):
    for seed in range(10):
        batch = batch_of(rows, seed=seed)
        for row in range(len(rows)):
            given, targets = (set(part.row(row).tolist()) for part in (batch.given, batch.targets))
            assert given
            assert targets
            assert not given & targets
            assert given | targets <= set(rows.row(row).tolist())
            assert len(targets) == min(5, len(rows.row(row)) - len(given))


def test_some_playlists_give_their_first_tracks_and_some_others(rows):
    batch = batch_of(rows)
    first = [
        batch.given.row(row).tolist() == rows.row(row)[: batch.given.lengths[row]].tolist() for row in range(len(rows))
    ]
    assert any(first)
    assert not all(first)


def test_negatives_are_absent_just_where_the_playlist_lacks_them(rows):
    batch = batch_of(rows)
    expected = [[track not in rows.row(row) for track in batch.negatives.tolist()] for row in range(len(rows))]
    assert batch.absent.tolist() == expected


def test_negatives_are_drawn_in_proportion_to_frequency_to_the_exponent():
    popular = Popular(Ragged.from_rows([[0, 2]] * 4 + [[2]] * 12), 4, 0.5)
    share = 4**0.5 / (4**0.5 + 16**0.5)
    np.testing.assert_allclose(np.exp(popular.log_q), [share, share, 1 - share, share], rtol=1e-6)
    drawn = np.bincount(popular.draw(np.random.default_rng(0), 10_000), minlength=4) / 10_000
    np.testing.assert_allclose(drawn, [share, 0, 1 - share, 0], atol=0.02)
