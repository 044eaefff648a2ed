"""`harness runs` and `harness rerun` through their `main`."""

import csv
import io
import json
import os
import subprocess
import sys

import msgspec
import pytest

from harness.home import only_one
from harness.run import runs as stored
from harness.run.record import RunRecord

FAULTY = """
import harness

@harness.recommender("faulty")
class Faulty:
    mode: str = "raise"
    \"\"\"How it ends.\"\"\"

    def fit(self, train, challenge):
        if self.mode == "interrupt":
            raise SystemExit
        raise RuntimeError("no luck")
    def recommend(self, challenge, k): ...
"""

RANDOM = """
import numpy as np
import harness

@harness.recommender("random-lists", deterministic=False)
class RandomLists:
    def fit(self, train, challenge):
        self.n = train.catalog.n_tracks
    def recommend(self, challenge, k):
        rng = np.random.default_rng()
        tracks = np.stack([rng.permutation(self.n)[: k + 100] for _ in range(len(challenge))]).astype(np.int32)
        scores = np.zeros(tracks.shape, np.float32)
        return harness.kit.without_seeds(tracks, scores, challenge.seeds, k)
"""


@pytest.fixture
def runs(tmp_path):
    return tmp_path / "runs"


@pytest.fixture
def two(command, corpus, runs):
    """A folder of runs of popularity and title; returns both names."""
    both = ("--recommender", "popularity", "--recommender", "title")
    code, _, err = command("run", *both, "--data", corpus.name, "--runs", runs)
    assert code == 0, err
    return sorted(path.name for path in runs.iterdir())


@pytest.fixture
def file_of(tmp_path):
    """Writes a plug-in file; returns its path."""

    def write(text):
        path = tmp_path / "plugin.py"
        path.write_text(text)
        return path

    return write


def listed(command, runs):
    code, out, _ = command("runs", "list", "--runs", runs, "--format", "json")
    assert code == 0
    return {row["run"]: row for row in json.loads(out)}


def test_all_states_are_listed(command, corpus, runs, two, file_of):
    words = ("run", "--data", corpus.name, "--runs", runs, "--recommender")
    assert command(*words, f"{file_of(FAULTY)}:Faulty")[0] == 1
    (runs / two[1] / "run.json").write_text("{}")
    rows = listed(command, runs)
    faulty = next(name for name in rows if name.startswith("faulty-"))
    assert {name: row["state"] for name, row in rows.items()} == {
        faulty: "failed",
        two[0]: "finished",
        two[1]: "damaged",
    }
    assert "no luck (plugin.py, line " in rows[faulty]["remark"]
    assert "is damaged" in rows[two[1]]["remark"]
    with only_one(runs / faulty):
        assert listed(command, runs)[faulty]["state"] == "running"
    attempt = runs / f".partial-{faulty}" / "attempt.json"
    attempt.write_text(attempt.read_text().replace("no luck", "").replace('"error":"', '"error":"","x":"'))
    assert listed(command, runs)[faulty]["state"] == "unfinished"
    code, out, _ = command("runs", "list", "--runs", runs)
    assert code == 0
    assert {line.split()[0]: line.split()[1] for line in out.splitlines()[2:]} == {
        faulty: "unfinished",
        two[0]: "finished",
        two[1]: "damaged",
    }


def test_a_run_that_finishes_after_a_failure_is_listed_once(command, corpus, runs, file_of):
    words = ("run", "--data", corpus.name, "--runs", runs, "--recommender", f"{file_of(FAULTY)}:Faulty")
    assert command(*words)[0] == 1
    assert [row["state"] for row in listed(command, runs).values()] == ["failed"]
    code, out, _ = command("runs", "show", "faulty", "--runs", runs)
    assert code == 0
    assert {"state": "failed", "mode": '"raise"'}.items() <= dict(
        line.split(None, 1) for line in out.splitlines()
    ).items()
    assert command("runs", "delete", "faulty", "--runs", runs, "--yes")[0] == 0
    assert not list(runs.iterdir())


