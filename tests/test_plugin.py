"""A third party's plug-ins: installed by pip, found, created and run like any built-in recommender or metric."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parent / "plugin"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder into which pip installed a copy of the plug-in."""
    source, target = tmp_path_factory.mktemp("source") / "plugin", tmp_path_factory.mktemp("site")
    shutil.copytree(PLUGIN, source)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-index", "--no-deps", "--no-build-isolation", "--target", target, source], check=True)
    return target


@pytest.fixture
def output_of(installed):
    """What Python prints with the plug-in on its path."""

    def run(*arguments):
        paths = [str(installed), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
        done = subprocess.run(
            [sys.executable, *map(str, arguments)], env=environment, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_the_plug_in_is_listed_beside_the_built_in_recommenders(output_of):
    lines = output_of("-m", "harness.cli.main", "list").splitlines()
    listed = {line.split(None, 1)[0]: line.split(None, 1)[1] for line in lines}
    assert listed["artist"] == "Recommend the most frequent tracks of the seeds' artists. [playlist-harness-artist]"
    assert listed["popularity"] == "Recommend the tracks with the most entries in the training set."


def test_its_hyper_parameters_are_shown_and_taken(output_of):
    shown = output_of("-m", "harness.cli.main", "list", "artist")
    assert "Recommend the most frequent tracks of the seeds' artists." in shown
    assert "per_artist: int = 100\n      How many tracks an artist gives at most." in shown
    code = "import harness; print(harness.create('artist', {'per_artist': '7'}))"
    assert output_of("-c", code) == "Artist(per_artist=7)\n"


def test_it_runs_from_corpus_to_board(output_of, corpus, tmp_path):
    harness = ("-m", "harness.cli.main", "run", "--data", corpus.name, "--runs", tmp_path)
    both = ("--recommender", "artist", "--recommender", "popularity", "--format", "json")
    board = {
        row["recommender"]: row for row in json.loads(output_of(*harness, *both, "--param", "artist.per_artist=50"))
    }
    assert board["artist"]["params"] == {"per_artist": 50}
    assert board["artist"]["r_precision"]["mean"] > board["popularity"]["r_precision"]["mean"]
    assert (tmp_path / board["artist"]["run"] / "submission.csv.gz").is_file()


def test_its_metric_is_listed_and_described(output_of):
    rows = [line.split() for line in output_of("-m", "harness.cli.main", "metrics").splitlines()]
    assert ["first_hit", "rank", "lower", "-", "playlist-harness-artist"] in rows
    assert "Rank of the first withheld track, 501 without one." in output_of(
        "-m", "harness.cli.main", "metrics", "first_hit"
    )


def test_its_metric_ranks_runs_and_is_shown_from_the_file_once_it_is_uninstalled(output_of, corpus, tmp_path, command):
    harness = ("-m", "harness.cli.main", "run", "--data", corpus.name, "--runs", tmp_path)
    output_of(
        *harness, "--recommender", "popularity", "--recommender", "title", "--metrics", "first_hit", "--format", "json"
    )
    code, out, err = command("leaderboard", "--runs", tmp_path, "--format", "json")
    assert (code, err) == (0, "")
    rows = [row["first_hit"] for row in json.loads(out)]
    assert [row["definition"] for row in rows] == ["rank", "rank"]
    assert [row["higher_is_better"] for row in rows] == [False, False]
    assert 1 <= rows[0]["mean"] < rows[1]["mean"] <= 501
    for form in ("terminal", "md", "csv", "html"):
        code, out, err = command("leaderboard", "--runs", tmp_path, "--format", form)
        assert (code, err) == (0, "")
        assert ("first_hit" if form == "csv" else "First hit") in out
    code, out, err = command(
        "run", "--data", corpus.name, "--recommender", "popularity", "--runs", tmp_path, "--format", "json"
    )
    assert (code, "error" in err) == (0, False)
    (kept,) = [row for row in json.loads(out) if row["recommender"] == "popularity"]
    assert {"ndcg", "first_hit"} <= set(kept)


def test_its_split_is_listed_described_and_runs_from_corpus_to_leaderboard(output_of, corpus, tmp_path, command):
    cli = ("-m", "harness.cli.main")
    listed = {line.split()[0]: line.split()[-1] for line in output_of(*cli, "list", "--kind", "split").splitlines()}
    assert listed["half-split"] == "[playlist-harness-artist]"
    assert not listed["challenge"].startswith("[")
    described = output_of(*cli, "list", "half-split", "--kind", "split")
    assert "default metrics                         recall@100, ndcg" in described
    assert "every: int, at least 3 = 10\n      One playlist out of this many goes to each holdout." in described
    run = (*cli, "run", "--data", corpus.name, "--runs", tmp_path, "--split", "half-split", "--format", "json")
    entries = json.loads(output_of(*run, "--recommender", "popularity", "--recommender", "item-knn"))
    assert {entry["recommender"] for entry in entries} == {"popularity", "item-knn"}
    assert {"recall@100", "ndcg"} <= set(entries[0])
    assert 0 < entries[-1]["recall@100"]["mean"] <= entries[0]["recall@100"]["mean"] <= 1
    record = json.loads((tmp_path / entries[0]["run"] / "run.json").read_text())
    assert "half-split" in json.dumps(record)
    code, out, err = command("leaderboard", "--runs", tmp_path, "--format", "json")
    assert (code, err) == (0, ""), "the plug-in is not installed here, yet its runs remain readable"
    assert [entry["run"] for entry in json.loads(out)] == [entry["run"] for entry in entries]


def test_its_reader_is_listed_described_and_imports_a_file(output_of, tmp_path):
    cli = ("-m", "harness.cli.main")
    listed = {line.split()[0]: line.split()[-1] for line in output_of(*cli, "list", "--kind", "reader").splitlines()}
    assert {name for name, last in listed.items() if last == "[playlist-harness-artist]"} == {"one-list-per-line"}
    assert {"lists", "mpd", "table"} <= set(listed)
    assert "a .playlists file of lines: title, tab" in output_of(*cli, "list", "--kind", "reader", "one-list-per-line")
    source = tmp_path / "mine.playlists"
    source.write_text("calm\ta b c\nloud\tc d\n")
    assert output_of(*cli, "data", "import", source, "--name", "mine").startswith(
        "mine: 2 playlists, 5 entries, 4 tracks"
    )
    other = source.rename(tmp_path / "mine.txt")
    forced = ("data", "import", other, "--name", "forced", "--reader", "one-list-per-line")
    assert output_of(*cli, *forced).startswith("forced: 2 playlists")
