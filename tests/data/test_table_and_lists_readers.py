"""Playlists from lists and tables: every file format gives the same corpus, and each fault is named."""

import gzip
from decimal import Decimal

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

from harness.data import layout
from harness.data.importing import import_corpus, read_playlists
from harness.data.readers import reader_of, reader_traits
from harness.errors import DataError, ParameterError

ENTRIES = pl.DataFrame(
    {
        "playlist": [12, 12, 7, 12, 7],
        "track": ["b", "a", "c", "b", "a"],
        "position": [1, 0, 0, 2, 1],
    }
)
ROWS = {12: ["a", "b", "b"], 7: ["c", "a"]}

WRITERS = {
    "csv": lambda frame, path: frame.write_csv(path),
    "tsv": lambda frame, path: frame.write_csv(path, separator="\t"),
    "jsonl": lambda frame, path: frame.write_ndjson(path),
    "ndjson": lambda frame, path: frame.write_ndjson(path),
    "parquet": lambda frame, path: frame.write_parquet(path),
}


def read_sessions(path):
    return read_playlists(reader_of(path), path)


@pytest.fixture
def table(tmp_path):
    """Write a frame as a table of a kind; the file's path."""

    def write(frame, kind="csv"):
        path = tmp_path / f"table.{kind}"
        WRITERS[kind](frame, path)
        return path

    return write


@pytest.fixture
def lists(tmp_path):
    """Save lists as an `.npy`; the file's path."""

    def save(*rows):
        array = np.empty(len(rows), object)
        array[:] = rows
        np.save(tmp_path / "lists.npy", array, allow_pickle=True)
        return tmp_path / "lists.npy"

    return save


def rows_of(playlists):
    uris = playlists.catalog.tracks["uri"]
    pids = playlists.info["pid"].to_list()
    return {pid: uris[playlists.tracks.row(row)].to_list() for row, pid in enumerate(pids)}


def artists_of(playlists, column="uri"):
    names = playlists.catalog.artists[column].to_list()
    uris = playlists.catalog.tracks["uri"].to_list()
    return {
        uri: names[artist] if artist >= 0 else None
        for uri, artist in zip(uris, playlists.catalog.artist_of, strict=True)
    }


