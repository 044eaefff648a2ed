"""The index of a training set equals a dense table of counts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.kit.playlist_index import PlaylistIndex
from harness.ragged import Ragged

N_TRACKS = 9
rows = st.lists(st.lists(st.integers(0, N_TRACKS - 1), max_size=12), max_size=8)


@given(rows)
def test_both_sides_hold_the_same_counts(lists):
    index = PlaylistIndex.of(Ragged.from_rows(lists), N_TRACKS)
    counts = np.array([np.bincount(row, minlength=N_TRACKS) for row in lists], int).reshape(-1, N_TRACKS)
    by_playlist, by_track = np.zeros_like(counts), np.zeros_like(counts)
    by_playlist[np.repeat(np.arange(index.n_playlists), index.lengths), index.tracks] = index.counts
    by_track[index.playlists, np.repeat(np.arange(N_TRACKS), index.frequencies)] = index.playlist_counts
    assert np.array_equal(by_playlist, counts)
    assert np.array_equal(by_track, counts)
    assert np.array_equal(index.n_entries, counts.sum(axis=0))
    assert np.array_equal(index.squared_counts, (counts**2).sum(axis=1))


@given(rows, st.lists(st.lists(st.integers(0, N_TRACKS + 3), max_size=9), max_size=6))
def test_known_seeds_are_distinct_and_in_order_of_first_occurrence(lists, seed_rows):
    index = PlaylistIndex.of(Ragged.from_rows(lists), N_TRACKS)
    seeds, positions = index.known(Ragged.from_rows(seed_rows))
    held = {track for row in lists for track in row}
    expected = [[(t, p) for p, t in enumerate(row) if t in held and t not in row[:p]] for row in seed_rows]
    found = [
        list(zip(seeds.row(i).tolist(), positions[seeds.indptr[i] : seeds.indptr[i + 1]].tolist(), strict=True))
        for i in range(len(seed_rows))
    ]
    assert found == expected


@given(rows, st.integers(0, N_TRACKS))
def test_ids_that_are_not_listed_are_known_as_seeds_only(lists, n_listed):
    whole = PlaylistIndex.of(Ragged.from_rows(lists), N_TRACKS)
    index = PlaylistIndex.of(Ragged.from_rows(lists), N_TRACKS, n_listed)
    assert index.tracks.tolist() == whole.tracks[whole.tracks < n_listed].tolist()
    assert index.playlists.tolist() == whole.playlists.tolist()
    assert (index.n_tracks, index.n_listed, index.n_playlists) == (N_TRACKS, n_listed, len(lists))


def test_a_saved_index_is_the_same(tmp_path):
    index = PlaylistIndex.of(Ragged.from_rows([[3, 1, 1], [2, 4], []]), 5, 4)
    index.save(tmp_path)
    loaded = PlaylistIndex.load(tmp_path)
    assert index.n_listed == loaded.n_listed == 4
    for before, after in zip(index[:-1], loaded[:-1], strict=True):
        assert np.array_equal(before, after)
        assert before.dtype == after.dtype
