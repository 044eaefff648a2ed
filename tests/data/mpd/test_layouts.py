"""The same playlists give the same corpus in every layout of the slices."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest


def test_a_folder_and_its_zip_give_one_fingerprint(source, tmp_path, wild):
    wild.md5sums(source)
    from_folder = wild.imported(source)
    from_zip = wild.imported(wild.zipped(source, tmp_path / "mpd.zip"), "zip")
    from_deep_zip = wild.imported(wild.zipped(source, tmp_path / "deep.zip", "spotify/mpd.v1/"), "deep")
    assert from_folder.fingerprint == from_zip.fingerprint == from_deep_zip.fingerprint


def test_slices_are_found_at_the_root_and_in_any_subfolder(source, wild):
    whole = wild.imported(source).fingerprint
    assert wild.imported(source / "data", "root").fingerprint == whole
    (source / "data" / "mpd.slice.0-999.json").rename(source / "mpd.slice.0-999.json")
    (source / "data" / "part 2").mkdir()
    (source / "data" / "mpd.slice.1000-1999.json").rename(source / "data" / "part 2" / "mpd.slice.1000-1999.json")
    assert wild.imported(source, "three").fingerprint == whole


def test_linked_folders_are_searched_once(source, tmp_path, wild):
    whole = wild.imported(source).fingerprint
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / "data").symlink_to(source / "data", target_is_directory=True)
    (source / "data" / "loop").symlink_to(source / "data", target_is_directory=True)
    assert wild.imported(linked, "linked").fingerprint == whole


def test_slices_may_be_compressed_with_gzip(source, tmp_path, wild):
    wild.md5sums(source)
    whole = wild.imported(source).fingerprint
    plain = source / "data" / "mpd.slice.0-999.json"
    Path(f"{plain}.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    assert wild.imported(source, "folder").fingerprint == whole
    assert wild.imported(wild.zipped(source, tmp_path / "mpd.zip"), "zip").fingerprint == whole


def test_other_files_are_not_read_and_those_named_like_slices_are_reported(source, tmp_path, wild):
    whole = wild.imported(source).fingerprint
    unread = ("mpd.slice.1000-1999.json.crdownload", "mpd.slice.1-2.json.bak", "mpd.slice.json", "mpd.slice.7.txt")
    for name in ("challenge_set.json", "x.mpd.slice.1-2.json", "._mpd.slice.0-9.json", *unread):
        (source / name).write_text("no slice")
    remark = (
        "not read: mpd.slice.1-2.json.bak, mpd.slice.1000-1999.json.crdownload, mpd.slice.7.txt and 1 more; "
        "the name of a slice ends in .json or .json.gz"
    )
    for name, place in (("folder", source), ("zip", wild.zipped(source, tmp_path / "mpd.zip"))):
        corpus = wild.imported(place, name)
        assert (corpus.fingerprint, corpus.manifest.notes["remarks"]) == (whole, [remark])


def test_slices_are_read_in_the_order_of_their_pids(tmp_path, wild):
    for first in (10_000, 9_000, 0):
        wild.write_slice(tmp_path / "s" / f"mpd.slice.{first}-{first + 999}.json", [wild.playlist(first, [1, 2])])
    assert wild.imported(tmp_path / "s").playlists().info["pid"].to_list() == [0, 9_000, 10_000]


@pytest.mark.parametrize("options", [{"indent": None}, {"bom": True}], ids=str)
def test_indentation_and_a_byte_order_mark_change_nothing(source, tmp_path, wild, options):
    other = wild.three_slices(tmp_path / "other", **options)
    assert wild.imported(source).fingerprint == wild.imported(other, "other").fingerprint


def test_workers_change_nothing(source, wild):
    assert wild.imported(source).fingerprint == wild.imported(source, "two", n_workers=2).fingerprint


def test_any_subset_of_slices_is_a_corpus(source, wild):
    whole = wild.as_lists(wild.imported(source).playlists())
    (source / "data" / "mpd.slice.1000-1999.json").unlink()
    part = wild.as_lists(wild.imported(source, "part").playlists())
    assert part == {pid: row for pid, row in whole.items() if pid // 1000 != 1}


def test_only_pid_and_track_uri_are_required(tmp_path, wild):
    rows = [{"pid": 7, "tracks": [{"track_uri": wild.uri(3)}, {"track_uri": wild.uri(1)}]}]
    wild.write_slice(tmp_path / "mpd.slice.0-999.json", rows)
    corpus = wild.imported(tmp_path)
    playlists = corpus.playlists()
    assert wild.as_lists(playlists) == {7: ("", [wild.uri(3), wild.uri(1)])}
    assert playlists.info.columns == ["pid", "name"]
    assert playlists.catalog.artist_of.tolist() == playlists.catalog.album_of.tolist() == [-1, -1]
    assert playlists.catalog.duration_ms.tolist() == [0, 0]
    assert corpus.manifest.notes["without_pos"] == 2


def test_unknown_fields_and_nulls_are_ignored(tmp_path, wild):
    rows = [wild.playlist(7, [1, 2]) | {"description": None, "name": None, "mood": {"a": [1]}}]
    rows[0]["tracks"][0] |= {"artist_uri": None, "explicit": True}
    wild.write_slice(tmp_path / "mpd.slice.0-999.json", rows)
    assert wild.as_lists(wild.imported(tmp_path).playlists()) == {7: ("", [wild.uri(1), wild.uri(2)])}


def test_entries_are_ordered_by_pos(tmp_path, wild):
    rows = [wild.playlist(7, [5, 6, 7]), wild.playlist(8, [5, 6, 7]), wild.playlist(9, [8, 9])]
    rows[0]["tracks"] = [rows[0]["tracks"][i] for i in (2, 0, 1)]
    wild.write_slice(tmp_path / "mpd.slice.0-999.json", rows)
    lists = wild.as_lists(wild.imported(tmp_path).playlists())
    assert lists[7][1] == lists[8][1] == [wild.uri(i) for i in (5, 6, 7)]


def test_a_playlist_that_lacks_one_pos_keeps_file_order(tmp_path, wild):
    tracks = [wild.entry(5, 2), wild.entry(6, None), wild.entry(7, 0)]
    shuffled = [wild.entry(1, 1), wild.entry(2, 0)]
    rows = [wild.playlist(7, [], tracks=tracks), wild.playlist(8, [], tracks=shuffled)]
    wild.write_slice(tmp_path / "mpd.slice.0-999.json", rows)
    corpus = wild.imported(tmp_path)
    lists = wild.as_lists(corpus.playlists())
    assert lists[7][1] == [wild.uri(i) for i in (5, 6, 7)]
    assert lists[8][1] == [wild.uri(i) for i in (2, 1)]
    assert corpus.manifest.notes["without_pos"] == 1


def test_artists_and_albums_without_uri_are_identified_by_name(tmp_path, wild):
    nameless = {"artist_uri": None, "album_uri": None}
    tracks = [
        wild.entry(1, 0, **nameless, artist_name="A", album_name="Hits"),
        wild.entry(2, 1, **nameless, artist_name="A", album_name="Hits"),
        wild.entry(3, 2, **nameless, artist_name="B", album_name="Hits"),
        wild.entry(4, 3, artist_name="A", artist_uri="spotify:artist:a", album_uri=None, album_name=None),
    ]
    wild.write_slice(tmp_path / "mpd.slice.0-999.json", [wild.playlist(7, [], tracks=tracks)])
    catalog = wild.imported(tmp_path).playlists().catalog
    assert catalog.artist_of.tolist() == [0, 0, 1, 2]
    assert catalog.artists.rows() == [("", "A"), ("", "B"), ("spotify:artist:a", "A")]
    assert catalog.album_of.tolist() == [0, 0, 1, -1]
    assert catalog.albums.rows() == [("", "Hits"), ("", "Hits")]


def test_a_track_is_described_by_its_first_entry(tmp_path, wild):
    first, second = (
        wild.entry(1, 0, track_name="First"),
        wild.entry(1, 0, track_name="Second", artist_uri="spotify:artist:z"),
    )
    wild.write_slice(tmp_path / "mpd.slice.0-999.json", [wild.playlist(7, [], tracks=[first, second])])
    wild.write_slice(tmp_path / "mpd.slice.1000-1999.json", [wild.playlist(1007, [], tracks=[second])])
    catalog = wild.imported(tmp_path).playlists().catalog
    assert catalog.tracks.rows() == [(wild.uri(1), "First")]
    assert catalog.n_artists == 1  # an artist without tracks is not in the catalog


def test_durations_beyond_int32_are_clipped(tmp_path, wild):
    tracks = [wild.entry(1, 0, duration_ms=2**40), wild.entry(2, 2**63 - 1, duration_ms=-5), wild.entry(3, -(2**62))]
    wild.write_slice(tmp_path / "mpd.slice.0-999.json", [wild.playlist(7, [], tracks=tracks)])
    playlists = wild.imported(tmp_path).playlists()
    assert wild.as_lists(playlists)[7][1] == [wild.uri(i) for i in (3, 1, 2)]
    assert playlists.catalog.duration_ms.tolist() == [2**31 - 1, 0, 1_003]


def test_empty_playlists_and_slices_are_kept_and_counted(tmp_path, wild):
    wild.write_slice(tmp_path / "mpd.slice.0-999.json", [wild.playlist(7, []), wild.playlist(8, [1])])
    wild.write_slice(tmp_path / "mpd.slice.1000-1999.json", [])
    corpus = wild.imported(tmp_path)
    assert corpus.playlists().tracks.lengths.tolist() == [0, 1]
    assert corpus.manifest.notes["slices"] == 2


def test_a_corpus_without_any_track_can_be_opened(tmp_path, wild):
    wild.write_slice(tmp_path / "mpd.slice.0-999.json", [wild.playlist(7, [])])
    playlists = wild.imported(tmp_path).playlists()
    assert (len(playlists), playlists.catalog.n_tracks, len(playlists.tracks.values)) == (1, 0, 0)


def test_texts_of_any_script_are_preserved(tmp_path, wild):
    name = "🎧 Ünï \"q\" 'a', <script>\t\n\\ 日本\x00"
    rows = [wild.playlist(7, [], name=name, tracks=[wild.entry(1, 0, track_name=name, artist_name=name)])]
    wild.write_slice(tmp_path / "a" / "mpd.slice.0-999.json", rows)
    playlists = wild.imported(tmp_path / "a").playlists()
    assert playlists.info["name"].to_list() == playlists.catalog.tracks["name"].to_list() == [name]
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mpd.slice.0-999.json").write_text(json.dumps({"playlists": rows}))
    assert wild.imported(tmp_path / "b", "b").playlists().info["name"].to_list() == [name]


def test_the_fields_of_the_mpd_are_columns(source, wild):
    info = wild.imported(source).playlists().info
    assert info.row(0, named=True) == {
        "pid": 0,
        "name": "Title 0",
        "collaborative": False,
        "modified_at": 1_500_000_000,
        "num_tracks": 7,
        "num_albums": 2,
        "num_followers": 1,
        "num_edits": 3,
        "num_artists": 3,
        "duration_ms": 1_000_000,
    }


def test_ids_are_int32(source, wild):
    playlists = wild.imported(source).playlists()
    assert playlists.tracks.values.dtype == playlists.catalog.artist_of.dtype == np.int32