def refusal(path):
    with pytest.raises(DataError) as caught:
        read_sessions(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("kind", WRITERS)
def test_every_kind_of_table_gives_the_same_playlists(table, kind):
    playlists, _ = read_sessions(table(ENTRIES, kind))
    assert rows_of(playlists) == ROWS
    assert playlists.info["name"].to_list() == ["", ""]
    assert playlists.catalog.artist_of.tolist() == [-1, -1, -1]
    same = read_sessions(table(ENTRIES, "csv"))[0]
    assert layout.fingerprint(playlists) == layout.fingerprint(same)


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl"])
def test_tables_may_be_compressed_with_gzip(table, kind):
    path = table(ENTRIES, kind)
    packed = path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert reader_traits(reader_of(packed)).name == "table"
    assert rows_of(read_sessions(packed)[0]) == ROWS
    packed.write_bytes(packed.read_bytes()[:-12])
    assert "cannot be read as" in refusal(packed)


def test_entries_without_positions_keep_file_order(table):
    assert rows_of(read_sessions(table(ENTRIES.drop("position")))[0]) == {12: ["b", "a", "b"], 7: ["c", "a"]}


def test_columns_may_have_the_mpds_names_and_others_are_ignored(table):
    renamed = ENTRIES.rename({"playlist": "pid", "track": "track_uri", "position": "pos"})
    assert rows_of(read_sessions(table(renamed.with_columns(date=pl.lit("today"))))[0]) == ROWS


@pytest.mark.parametrize(
    ("names", "example"), [(["x", "y"], "y"), (["1", "01"], "01"), (["-1", "2"], "-1"), (["9" * 19, "2"], "9" * 19)]
)
def test_playlists_without_distinct_numbers_are_numbered_from_0_with_a_remark(table, names, example):
    frame = pl.DataFrame({"playlist": [names[1], names[0], names[1]], "track": ["a", "b", "c"]})
    playlists, notes = read_sessions(table(frame))
    assert rows_of(playlists) == {0: ["a", "c"], 1: ["b"]}
    words = f"identifiers such as {example!r} are not distinct"
    assert notes["remarks"] == [f"playlists are numbered from 0 in order of appearance: {words} whole numbers"]


def test_distinct_numbers_of_playlists_are_kept_without_a_remark(table):
    assert "remarks" not in read_sessions(table(ENTRIES))[1]


def test_the_first_title_name_and_artist_given_is_used(table):
    columns = {
        "title": [None, "Mine", None, "Other", None],
        "track_name": ["B", None, "C", None, None],
        "artist": ["X", None, "Y", "X", None],
    }
    playlists, _ = read_sessions(table(ENTRIES.with_columns(pl.Series(*column) for column in columns.items())))
    assert dict(playlists.info.select("pid", "name").iter_rows()) == {12: "Mine", 7: ""}
    assert dict(playlists.catalog.tracks.select("uri", "name").iter_rows()) == {"a": "", "b": "B", "c": "C"}
    assert artists_of(playlists, "name") == {"a": None, "b": "X", "c": "Y"}


def test_bare_identifiers_of_spotify_get_their_prefix(table):
    bare = [f"{number:022d}" for number in range(2)]
    frame = pl.DataFrame({"playlist": [1, 1], "track": bare})
    assert rows_of(read_sessions(table(frame))[0]) == {1: [f"spotify:track:{identifier}" for identifier in bare]}
    mixed = frame.with_columns(track=pl.Series([bare[0], "a"]))
    assert rows_of(read_sessions(table(mixed))[0]) == {1: [bare[0], "a"]}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("column", ["playlist", "track"])
def test_a_table_without_playlists_or_tracks_is_refused_with_the_required_columns(table, kind, column):
    message = refusal(table(ENTRIES.drop(column), kind))
    assert f"has no column {column} (nor {column}_" in message or "has no column playlist (nor playlist_id" in message
    assert "name the columns playlist, track and" in message


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("column", ["playlist", "track"])
def test_a_row_without_a_value_is_named(table, kind, column):
    values = pl.Series([None if row == 3 else str(row) for row in range(5)])
    message = refusal(table(ENTRIES.with_columns(**{column: values}), kind))
    assert f"row 4: no value in column {column}" in message


@pytest.mark.parametrize("place", ["x", "1.5", None])
def test_a_position_must_be_a_whole_number(table, place):
    frame = ENTRIES.with_columns(position=pl.Series(["0", "1", place, "3", "4"]))
    assert "row 3: no whole number in column position" in refusal(table(frame))


@pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["a", "b", "c"])], ids=str)
def test_categories_are_read_as_texts(table, dtype):
    frame = ENTRIES.with_columns(pl.col("track").cast(dtype), title=pl.Series(["b"] * 5).cast(dtype))
    playlists = read_sessions(table(frame, "parquet"))[0]
    assert (rows_of(playlists), playlists.info["name"].to_list()) == (ROWS, ["b", "b"])


def test_a_dictionary_of_arrow_is_read_as_texts(tmp_path):
    tracks = pa.array(ENTRIES["track"].to_list()).dictionary_encode()
    columns = {name: ENTRIES[name].to_arrow() for name in ("playlist", "position")}
    parquet.write_table(pa.table(columns | {"track": tracks}), tmp_path / "t.parquet")
    assert rows_of(read_sessions(tmp_path / "t.parquet")[0]) == ROWS


@pytest.mark.parametrize("scale", [0, 2])
def test_whole_decimals_are_whole_numbers(table, scale):
    large = 10**20
    columns = [pl.Series(name, ENTRIES[name]).cast(pl.Decimal(30, scale)) for name in ("playlist", "position")]
    track = pl.Series("track", [Decimal(large + i) for i in (2, 1, 3, 2, 1)], dtype=pl.Decimal(30, scale))
    expected = {pid: [str(large + 1 + "abc".index(track)) for track in row] for pid, row in ROWS.items()}
    assert rows_of(read_sessions(table(pl.DataFrame([*columns, track]), "parquet"))[0]) == expected


def test_decimals_with_fractions_are_refused(table):
    frame = ENTRIES.with_columns(position=pl.Series([Decimal("0.50")] * 5))
    assert "column position holds Decimal(precision=38, scale=2), not texts or" in refusal(table(frame, "parquet"))


@pytest.mark.parametrize(("values", "dtype"), [([0.5] * 5, "Float64"), ([["a"]] * 5, "List(String)")])
def test_columns_of_other_types_are_named(table, values, dtype):
    frame = ENTRIES.with_columns(track=pl.Series(values))
    words = (
        f"column track holds {dtype}, not texts or whole numbers; write it as texts, or remove it if it is not needed"
    )
    assert words in refusal(table(frame, "parquet"))
    assert "line 1: Expected `int | str | null`, got" in refusal(table(frame, "jsonl"))