def test_names_notes_and_tags_are_shown_and_select(command, runs, two):
    popularity, title = two
    for words in (("note", title, "looks well"), ("rename", title, "mine"), ("tag", popularity, "base", "old")):
        assert command("runs", *words, "--runs", runs)[0] == 0
    code, out, _ = command("runs", "tag", "mine", "base", "new", "--runs", runs)
    assert (code, out) == (0, "base new\n")
    rows = listed(command, runs)
    assert (rows[title]["name"], rows[title]["note"], rows[title]["tags"]) == ("mine", "looks well", ["base", "new"])
    head, *lines = csv.reader(io.StringIO(command("leaderboard", "--runs", runs, "--tag", "new", "--format", "csv")[1]))
    (line,) = (dict(zip(head, line, strict=True)) for line in lines)
    assert (line["run"], line["name"], line["tags"], line["note"]) == (title, "mine", "base new", "looks well")
    table = command("leaderboard", "--runs", runs, "--tag", "base")[1]
    assert {"mine", popularity} <= set(table.split())
    assert title not in table
    assert command("leaderboard", "--runs", runs, "--tag", "base", "--tag", "gone")[2].startswith(
        f"no runs of {runs} match"
    )
    assert command("runs", "tag", title, "--remove", "new", "--runs", runs)[1] == "base\n"
    assert command("runs", "show", "mine", "--runs", runs)[1].splitlines()[0].split() == ["run", title]
    assert command("compare", "mine", popularity, "--runs", runs)[0] == 0


def test_a_name_belongs_to_one_run(command, runs, two):
    popularity, title = two
    assert command("runs", "rename", title, "mine", "--runs", runs)[0] == 0
    for taken in ("mine", title):
        code, _, err = command("runs", "rename", popularity, taken, "--runs", runs)
        assert (code, err) == (1, f"error: run {title} of {runs} has the name {taken!r}: choose another\n")
    assert command("runs", "rename", "mine", "", "--runs", runs)[0] == 0
    assert listed(command, runs)[title]["name"] == ""


def test_an_unknown_run_is_one_line(command, runs, two):
    code, _, err = command("runs", "show", "mien", "--runs", runs)
    assert (code, err) == (1, f"error: no run 'mien' in {runs}: `harness runs list --runs {runs}` lists all\n")
    code, _, err = command("runs", "note", "x", "text", "--runs", runs)
    assert (code, err) == (1, f"error: no run 'x' in {runs}: `harness runs list --runs {runs}` lists all\n")
    code, _, err = command("runs", "show", "", "--runs", runs)
    assert err == f"error: several runs of {runs} begin with '': {', '.join(two)}; name one of them\n"


