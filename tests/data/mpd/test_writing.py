"""Playlists written as slices and imported again are the same playlists."""

import errno
import hashlib
import json
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.data.importing import import_corpus
from harness.data.mpd.writing import write_slices
from harness.errors import DataError
from harness.ragged import NO_ID, Ragged
from harness.types import Catalog, Playlists

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
LISTS = st.lists(st.lists(st.integers(0, 9), max_size=12), min_size=1, max_size=6)


def described(playlists):
    """Each playlist with all its fields and tracks, without ids."""
    catalog = playlists.catalog
    uris, names = catalog.tracks["uri"].to_list(), catalog.tracks["name"].to_list()
    artists, albums = [*catalog.artists.rows(), None], [*catalog.albums.rows(), None]
    tracks = [
        (uris[i], names[i], artists[catalog.artist_of[i]], albums[catalog.album_of[i]], int(catalog.duration_ms[i]))
        for i in range(catalog.n_tracks)
    ]
    rows = playlists.info.sort("pid").rows(named=True)
    order = np.argsort(playlists.info["pid"].to_numpy())
    return [(row, [tracks[i] for i in playlists.tracks.row(n)]) for row, n in zip(rows, order, strict=True)]


@st.composite
def corpora(draw):
    """Small corpora in which anything may be unknown."""
    rows = draw(LISTS)
    pids = draw(st.lists(st.integers(0, 5_000), min_size=len(rows), max_size=len(rows), unique=True))
    names = draw(st.lists(TEXTS, min_size=len(rows), max_size=len(rows)))
    # Names of artists and albums are distinct and not empty: those without URI are identified by name.
    owners = pl.DataFrame(
        {"uri": ["a:0", "", "a:2"], "name": draw(st.lists(TEXTS.filter(bool), min_size=3, max_size=3, unique=True))}
    )
    tracks = pl.DataFrame(
        {"uri": [f"t:{i}" for i in range(10)], "name": draw(st.lists(TEXTS, min_size=10, max_size=10))}
    )
    # Each album has one artist: an album without URI is identified by its name and artist.
    owner_of = np.array(draw(st.lists(st.integers(-1, 2), min_size=10, max_size=10)), np.int32)
    durations = np.array(draw(st.lists(st.integers(0, 2**31 - 1), min_size=10, max_size=10)), np.int32)
    catalog = Catalog(
        tracks, owners, owners.with_columns(uri=pl.col("uri").str.replace("a", "b")), owner_of, owner_of, durations
    )
    info = pl.DataFrame(
        {"pid": pids, "name": names, "num_followers": pids, "collaborative": [pid % 2 == 0 for pid in pids]}
    )
    return Playlists(info, Ragged.from_rows(rows), catalog)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corpora())
def test_a_written_corpus_is_imported_unchanged(home, corpus):
    with tempfile.TemporaryDirectory(dir=home) as folder:
        write_slices(corpus, Path(folder))
        again = import_corpus(Path(folder), "again", replace=True, n_workers=1)
        assert again.manifest.notes["without_pos"] == 0
        assert described(again.playlists()) == described(corpus)


def test_a_synthetic_corpus_is_imported_unchanged(playlists, tmp_path):
    paths = write_slices(playlists, tmp_path)
    assert [path.name for path in paths] == ["mpd.slice.0-999.json"]
    assert described(import_corpus(tmp_path, "again", n_workers=1).playlists()) == described(playlists)


def test_slices_hold_a_thousand_pids_and_have_md5_digests(playlists, tmp_path):
    spread = Playlists(playlists.info.with_columns(pid=pl.col("pid") * 7), playlists.tracks, playlists.catalog)
    paths = write_slices(spread, tmp_path)
    assert [path.name for path in paths] == [
        f"mpd.slice.{n}000-{n}999.json" if n else "mpd.slice.0-999.json" for n in range(5)
    ]
    content = json.loads(paths[1].read_text())
    assert content["info"]["slice"] == "1000-1999"
    assert [row["pid"] for row in content["playlists"]] == [pid for pid in range(0, 4_200, 7) if 1_000 <= pid < 2_000]
    sums = [f"{hashlib.md5(path.read_bytes()).hexdigest()}  data/{path.name}" for path in paths]
    assert (tmp_path / "md5sums").read_text().splitlines() == sums


def test_a_slice_looks_like_the_mpd(playlists, tmp_path):
    (path,) = write_slices(playlists, tmp_path)
    first = json.loads(path.read_text())["playlists"][0]
    assert first["collaborative"] in ("true", "false")
    assert [entry["pos"] for entry in first["tracks"]] == list(range(first["num_tracks"]))
    assert first["tracks"][0].keys() == {
        *("pos", "artist_name", "track_uri", "artist_uri", "track_name", "album_uri", "duration_ms", "album_name")
    }
    assert path.read_text().startswith("{\n    ")


def test_slices_are_never_mixed_with_others(playlists, tmp_path):
    write_slices(playlists, tmp_path)
    with pytest.raises(DataError, match="already holds slices; choose another folder, or empty this one"):
        write_slices(playlists, tmp_path)


def test_a_full_disk_leaves_no_slice(playlists, tmp_path, monkeypatch):
    spread = Playlists(playlists.info.with_columns(pid=pl.col("pid") * 7), playlists.tracks, playlists.catalog)
    writing = Path.write_bytes

    def full(path, data):
        if "2000" in path.name:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return writing(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write_slices(spread, tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_unknown_owners_stay_unknown(tmp_path):
    nothing = pl.DataFrame(schema={"uri": pl.String, "name": pl.String})
    tracks, unknown = pl.DataFrame({"uri": ["t:0"], "name": [""]}), np.array([NO_ID], np.int32)
    catalog = Catalog(tracks, nothing, nothing, unknown, unknown, np.zeros(1, np.int32))
    write_slices(Playlists(pl.DataFrame({"pid": [5], "name": [""]}), Ragged.from_rows([[0, 0]]), catalog), tmp_path)
    again = import_corpus(tmp_path, "again", n_workers=1).playlists()
    assert again.tracks.row(0).tolist() == [0, 0]
    assert (again.catalog.n_artists, again.catalog.n_albums) == (0, 0)