def test_a_line_that_is_not_json_is_named(tmp_path):
    path = tmp_path / "table.jsonl"
    path.write_text('{"playlist": 1, "track": "a"}\n\n{"playlist": 1, "track"}\n')
    assert "cannot be read as jsonl (line 3: JSON is malformed" in refusal(path)


@pytest.mark.parametrize(
    ("track", "kind"),
    [
        ("a b", "a blank"),
        ("a\tb", "a blank"),
        ("a\u2003b", "a blank"),
        ("a,b", "a comma"),
        ('a"b', "a quote"),
        ("'a'", "a quote"),
        ("a\x00b", "a NUL character"),
        ("a\x1bb", r"the control character '\x1b'"),
        ("a\x7fb", r"the control character '\x7f'"),
    ],
)
def test_a_track_that_a_submission_cannot_contain_is_refused(table, track, kind):
    frame = ENTRIES.with_columns(track=pl.Series(["a", "b", track, "c", "d"]))
    message = f"playlist 7: the track {track!r} contains {kind}, which a submission cannot contain; "
    assert message in refusal(table(frame, "jsonl"))


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b'{"playlist": 1, "track"', b"playlist,track\n"])
def test_a_file_with_other_content_is_refused(tmp_path, kind, content):
    path = tmp_path / f"table.{kind}"
    path.write_bytes(content)
    refusal(path)


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
@pytest.mark.parametrize("n_bytes", [5, 30, 100])
def test_a_truncated_table_is_refused(table, kind, n_bytes):
    path = table(ENTRIES, kind)
    path.write_bytes(path.read_bytes()[:-n_bytes])
    assert "cannot be read as" in refusal(path)


def test_lists_are_playlists_and_artists_follow_or_precede_their_tracks(lists):
    after, notes = read_sessions(lists(["track_5", "artist_1", "track_6"], [], ["track_6", "artist_2"]))
    assert rows_of(after) == {0: ["track_5", "track_6"], 2: ["track_6"]}
    assert artists_of(after) == {"track_5": "artist_1", "track_6": "artist_2"}
    assert (notes["remarks"], notes["skipped_list"]) == ([], ["list 1: no track"])
    before, _ = read_sessions(lists(["artist_1", "track_5"], ["artist_2", "track_6", "track_5"]))
    assert artists_of(before) == {"track_5": "artist_1", "track_6": "artist_2"}


def test_artists_in_inconsistent_positions_are_unknown(lists):
    playlists, notes = read_sessions(lists(["artist_1", "track_5"], ["track_6", "artist_2"]))
    assert artists_of(playlists) == {"track_5": None, "track_6": None}
    assert notes["remarks"] == ["artists are unknown: they do not consistently precede or follow their tracks"]


def test_an_artist_never_belongs_to_a_track_of_another_list(lists):
    playlists, notes = read_sessions(lists(["track_5", "track_6"], ["artist_1"]))
    assert artists_of(playlists) == {"track_5": None, "track_6": None}
    assert notes["remarks"]


def test_a_text_that_is_neither_track_nor_artist_is_named(lists):
    path = lists(["track_5"], ["track_6", "album_7"])
    assert refusal(path) == f"{path}, list 1: 'album_7' begins with neither track_ nor artist_"


def test_lists_without_any_track_are_refused(lists):
    assert "holds no track" in refusal(lists([], ["artist_1"]))


def test_texts_that_are_not_unicode_are_refused(lists):
    assert "a text is not Unicode" in refusal(lists(["track_\ud800"]))


def test_the_same_file_is_imported_once_and_another_needs_replace(table):
    path = table(ENTRIES)
    first = import_corpus(path, "mine")
    changed = first.folder.stat().st_mtime_ns
    assert import_corpus(path, "mine").folder.stat().st_mtime_ns == changed
    path.write_text("playlist,track\n1,x\n")
    with pytest.raises(DataError, match="corpus 'mine' is there already"):
        import_corpus(path, "mine")
    assert rows_of(import_corpus(path, "mine", replace=True).playlists()) == {1: ["x"]}


def test_bad_playlists_of_a_table_cannot_be_skipped(table):
    with pytest.raises(ParameterError, match="bad playlists can be skipped in MPD slices only"):
        import_corpus(table(ENTRIES), "mine", skip_bad=True)