def test_delete_asks_and_refuses_a_running_run(command, runs, two, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert command("runs", "delete", "title", "--runs", runs)[0] == 1
    assert sorted(path.name for path in runs.iterdir()) == two
    with only_one(runs / two[1]):
        code, _, err = command("runs", "delete", "title", "--runs", runs, "--yes")
    assert (code, err) == (1, f"error: {two[1]} is running: end that process first\n")
    assert command("runs", "delete", "title", "popularity", "--runs", runs, "--yes")[0] == 0
    assert not list(runs.iterdir())


def test_a_rerun_reproduces_a_run_and_does_not_change_it(command, runs, two):
    before = {path: path.read_bytes() for path in runs.rglob("*") if path.is_file()}
    code, out, err = command("rerun", "title", "--runs", runs)
    assert code == 0, err
    assert out.splitlines()[:3] == [
        f"{two[1]}: reproduced, byte by byte",
        "  lists       equal",
        "  submission  equal",
    ]
    assert {path: path.read_bytes() for path in runs.rglob("*") if path.is_file()} == before


def test_a_rerun_keeps_its_run_in_another_folder(command, runs, two, tmp_path):
    assert command("runs", "rerun", "title", "--runs", runs, "--keep", tmp_path / "again")[0] == 0
    assert [path.name for path in (tmp_path / "again").iterdir()] == [two[1]]
    code, _, err = command("rerun", "title", "--runs", runs, "--keep", runs)
    assert (code, err) == (
        1,
        f"error: {runs} is the folder of {two[1]} itself: name another for the rerun\n",
    )


def test_a_plug_in_in_a_file_is_rerun_from_the_record_and_random_lists_differ(command, corpus, runs, file_of):
    words = ("run", "--data", corpus.name, "--runs", runs, "--recommender", f"{file_of(RANDOM)}:RandomLists")
    assert command(*words)[0] == 0
    code, out, _ = command("rerun", "random-lists", "--runs", runs)
    assert code == 1
    assert ": not reproduced\n" in out
    n = json.loads(next(runs.glob("*/run.json")).read_text())["n_playlists"]
    assert f"  lists       differ for {n} of {n} playlists\n" in out
    assert "random-lists declares that two fits can differ" in out


def test_a_rerun_names_the_field_that_changed(command, corpus, runs, file_of):
    path = file_of(RANDOM.replace("default_rng()", "default_rng(1)"))
    words = ("run", "--data", corpus.name, "--runs", runs, "--recommender", f"{path}:RandomLists")
    assert command(*words)[0] == 0
    path.write_text(RANDOM.replace("default_rng()", "default_rng(2)"))
    script = "import sys; from harness.cli.main import main; sys.argv[0] = 'harness'; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "rerun", "random-lists", "--runs", str(runs), "--json"],
        capture_output=True, text=True, check=False, env=os.environ,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    verdict = json.loads(done.stdout)
    assert not verdict["reproduced"]
    fields = [each["field"] for each in verdict["differences"] if each["in_key"]]
    assert fields == ["source_hash", "sources.harness"] or fields[0] == "source_hash"
    assert len(fields) == 2


def test_a_changed_file_of_a_run_is_named(command, runs, two):
    submission = runs / two[1] / stored.SUBMISSION
    submission.write_bytes(submission.read_bytes()[:-20])
    code, out, _ = command("rerun", "title", "--runs", runs)
    assert code == 1
    assert "  lists       equal\n  submission  differs\n" in out
    assert f"{stored.SUBMISSION} of the run is missing or damaged" in out


def test_diff_names_the_fields_of_the_key_that_differ(command, corpus, runs):
    for neighbours in (3, 5):
        words = ("--recommender", "title", "--param", f"neighbours={neighbours}")
        assert command("run", *words, "--data", corpus.name, "--runs", runs)[0] == 0
    (a, b) = sorted(path.name for path in runs.iterdir())
    code, out, _ = command("runs", "diff", a, b, "--runs", runs)
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "The keys differ because of"
    values = [str(stored.read_record(runs / name).params["neighbours"]) for name in (a, b)]
    assert [line.split() for line in lines[3:4]] == [["params.neighbours", *values]]
    assert lines[4] == ""
    assert command("runs", "diff", a, a, "--runs", runs)[1] == (
        f"{a} and {a} have equal keys: nothing that can change their lists differs\n"
    )


CHANGES = {
    "versions.numpy": lambda record: record["versions"].update(numpy="0.0"),
    "corpus": lambda record: record["corpus"].update(fingerprint="f" * 64),
    "challenge.seed": lambda record: record["challenge"].update(seed=9),
    "sources.recommenders.title": lambda record: record["sources"].update({"recommenders.title": "0"}),
    "recommender": lambda record: record.update(recommender="x"),
}


@pytest.mark.parametrize("field", CHANGES)
def test_each_part_of_the_key_is_compared(runs, two, field):
    from harness.run.differences import differences

    record = stored.read_record(runs / two[1])
    plain = msgspec.to_builtins(record)
    CHANGES[field](plain)
    changed = msgspec.convert(plain, RunRecord)
    assert [each.field for each in differences(record, changed) if each.in_key] == [field]
    assert not [each for each in differences(record, changed) if not each.in_key]
    assert differences(record, record) == []


def test_what_is_no_part_of_the_key_is_shown_as_such(runs, two):
    from harness.run.differences import differences

    record = stored.read_record(runs / two[1])
    changed = msgspec.structs.replace(record, command="other", audio_fingerprint="f" * 64)
    assert {(each.field, each.in_key) for each in differences(record, changed)} == {
        ("command", False),
        ("audio_fingerprint", False),
    }
