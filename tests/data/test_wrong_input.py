"""Each fault of a source gives one line with file, playlist and remedy, and changes no existing corpus."""

import errno
import json
import os
import re
import struct
import zipfile
from pathlib import Path

import pytest

from harness import plugins
from harness.data import store
from harness.data.readers import reader_named, reader_traits
from harness.errors import DataError
from harness.printable import ERROR_BYTES

SKIP = "; fix it, or skip such playlists with --skip-bad"
LAYOUT = "pass a folder or a zip with mpd.slice.*.json in it or in its subfolders"
FIRST, SECOND = "mpd.slice.0-999.json", "mpd.slice.1000-1999.json"


def refused(wild, source, **options):
    """Return the one-line error, after checking that existing corpora are unchanged."""
    before = {name: store.open_corpus(name).fingerprint for name in store.corpora()}
    with pytest.raises(DataError) as caught:
        wild.imported(source, "wrong", **options)
    assert {name: store.open_corpus(name).fingerprint for name in store.corpora()} == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def change(path, edit):
    content = json.loads(path.read_text())
    edit(content["playlists"])
    path.write_text(json.dumps(content))


def of_track(field, value):
    def edit(playlists):
        playlists[2]["tracks"][3][field] = value

    return edit


def without_pid(playlists):
    del playlists[2]["pid"]


def without_uri(playlists):
    del playlists[2]["tracks"][3]["track_uri"]


def without_tracks(playlists):
    del playlists[2]["tracks"]


def same_pid(playlists):
    playlists[2]["pid"] = 1


def no_object(playlists):
    playlists[2] = 5


FAULTS = {
    "without pid": (without_pid, ", playlist at index 2: the playlist has no pid"),
    "without URI": (without_uri, ", playlist 2: track 3 has no track_uri"),
    "without tracks": (without_tracks, ", playlist 2: the playlist has no tracks"),
    "empty URI": (of_track("track_uri", ""), ", playlist 2: track 3 has an empty track_uri"),
    "comma in URI": (of_track("track_uri", "a,b"), ", playlist 2: track 3 has a track_uri with ',' in it: 'a,b'"),
    "line in URI": (of_track("track_uri", "a\nb"), r", playlist 2: track 3 has a track_uri with '\n' in it: 'a\nb'"),
    "blank in URI": (
        of_track("track_uri", "a\u2003b"),
        r", playlist 2: track 3 has a track_uri with '\u2003' in it: 'a\u2003b'",
    ),
    "number for URI": (of_track("track_uri", 5), ", playlist 2: track 3: track_uri: expected `str`, got `int`"),
    "text for pos": (of_track("pos", "1"), ", playlist 2: track 3: pos: expected `int | null`, got `str`"),
    "same pid": (same_pid, ", playlist 1: another playlist of the file has the same pid"),
    "no object": (no_object, ", playlist at index 2: the playlist: expected `object`, got `int`"),
}


@pytest.mark.parametrize("n_workers", [1, 2])
def test_the_first_bad_playlist_stops_the_import(source, wild, n_workers):
    change(source / "data" / FIRST, without_uri)
    assert refused(wild, source, n_workers=n_workers) == f"slice {FIRST}, playlist 2: track 3 has no track_uri{SKIP}"


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_has_its_message(source, wild, fault):
    edit, words = FAULTS[fault]
    change(source / "data" / FIRST, edit)
    assert refused(wild, source) == f"slice {FIRST}{words}{SKIP}"


@pytest.mark.parametrize("fault", FAULTS)
def test_skip_bad_skips_counts_and_lists_bad_playlists(source, wild, fault):
    edit, words = FAULTS[fault]
    whole = wild.as_lists(wild.imported(source).playlists())
    change(source / "data" / FIRST, edit)
    corpus = wild.imported(source, "most", skip_bad=True)
    assert corpus.manifest.notes["skipped"] == 1
    assert corpus.manifest.notes["skipped_list"] == [f"slice {FIRST}{words}"]
    assert wild.as_lists(corpus.playlists()) == {pid: row for pid, row in whole.items() if pid != 2}


def test_a_playlist_without_pid_is_listed_by_its_index(source, wild):
    change(source / "data" / FIRST, lambda playlists: playlists[0].pop("pid"))
    skipped = wild.imported(source, skip_bad=True).manifest.notes["skipped_list"]
    assert skipped == [f"slice {FIRST}, playlist at index 0: the playlist has no pid"]


