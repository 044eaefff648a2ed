"""`harness similar`: counts and cosines that agree with a dense product, on the screen and in files."""

import csv
import gzip
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from harness.data import store


@pytest.fixture(scope="module")
def dense(playlists):
    """Numbers of playlists that hold both of two tracks, (n_tracks, n_tracks), 0 of a track with itself; cosines."""
    held = playlists.tracks.matrix(playlists.catalog.n_tracks)
    shared = (held.T @ held).toarray()
    n = np.diag(shared).copy()
    np.fill_diagonal(shared, 0)
    return shared, shared / np.sqrt(np.outer(n, n))


@pytest.fixture(scope="module")
def ids(playlists):
    """Track URI -> its row."""
    return {uri: row for row, uri in enumerate(playlists.catalog.tracks["uri"])}


def similar(rows, ids):
    return [ids[row["similar_uri"]] for row in rows]


def read(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.usefixtures("corpus")
def test_the_table_of_all_tracks_has_every_pair_above_the_cut(command, dense, ids, tmp_path):
    arguments = ("similar", "--all", "--data", "small", "--top", 10_000, "--min-count")
    code, out, err = command(*arguments, 4, "--output", tmp_path / "similar.csv.gz")
    assert (code, out) == (0, "")
    rows = read(tmp_path / "similar.csv.gz")
    assert f"{len(rows):,} pairs of tracks" in err
    shared, cosines = dense
    pairs = tuple(np.array([[ids[row[name]] for row in rows] for name in ("track_uri", "similar_uri")]))
    found = np.zeros_like(shared)
    np.add.at(found, pairs, [int(row["count"]) for row in rows])
    assert (found == np.where(shared >= 4, shared, 0)).all()
    assert 0 < len(rows) < np.count_nonzero(shared)
    np.testing.assert_allclose([float(row["cosine"]) for row in rows], cosines[pairs], atol=1e-6)
    first = (tmp_path / "similar.csv.gz").read_bytes()
    command(*arguments, 4, "--output", tmp_path / "similar.csv.gz")
    assert (tmp_path / "similar.csv.gz").read_bytes() == first


@pytest.mark.usefixtures("corpus")
def test_ranks_follow_the_counts_and_end_at_the_top(command, dense, ids, tmp_path):
    command("similar", "--all", "--data", "small", "--top", 3, "--min-count", 1, "--output", tmp_path / "x.csv.gz")
    by_track = {}
    for row in read(tmp_path / "x.csv.gz"):
        by_track.setdefault(ids[row["track_uri"]], []).append((int(row["rank"]), int(row["count"])))
    shared, _ = dense
    best = -np.sort(-shared, axis=1)[:, :3]
    assert by_track.keys() == set(np.flatnonzero(best[:, 0]).tolist())
    for track, rows in by_track.items():
        assert [rank for rank, _ in rows] == list(range(1, len(rows) + 1))
        assert [count for _, count in rows] == best[track][best[track] > 0].tolist()


@pytest.mark.usefixtures("corpus")
def test_one_track_is_a_table_or_json_or_csv(command, playlists, dense, ids):
    track = int(np.argmax(playlists.track_counts()))
    uri, name = playlists.catalog.tracks.row(track)
    arguments = ("similar", uri, "--data", "small", "--min-count", 2, "--top", 5)
    code, out, _ = command(*arguments)
    assert code == 0
    assert out.splitlines()[0].rstrip() == f"similar to {name} on small"
    assert out.splitlines()[1].split() == ["rank", "track", "artist", "count", "cosine"]
    rows = json.loads(command(*arguments, "--format", "json")[1])
    shared, cosines = dense
    expected = [(shared[track, at], pytest.approx(cosines[track, at], abs=1e-6)) for at in similar(rows, ids)]
    assert [(row["count"], row["cosine"]) for row in rows] == expected
    same = list(csv.DictReader(io.StringIO(command(*arguments, "--format", "csv")[1])))
    assert [row["similar_uri"] for row in same] == [row["similar_uri"] for row in rows]
    by_words = command("similar", name, "--data", "small", "--min-count", 2, "--format", "json")
    assert by_words[2].startswith(f"{name!r} is {name} - ")


@pytest.mark.usefixtures("corpus")
def test_the_ending_of_the_file_chooses_the_format(command, playlists, tmp_path):
    track = playlists.catalog.tracks["uri"][int(np.argmax(playlists.track_counts()))]
    arguments = ("similar", track, "--data", "small", "--min-count", 2, "--top", 5)
    forms = {"x.json": "json", "x.csv": "csv", "x.txt": "terminal", "x": "terminal"}
    for name, form in forms.items():
        assert command(*arguments, "--output", tmp_path / name)[:2] == (0, "")
        assert (tmp_path / name).read_text() == command(*arguments, "--format", form)[1], name
    command(*arguments, "--output", tmp_path / "x.csv.gz")
    assert gzip.decompress((tmp_path / "x.csv.gz").read_bytes()) == (tmp_path / "x.csv").read_bytes()


@pytest.mark.usefixtures("corpus")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name one track, or pass --all for all tracks, not both"),
        (("x", "--all"), "name one track, or pass --all for all tracks, not both"),
        (("--all",), "--all writes a large table: pass --output similar.csv.gz"),
        (("--all", "--output", "x.csv", "--format", "json"),
         "--all writes CSV: let --output end in .csv or .csv.gz, and omit --format"),
        (("--all", "--output", "x"), "--all writes CSV: let --output end in .csv or .csv.gz, and omit --format"),
        (("--all", "--output", "x.json"),
         "--output x.json: no format for the ending .json; choose one of .csv.gz, .csv, or pass --format"),
        (("x", "--output", "x.md"),
         "--output x.md: no format for the ending .md; choose one of .csv.gz, .csv, .json, .txt, or pass --format"),
        (("x", "--output", "x.json.gz", "--format", "json"),
         "--output x.json.gz: only CSV is compressed; omit .gz, or pass --format csv"),
        (("--all", "--output", "x.csv", "--min-count", 600), "no two tracks are similar: lower --min-count"),
        (("x", "--model", "als", "--min-count", 2),
         "--min-count counts shared playlists, and --model ranks by vectors: leave out one"),
        (("x", "--model", "als"), "no run 'als' in submissions: `harness runs list --runs submissions` lists all"),
        (("zzzzqqqqzzzz",), "no track of corpus 'small' is called 'zzzzqqqqzzzz'"),
    ],
)  # fmt: skip
def test_wrong_input_is_one_line(command, arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command("similar", *arguments, "--data", "small") == (1, "", f"error: {message}\n")
    assert not list(tmp_path.iterdir())


def test_names_in_the_file_are_never_formulas(command, handmade, tmp_path):
    made = handmade([[0, 1]] * 5)
    tracks = made.catalog.tracks.with_columns(name=np.array(["=1+1", "plain"]))
    changed = replace(made, catalog=replace(made.catalog, tracks=tracks))
    store.write_corpus(changed, "evil", {"kind": "test"})
    assert command("similar", "--all", "--data", "evil", "--output", tmp_path / "x.csv.gz")[0] == 0
    assert {row["track"] for row in read(tmp_path / "x.csv.gz")} == {"'=1+1", "plain"}
    code, _, err = command("similar", "plain", "--data", "evil", "--min-count", 6)
    assert (code, err.splitlines()[-1]) == (
        1,
        "error: no track is similar to 'plain': none shares 6 playlists with it, lower --min-count",
    )
