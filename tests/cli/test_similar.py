"""`harness similar`: counts and cosines that agree with a dense product, on the screen and in files."""

import csv
import gzip
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from harness.data import store


@pytest.fixture
def pairs(corpus):
    """(track URI, similar URI) -> (playlists with both, cosine), from the dense matrix."""
    playlists = corpus.playlists()
    held = playlists.tracks.matrix(playlists.catalog.n_tracks)
    shared = (held.T @ held).toarray()
    n = np.diag(shared)
    uris = playlists.catalog.tracks["uri"].to_list()
    return {
        (uris[s], uris[t]): (int(shared[s, t]), shared[s, t] / (n[s] * n[t]) ** 0.5)
        for s, t in zip(*np.nonzero(shared), strict=True)
        if s != t
    }


def read(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_table_of_all_tracks_has_every_pair_above_the_cut(command, pairs, tmp_path):
    arguments = ("similar", "--all", "--data", "small", "--top", 10_000, "--min-count")
    code, out, err = command(*arguments, 4, "--output", tmp_path / "similar.csv.gz")
    assert (code, out) == (0, "")
    rows = read(tmp_path / "similar.csv.gz")
    assert f"{len(rows):,} pairs of tracks" in err
    found = {(row["track_uri"], row["similar_uri"]): (int(row["count"]), float(row["cosine"])) for row in rows}
    expected = {pair: values for pair, values in pairs.items() if values[0] >= 4}
    assert found.keys() == expected.keys()
    assert len(expected) < len(pairs)
    for pair, (count, cosine) in expected.items():
        assert found[pair] == (count, pytest.approx(cosine, abs=1e-6))
    first = (tmp_path / "similar.csv.gz").read_bytes()
    command(*arguments, 4, "--output", tmp_path / "similar.csv.gz")
    assert (tmp_path / "similar.csv.gz").read_bytes() == first


def test_ranks_follow_the_counts_and_end_at_the_top(command, pairs, tmp_path):
    command("similar", "--all", "--data", "small", "--top", 3, "--min-count", 1, "--output", tmp_path / "x.csv.gz")
    by_track = {}
    for row in read(tmp_path / "x.csv.gz"):
        by_track.setdefault(row["track_uri"], []).append((int(row["rank"]), int(row["count"])))
    best = {}
    for (track, _), (count, _) in pairs.items():
        best.setdefault(track, []).append(count)
    assert by_track.keys() == best.keys()
    for track, rows in by_track.items():
        assert [rank for rank, _ in rows] == list(range(1, len(rows) + 1))
        assert [count for _, count in rows] == sorted(best[track], reverse=True)[:3]


def test_one_track_is_a_table_or_json_or_csv(command, corpus, pairs):
    playlists = corpus.playlists()
    track = int(np.argmax(playlists.track_counts()))
    uri, name = playlists.catalog.tracks.row(track)
    arguments = ("similar", uri, "--data", "small", "--min-count", 2, "--top", 5)
    code, out, _ = command(*arguments)
    assert code == 0
    assert out.splitlines()[0].rstrip() == f"similar to {name} on small"
    assert out.splitlines()[1].split() == ["rank", "track", "artist", "count", "cosine"]
    rows = json.loads(command(*arguments, "--format", "json")[1])
    assert [(row["count"], pytest.approx(row["cosine"], abs=1e-6)) for row in rows] == [
        pairs[uri, row["similar_uri"]] for row in rows
    ]
    same = list(csv.DictReader(io.StringIO(command(*arguments, "--format", "csv")[1])))
    assert [row["similar_uri"] for row in same] == [row["similar_uri"] for row in rows]
    by_words = command("similar", name, "--data", "small", "--min-count", 2, "--format", "json")
    assert by_words[2].startswith(f"{name!r} is {name} - ")


@pytest.mark.usefixtures("corpus")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name one track, or pass --all for all tracks, not both"),
        (("x", "--all"), "name one track, or pass --all for all tracks, not both"),
        (("--all",), "--all writes a large table: pass --output similar.csv.gz"),
        (("--all", "--output", "x.json", "--format", "json"), "--output writes CSV: leave out --format json"),
        (("--all", "--output", "x.csv", "--min-count", 600), "no two tracks are similar: lower --min-count"),
        (("x", "--model", "als", "--min-count", 2),
         "--min-count counts shared playlists, and --model ranks by vectors: leave out one"),
        (("x", "--model", "als"), "no run 'als' in submissions: `harness leaderboard` lists all"),
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
