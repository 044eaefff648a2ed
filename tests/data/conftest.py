"""Fixtures: hand-written slices of many layouts, and a listing of the data folder."""

import hashlib
import json
import zipfile
from types import SimpleNamespace

import pytest

from harness.data.importing import import_corpus


def uri(number):
    return f"spotify:track:{number:022d}"


def entry(number, pos, **changes):
    """A complete entry of track `number`; a change to None removes the field."""
    fields = {
        "pos": pos,
        "artist_name": f"Artist {number % 7}",
        "track_uri": uri(number),
        "artist_uri": f"spotify:artist:{number % 7:022d}",
        "track_name": f"Track {number}",
        "album_uri": f"spotify:album:{number % 11:022d}",
        "duration_ms": 1_000 + number,
        "album_name": f"Album {number % 11}",
    } | changes
    return {name: value for name, value in fields.items() if value is not None}


def playlist(pid, numbers, **changes):
    """A complete playlist of these tracks; a change to None removes the field."""
    fields = {
        "name": f"Title {pid}",
        "collaborative": "false",
        "pid": pid,
        "modified_at": 1_500_000_000,
        "num_tracks": len(numbers),
        "num_albums": 2,
        "num_followers": 1,
        "tracks": [entry(number, pos) for pos, number in enumerate(numbers)],
        "num_edits": 3,
        "duration_ms": 1_000_000,
        "num_artists": 3,
    } | changes
    return {name: value for name, value in fields.items() if value is not None}


def write_slice(path, playlists, *, indent=4, bom=False):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"info": {"version": "v1"}, "playlists": playlists}, indent=indent, ensure_ascii=False)
    path.write_text(text, encoding="utf-8-sig" if bom else "utf-8")
    return path


def three_slices(folder, **options):
    """Three slices of four playlists each over some twenty tracks, one of them twice in a playlist."""
    for number in range(3):
        pids = range(1000 * number, 1000 * number + 4)
        rows = [playlist(pid, [(5 * pid + 3 * i) % 23 for i in range(6)] + [pid % 23]) for pid in pids]
        write_slice(folder / "data" / f"mpd.slice.{1000 * number}-{1000 * number + 999}.json", rows, **options)
    return folder


def md5sums(folder):
    lines = [
        f"{hashlib.md5(path.read_bytes()).hexdigest()}  data/{path.name}\n" for path in sorted(folder.glob("data/*"))
    ]
    (folder / "md5sums").write_text("".join(lines))


def zipped(folder, path, top=""):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, f"{top}{file.relative_to(folder)}")
    return path


def imported(source, name="x", **options):
    return import_corpus(source, name, **{"n_workers": 1} | options)


def as_lists(playlists):
    """A corpus without ids: pid -> (title, URIs)."""
    uris = playlists.catalog.tracks["uri"].to_list()
    rows = playlists.info.select("pid", "name").iter_rows()
    return {pid: (name, [uris[i] for i in playlists.tracks.row(row)]) for row, (pid, name) in enumerate(rows)}


@pytest.fixture(scope="session")
def wild():
    """Functions that write slices and read corpora."""
    return SimpleNamespace(
        uri=uri,
        entry=entry,
        playlist=playlist,
        write_slice=write_slice,
        three_slices=three_slices,
        md5sums=md5sums,
        zipped=zipped,
        imported=imported,
        as_lists=as_lists,
    )


@pytest.fixture
def source(tmp_path):
    """A folder of three slices."""
    return three_slices(tmp_path / "source")


@pytest.fixture
def left(home):
    """Function that lists the data folder except locks: corpora, imports and hidden files."""

    def look():
        files = [path.relative_to(home) for path in home.rglob("*") if path.parts[len(home.parts)] != "locks"]
        return {
            "corpora": sorted(path.name for path in home.glob("corpora/*")),
            "imports": sorted(path.name for path in home.glob("imports/*")),
            "hidden": sorted(str(path) for path in files if ".partial-" in str(path)),
        }

    return look