@pytest.mark.parametrize("uri", ["spotify:local:Björk:-:Jóga:300", "spotify:episode:0000000000000000000001"])
def test_entries_that_are_not_tracks_are_counted_and_never_in_the_catalog(source, wild, uri):
    before = wild.as_lists(wild.imported(source).playlists())[2][1]
    change(source / "data" / FIRST, of_track("track_uri", uri))
    corpus = wild.imported(source, "other")
    assert uri not in corpus.playlists().catalog.tracks["uri"]
    assert wild.as_lists(corpus.playlists())[2][1] == before[:3] + before[4:]
    assert corpus.manifest.notes["remarks"][0].startswith("left out: 1 entry of local files, episodes")


def test_numbers_of_a_playlist_that_loses_entries_are_those_of_the_others(tmp_path, wild):
    """Tracks 0 and 7 share an artist, 0 and 11 an album; one playlist keeps an entry without duration."""
    local = wild.entry(3, 3, track_uri="spotify:local:a:b:c:1")
    known = [wild.entry(number, pos) for pos, number in enumerate((0, 7, 11))]
    rows = [
        wild.playlist(0, [], tracks=[*known, local], num_tracks=4),
        wild.playlist(1, [], tracks=[*known, local, wild.entry(2, 4, duration_ms=None)], num_albums=None),
        wild.playlist(2, [], tracks=known, num_tracks=9),
    ]
    wild.write_slice(tmp_path / "mpd.slice.0-999.json", rows)
    info = wild.imported(tmp_path).playlists().info
    assert info.select("num_tracks", "num_albums", "num_artists", "duration_ms").rows() == [
        (3, 2, 2, 1_000 + 1_007 + 1_011),
        (4, None, 3, None),
        (9, 2, 3, 1_000_000),
    ]


def test_a_title_cut_inside_an_emoji_keeps_its_playlist(source, wild):
    path = source / "data" / FIRST
    content = path.read_text().replace('"Title 2"', r'"cut \ud83c"').replace('"Title 1"', r'"\\ud83c \ud83c\udfa7"')
    path.write_text(content)
    corpus = wild.imported(source)
    lists = wild.as_lists(corpus.playlists())
    assert (lists[2][0], lists[1][0]) == ("cut \ufffd", "\\ud83c \U0001f3a7")
    assert corpus.manifest.notes["remarks"] == ["replaced by U+FFFD: characters cut in two: 1"]


@pytest.mark.parametrize("value", ["NaN", "-Infinity", "nan", "\n"])
def test_one_malformed_value_skips_one_playlist(source, wild, value):
    path = source / "data" / FIRST
    path.write_text(path.read_text().replace('"Title 2"', value if value.strip() else '"a\nb"'))
    assert refused(wild, source).startswith(f"slice {FIRST}, playlist 2: ")
    corpus = wild.imported(source, "most", skip_bad=True)
    assert corpus.manifest.notes["skipped"] == 1
    assert len(corpus.playlists()) == 3 * 4 - 1


def test_a_pipe_is_refused_at_once(tmp_path, wild):
    os.mkfifo(tmp_path / "p.zip")
    assert "is a pipe" in refused(wild, tmp_path / "p.zip")


def test_a_zip_with_backslashes_in_its_names_is_read(source, tmp_path, wild):
    whole = wild.imported(source).fingerprint
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted((source / "data").iterdir()):
            archive.writestr(f"mpd\\data\\{file.name}", file.read_bytes())
    assert wild.imported(path, "windows").fingerprint == whole


def test_a_zip_bomb_is_refused_before_decompression(tmp_path, wild):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/mpd.slice.0-999.json", b" " * (9 << 20))
    assert "would decompress from" in refused(wild, path)


def test_a_pid_in_two_slices_is_refused(source, wild):
    change(source / "data" / SECOND, lambda playlists: playlists[3].update(pid=1))
    words = f"slice {SECOND}, playlist 1: a playlist of slice {FIRST} has the same pid"
    assert refused(wild, source) == words + SKIP
    corpus = wild.imported(source, "most", skip_bad=True)
    assert corpus.manifest.notes["skipped_list"] == [words]
    assert len(corpus.playlists()) == 3 * 4 - 1


def test_tracks_of_skipped_playlists_only_are_not_in_the_catalog(source, wild):
    def edit(playlists):
        playlists[3].update(pid=1)
        playlists[3]["tracks"][0].update(track_uri=wild.uri(99), artist_uri="spotify:artist:only-here")

    change(source / "data" / SECOND, edit)
    catalog = wild.imported(source, skip_bad=True).playlists().catalog
    assert wild.uri(99) not in catalog.tracks["uri"]
    assert "spotify:artist:only-here" not in catalog.artists["uri"]


