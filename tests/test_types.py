"""Types passed between stages: a valid value cannot be changed, an invalid one cannot be constructed."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import DataError
from harness.interfaces import Persistent, Recommender, ScoresCandidates
from harness.ragged import NO_ID, Ragged
from harness.types import Catalog, Challenge, Playlists, Ranked, Split

rows_of_ids = st.lists(st.lists(st.integers(0, 9), max_size=6), max_size=8)


def int32(*values):
    return np.array(values, np.int32)


def int64(*values):
    return np.array(values, np.int64)


def named(*uris):
    return pl.DataFrame({"uri": list(uris), "name": list(uris)}, schema={"uri": pl.String, "name": pl.String})


def catalog(n_tracks=3, artist_of=None, album_of=None, duration_ms=None):
    zeros = np.zeros(n_tracks, np.int32)
    return Catalog(
        named(*(f"t{i}" for i in range(n_tracks))),
        named("a0", "a1"),
        named("b0"),
        zeros if artist_of is None else artist_of,
        zeros if album_of is None else album_of,
        zeros if duration_ms is None else duration_ms,
    )


def info(*pids, dtype=pl.Int64):
    return pl.DataFrame({"pid": pl.Series(pids, dtype=dtype), "name": ["title"] * len(pids)})


def challenge_with(*pids):
    return info(*pids).with_columns(num_holdouts=pl.lit(1, pl.Int64), category=pl.lit(0, pl.Int64))


def playlists(*pids, rows=None):
    return Playlists(info(*pids), Ragged.from_rows(rows or [[0]] * len(pids)), catalog())


def challenge(*pids, rows=None):
    return Challenge(challenge_with(*pids), Ragged.from_rows(rows or [[0]] * len(pids)), catalog())


@given(rows_of_ids)
def test_rows_come_back_in_their_order(rows):
    ragged = Ragged.from_rows(rows)
    assert [ragged.row(i).tolist() for i in range(len(ragged))] == rows
    assert ragged.lengths.tolist() == [len(row) for row in rows]
    assert ragged.row_ids.tolist() == [i for i, row in enumerate(rows) for _ in row]


@given(rows_of_ids, st.data())
def test_take_returns_the_given_rows_in_the_given_order(rows, data):
    ragged = Ragged.from_rows(rows)
    picks = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=10)) if rows else []
    taken = ragged.take(np.array(picks, np.int64))
    assert [taken.row(i).tolist() for i in range(len(taken))] == [rows[i] for i in picks]
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))), np.bool_)
    taken = ragged.take(mask)
    expected = [row for row, held in zip(rows, mask, strict=True) if held]
    assert [taken.row(i).tolist() for i in range(len(taken))] == expected


@given(rows_of_ids, st.randoms(use_true_random=False))
def test_kept_values_leave_no_row_out(rows, random):
    masks = [[random.random() < 0.5 for _ in row] for row in rows]
    kept = Ragged.from_rows(rows).keep(np.array([held for mask in masks for held in mask], np.bool_))
    expected = [[x for x, held in zip(row, mask, strict=True) if held] for row, mask in zip(rows, masks, strict=True)]
    assert [kept.row(i).tolist() for i in range(len(kept))] == expected


@given(rows_of_ids)
def test_places_and_repeats_are_those_of_each_row(rows):
    ragged = Ragged.from_rows(rows)
    assert ragged.places.tolist() == [place for row in rows for place in range(len(row))]
    assert ragged.is_repeat.tolist() == [track in row[:place] for row in rows for place, track in enumerate(row)]
    assert ragged.pairs.tolist() == [number * 2**32 + track for number, row in enumerate(rows) for track in row]


def test_of_lists_the_end_of_short_ones_is_left_out():
    ragged = Ragged.from_lists(np.array([[3, 1, -1], [-1, -1, -1], [2, 0, 4]], np.int32))
    assert [ragged.row(row).tolist() for row in range(3)] == [[3, 1], [], [2, 0, 4]]


def test_an_unknown_artist_has_no_name():
    known = catalog(artist_of=int32(1, -1, 0))
    assert known.artist_names(int32(1, 0, 2, 0)) == ["", "a1", "a0", "a1"]
    nobody = Catalog(known.tracks, named(), known.albums, int32(-1, -1, -1), known.album_of, known.duration_ms)
    assert nobody.artist_names(int32(0, 2)) == ["", ""]


@given(rows_of_ids)
def test_the_matrix_is_binary_sorted_and_leaves_the_rows_alone(rows):
    ragged = Ragged.from_rows(rows)
    matrix = ragged.matrix(10)
    assert matrix.dtype == np.float32
    assert matrix.toarray().tolist() == [[float(track in row) for track in range(10)] for row in rows] or not rows
    assert matrix.has_sorted_indices
    assert [ragged.row(i).tolist() for i in range(len(ragged))] == rows


@pytest.mark.parametrize(
    ("indptr", "values", "message"),
    [
        (int64(), int32(), "indptr must rise"),
        (int64(1, 1), int32(4), "indptr must rise"),
        (int64(0, 1), int32(4, 5), "indptr must rise"),
        (int64(0, 2, 1, 2), int32(4, 5), "indptr must rise"),
        (int64(0, 1), int32(-1), "catalog rows"),
        (int32(0, 1), int32(4), "indptr must be 1-dimensional int64, not 1-dimensional int32"),
        (int64(0, 1), int64(4), "values must be 1-dimensional int32, not 1-dimensional int64"),
        (int64(0, 1), int32(4).reshape(1, 1), "values must be 1-dimensional int32, not 2-dimensional int32"),
    ],
)
def test_a_ragged_of_another_layout_is_refused(indptr, values, message):
    with pytest.raises(DataError, match=message):
        Ragged(indptr, values)


def test_the_arrays_of_a_ragged_cannot_be_written_to():
    ragged = Ragged.from_rows([[1, 2]])
    for array in (ragged.indptr, ragged.values, ragged.row(0)):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_the_callers_own_array_stays_writable():
    values = int32(1, 2)
    Ragged(int64(0, 2), values)
    values[0] = 3


@pytest.mark.parametrize("field", ["artist_of", "album_of", "duration_ms"])
def test_a_catalog_has_one_number_a_track(field):
    with pytest.raises(DataError, match=f"{field} has 2 rows for 3 tracks"):
        catalog(3, **{field: int32(0, 0)})
    with pytest.raises(DataError, match=f"{field} must be 1-dimensional int32"):
        catalog(3, **{field: int64(0, 0, 0)})


@pytest.mark.parametrize(("field", "last"), [("artist_of", 1), ("album_of", 0)])
def test_a_catalog_names_only_artists_and_albums_that_it_has(field, last):
    assert getattr(catalog(3, **{field: int32(NO_ID, 0, last)}), field).tolist() == [NO_ID, 0, last]
    for outside in (last + 1, -2):
        with pytest.raises(DataError, match=f"{field} names a row outside 0 to {last}"):
            catalog(3, **{field: int32(0, 0, outside)})


def test_a_catalog_counts_its_rows():
    made = catalog(3)
    assert (made.n_tracks, made.n_artists, made.n_albums) == (3, 2, 1)
    assert catalog(0).n_tracks == 0


@pytest.mark.parametrize("make", [playlists, challenge])
def test_two_playlists_of_one_pid_are_refused(make):
    with pytest.raises(DataError, match="two playlists have the same pid"):
        make(7, 8, 7)


@pytest.mark.parametrize("make", [playlists, challenge])
def test_rows_and_playlists_must_agree(make):
    with pytest.raises(DataError, match="has 1 rows for 2 playlists"):
        make(7, 8, rows=[[0]])


@pytest.mark.parametrize("make", [playlists, challenge])
def test_an_id_beyond_the_catalog_is_refused(make):
    with pytest.raises(DataError, match="names track 3, the catalog has 3"):
        make(7, rows=[[0, 3]])


@pytest.mark.parametrize("dtype", [pl.Int32, pl.UInt64, pl.String])
def test_pids_of_another_type_are_refused(dtype):
    pids = info("7", dtype=dtype) if dtype == pl.String else info(7, dtype=dtype)
    with pytest.raises(DataError, match="pid must be 1-dimensional int64"):
        Playlists(pids, Ragged.from_rows([[0]]), catalog())


def test_a_missing_pid_is_refused():
    with pytest.raises(DataError, match="pid must be 1-dimensional int64"):
        Playlists(info(7, None), Ragged.from_rows([[0], [1]]), catalog())


@pytest.mark.parametrize("column", ["pid", "name"])
def test_playlists_without_a_needed_column_are_refused(column):
    with pytest.raises(DataError, match=f"info lacks the column '{column}'"):
        Playlists(info(7).drop(column), Ragged.from_rows([[0]]), catalog())


@pytest.mark.parametrize("column", ["pid", "name", "num_holdouts", "category"])
def test_a_challenge_without_a_needed_column_is_refused(column):
    with pytest.raises(DataError, match=f"info lacks the column '{column}'"):
        Challenge(challenge_with(7).drop(column), Ragged.from_rows([[0]]), catalog())


def test_taken_playlists_keep_their_info_and_tracks():
    taken = playlists(7, 8, 9, rows=[[0], [1, 1], [2]]).take(np.array([2, 1]))
    assert taken.info["pid"].to_list() == [9, 8]
    assert [taken.tracks.row(i).tolist() for i in range(2)] == [[2], [1, 1]]
    assert len(playlists(7, 8).take(np.array([False, True]))) == 1


def test_entries_of_a_track_are_counted_with_repeats():
    assert playlists(7, 8, rows=[[0, 0], [0, 2]]).track_counts().tolist() == [3, 0, 1]


def test_a_hidden_title_reads_as_an_empty_text():
    hidden = challenge_with(7, 8).with_columns(name=pl.Series([None, "a title"]))
    asked_for = Challenge(hidden, Ragged.from_rows([[], [1]]), catalog())
    assert asked_for.names == ["", "a title"]
    assert asked_for.pids.tolist() == [7, 8]
    assert asked_for.categories.dtype == np.int64
    assert asked_for.take(np.array([False, True])).pids.tolist() == [8]


def test_a_training_set_with_a_withheld_track_in_its_playlist_is_refused():
    learnt = playlists(7, 8, rows=[[0, 1], [0, 2]])
    with pytest.raises(DataError, match="playlist 8 of the challenge is in the training set with a track withheld"):
        Split(learnt, challenge(8), Ragged.from_rows([[1, 2]]))
    beginning = Split(learnt, challenge(8), Ragged.from_rows([[1]]))
    assert beginning.withheld.row(0).tolist() == [1], "another playlist may hold it"


def test_withheld_tracks_belong_to_the_challenge_row_by_row():
    with pytest.raises(DataError, match="withheld has 2 rows for 1 playlists"):
        Split(playlists(7), challenge(8), Ragged.from_rows([[1], [2]]))
    with pytest.raises(DataError, match="withheld names track 3"):
        Split(playlists(7), challenge(8), Ragged.from_rows([[3]]))


@pytest.mark.parametrize(
    ("tracks", "scores", "message"),
    [
        (int64([1]), np.zeros((1, 1), np.float32), "tracks must be 2-dimensional int32"),
        (int32(1), np.zeros(1, np.float32), "tracks must be 2-dimensional int32, not 1-dimensional int32"),
        (int32([1]), np.zeros((1, 1)), "scores must be 2-dimensional float32, not 2-dimensional float64"),
        (int32([1]), np.zeros((1, 2), np.float32), r"tracks are of shape \(1, 1\), scores of shape \(1, 2\)"),
    ],
)
def test_ranked_lists_of_another_type_or_shape_are_refused(tracks, scores, message):
    with pytest.raises(DataError, match=message):
        Ranked(tracks, scores)


def test_ranked_lists_know_their_lengths_and_cannot_be_written_to():
    ranked = Ranked(int32([4, 2], [3, NO_ID], [NO_ID, NO_ID]), np.ones((3, 2), np.float32))
    assert ranked.lengths.tolist() == [2, 1, 0]
    assert len(ranked) == 3
    assert Ranked.empty(2, 5).lengths.tolist() == [0, 0]
    for array in (ranked.tracks, ranked.scores):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 0


def test_what_a_recommender_offers_is_known_by_its_methods():
    class Whole:
        def fit(self, train, challenge): ...
        def recommend(self, challenge, k): ...
        def score(self, challenge, candidates): ...
        def save(self, folder): ...
        def load(self, folder): ...

    class Bare:
        def fit(self, train, challenge): ...
        def recommend(self, challenge, k): ...

    assert [isinstance(Whole(), protocol) for protocol in (Recommender, ScoresCandidates, Persistent)] == [True] * 3
    assert [isinstance(Bare(), protocol) for protocol in (Recommender, ScoresCandidates, Persistent)] == [
        True,
        False,
        False,
    ]