WHOLE = {
    "truncated": (
        lambda data: data[: len(data) // 2],
        lambda n: f": the JSON is truncated at byte {n}; copy or decompress the file again",
    ),
    "empty": (lambda _: b"", lambda n: f": the JSON is truncated at byte {n}; copy or decompress the file again"),
    "no JSON": (
        lambda _: b"<html>",
        lambda _: (
            ": the file is not JSON: JSON is malformed: invalid character (byte 0); copy or decompress the file again"
        ),
    ),
    "UTF-16": (
        lambda data: data.decode().encode("utf-16"),
        lambda _: ": the file is UTF-16, not UTF-8; save it as UTF-8",
    ),
    "other JSON": (
        lambda _: b'{"a": 1}',
        lambda _: ": the file is JSON, but not a slice: has no playlists; pass another file",
    ),
    "array": (
        lambda _: b"[1, 2]",
        lambda _: ": the file is JSON, but not a slice: expected `object`, got `array`; pass another file",
    ),
    "tail": (
        lambda data: data + b"x",
        lambda n: (
            f": the file is not JSON: JSON is malformed: trailing characters (byte {n}); "
            "copy or decompress the file again"
        ),
    ),
    "deep": (
        lambda _: b'{"playlists": [' + b'{"a":' * 100_000,
        lambda _: ": the file is not JSON: the JSON is nested too deeply; copy or decompress the file again",
    ),
}


@pytest.mark.parametrize("fault", WHOLE)
def test_a_file_that_is_not_a_slice_is_refused(source, wild, fault):
    edit, words = WHOLE[fault]
    path = source / "data" / FIRST
    path.write_bytes(edit(path.read_bytes()))
    line = f"slice {FIRST}{words(path.stat().st_size)}"
    assert refused(wild, source) == line
    corpus = wild.imported(source, "most", skip_bad=True)
    assert corpus.manifest.notes["skipped_list"] == [line]
    assert len(corpus.playlists()) == 2 * 4


def test_a_title_that_is_not_utf_8_is_refused(source, wild):
    path = source / "data" / FIRST
    path.write_bytes(path.read_bytes().replace(b'"Title 2"', b'"Title \xff"'))
    assert refused(wild, source) == f"slice {FIRST}, playlist 2: a text is not UTF-8{SKIP}"


def test_a_slice_with_another_md5_digest_is_refused(source, tmp_path, wild):
    wild.md5sums(source)
    path = source / "data" / SECOND
    path.write_text(path.read_text().replace("Title 1000", "Title 9999"))
    line = f"slice {SECOND} does not match its digest in md5sums; copy or decompress it again"
    assert refused(wild, source) == line
    assert refused(wild, source, n_workers=2) == line
    assert refused(wild, wild.zipped(source, tmp_path / "x.zip")) == line
    corpus = wild.imported(source, "most", skip_bad=True)
    assert corpus.manifest.notes["skipped_list"] == [
        f"slice {SECOND}: does not match its digest in md5sums; copy or decompress it again"
    ]


def test_a_source_without_slices_is_refused(tmp_path, wild):
    file = tmp_path / "x.zip"
    assert (
        refused(wild, file)
        == f"source {file} does not exist; name a folder or a zip of MPD slices, or a table of playlists"
    )
    file.write_text("no zip")
    layout = LAYOUT.partition("with ")[2]
    assert refused(wild, file) == f"source {file} is neither a folder nor a complete zip; pass one with {layout}"
    folder = tmp_path / "empty"
    folder.mkdir()
    line = refused(wild, folder)
    assert line.startswith(f"source {folder} has no known layout; readers and what each needs: ")
    for reader in plugins.names(plugins.READER):
        assert f"{reader} ({reader_traits(reader_named(reader)).layout})" in line
    assert "mpd (mpd.slice.*.json in a folder or zip)" in line
    assert "table (.csv, .tsv, .jsonl or .parquet with playlist, track)" in line
    assert len(f"error: {line}".encode()) < ERROR_BYTES, "the command line would shorten it"


def test_a_source_without_playlists_is_refused(tmp_path, wild, left):
    wild.write_slice(tmp_path / FIRST, [])
    assert refused(wild, tmp_path) == f"source {tmp_path} holds no playlist; pass a folder or a zip with MPD slices"
    assert left() == {"corpora": [], "imports": [], "hidden": []}


def test_two_slices_with_the_same_name_are_refused(source, tmp_path, wild):
    wild.write_slice(source / "more" / FIRST, [wild.playlist(5000, [1])])
    words = f"source {source} holds slice {FIRST} twice ({source}/data/{FIRST} and {source}/more/{FIRST}); "
    assert refused(wild, source) == f"{words}remove one of them"
    archive = wild.zipped(source, tmp_path / "x.zip")
    words = f"source {archive} holds slice {FIRST} twice (data/{FIRST} and more/{FIRST}); remove one of them"
    assert refused(wild, archive) == words


def test_a_folder_with_only_a_partial_download_is_refused_by_its_name(tmp_path, wild):
    (tmp_path / f"{FIRST}.part").write_text("{")
    remark = f"not read: {FIRST}.part; the name of a slice ends in .json or .json.gz"
    assert refused(wild, tmp_path) == f"source {tmp_path} holds no slice ({remark}); {LAYOUT}"


def test_a_directory_or_a_dangling_link_named_like_a_slice_is_refused(source, wild):
    path = source / FIRST
    path.mkdir()
    line = f"source {source}: {FIRST} has the name of a slice but is not a file; remove or replace it"
    assert refused(wild, source) == line
    path.rmdir()
    path.symlink_to("nowhere")
    assert refused(wild, source) == line


@pytest.mark.parametrize(
    "member", ["../mpd.slice.0-999.json", "/etc/x", "data/../../x", "C:/x", "..\\x", "\\\\host\\x"]
)
def test_a_zip_member_outside_the_folder_is_refused(tmp_path, wild, member):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data/mpd.slice.0-999.json", '{"playlists": []}')
        archive.writestr(zipfile.ZipInfo(member), "x")
    assert refused(wild, path) == (
        f"zip {path}: member {member!r} has a path outside the folder; do not trust this file, download the original"
    )


def test_an_encrypted_zip_is_refused(source, tmp_path, wild):
    path = wild.zipped(source, tmp_path / "x.zip")
    data = bytearray(path.read_bytes())
    entry = data.find(b"PK\x01\x02")  # first entry of the archive's directory; its flags begin at byte 8
    (flags,) = struct.unpack_from("<H", data, entry + 8)
    struct.pack_into("<H", data, entry + 8, flags | 1)
    path.write_bytes(data)
    assert refused(wild, path) == f"zip {path}: member data/{FIRST} is encrypted; decompress it and import the folder"


def test_a_truncated_zip_is_refused(source, tmp_path, wild):
    path = wild.zipped(source, tmp_path / "x.zip")
    path.write_bytes(path.read_bytes()[:-30])
    assert refused(wild, path).startswith(f"source {path} is neither a folder nor a complete zip; ")


@pytest.mark.parametrize("name", ["data/mpd.slice.1000-1999.json", "md5sums"])
def test_a_damaged_zip_member_is_refused(source, tmp_path, wild, name):
    wild.md5sums(source)
    path = wild.zipped(source, tmp_path / "x.zip")
    with zipfile.ZipFile(path) as archive:
        offset = archive.getinfo(name).header_offset + 30 + len(name) + 20
    data = bytearray(path.read_bytes())
    data[offset] ^= 0xFF
    path.write_bytes(data)
    assert re.fullmatch(
        rf"(slice \S+ in )?zip {re.escape(str(path))}, {name}: .*; copy the zip again", refused(wild, path)
    )


def test_an_unreadable_slice_is_refused(source, wild, monkeypatch):
    reading = Path.read_bytes

    def denied(path):
        if path.name == SECOND:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return reading(path)

    monkeypatch.setattr(Path, "read_bytes", denied)
    assert refused(wild, source) == f"slice {SECOND} cannot be read: Permission denied"
    corpus = wild.imported(source, "most", skip_bad=True)
    assert corpus.manifest.notes["skipped_list"] == [f"slice {SECOND}: cannot be read: Permission denied"]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../a", ".hidden", "-x", "a" * 101, "a b"])
def test_a_name_that_cannot_be_a_folder_name_is_refused(source, wild, name):
    with pytest.raises(DataError, match=r"^corpus name .*: use at most 100 letters, digits"):
        wild.imported(source, name)


def test_a_repaired_source_is_imported(source, tmp_path, wild):
    whole = wild.imported(wild.three_slices(tmp_path / "whole")).fingerprint
    good = (source / "data" / SECOND).read_text()
    change(source / "data" / SECOND, without_uri)
    refused(wild, source)
    (source / "data" / SECOND).write_text(good)
    assert wild.imported(source, "wrong").fingerprint == whole
