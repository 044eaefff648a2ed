"""Mutated files of every other kind: each ends in success or in one error line, in little time and memory.

The commands run in child processes, many files each: a crash or a hang ends a child, and its log names the file.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from harness.data.importing import import_corpus
from harness.synthetic import Model, generate
from harness.task.contest import write_contest

CHILD = Path(__file__).with_name("child.py")
MAX_KB = 1_000_000
PER_CHILD = 100
MAX_CRASHES = 20
"""After so many the fuzzer stops: the report is long enough."""

EXTREMES = (b"\x00", b"\xff", b"\x7f", b"\x80", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80")


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """Sound files of every kind: kind -> path; and a home with a corpus `mine`."""
    folder = tmp_path_factory.mktemp("base")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_DATA", str(folder / "home"))
        write_contest(generate(600, seed=5, model=Model.small()), folder / "contest")
        uris = import_corpus(folder / "contest", "mine").playlists().catalog.tracks["uri"]
        challenge = folder / "contest" / "challenge_set.json"
        options = ("--data", "mine", "--challenge", challenge, "--answers", folder / "contest" / "answers.json")
        command = (sys.executable, "-m", "harness.cli.main", "run", "--recommender", "popularity", *options)
        subprocess.run([*map(str, command), "--runs", str(folder / "runs")], check=True, capture_output=True)
    write_tables(folder)
    features = pl.DataFrame({"track_uri": uris[:40], "energy": [0.5] * 40, "tempo": [99.0] * 40})
    features.write_csv(folder / "features.csv")
    features.write_parquet(folder / "features.parquet")
    return folder


def write_tables(folder):
    """Small tables, lists and a zip of one slice."""
    rows = [
        (playlist, f"spotify:track:{(7 * playlist + place) % 40:022d}") for playlist in range(8) for place in range(6)
    ]
    frame = pl.DataFrame(rows, schema=["playlist", "track"], orient="row")
    frame.write_csv(folder / "table.csv")
    frame.write_csv(folder / "table.tsv", separator="\t")
    frame.write_ndjson(folder / "table.jsonl")
    frame.write_parquet(folder / "table.parquet")
    lists = np.empty(3, dtype=object)
    lists[:] = [[f"track_{i}" for i in range(n)] for n in (3, 5, 2)]
    np.save(folder / "lists.npy", lists, allow_pickle=True)
    entries = [{"pos": place, "track_uri": track} for place, (_, track) in enumerate(rows[:6])]
    content = {"info": {"version": "v1"}, "playlists": [{"pid": 0, "name": "a", "tracks": entries}]}
    with zipfile.ZipFile(folder / "slices.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/mpd.slice.0-999.json", json.dumps(content, indent=4))


def with_extremes(data, rng, mutated):
    """Changes for binary formats: numbers become extreme, and most changes are near the beginning or the end."""
    if rng.random() < 0.4:
        return mutated(data, rng)
    out = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        distance = int(rng.integers(min(len(out), 400)))
        place = distance if rng.random() < 0.5 else len(out) - 1 - distance
        value = EXTREMES[int(rng.integers(len(EXTREMES)))]
        out[place : place + len(value)] = value
    return bytes(out)


IMPORTED = ("slices.zip", "table.csv", "table.tsv", "table.jsonl", "table.parquet", "lists.npy")
OF_CORPUS = ("features.csv", "features.parquet")
OF_RUN = ("run.json", "values.parquet")
OF_CONTEST = ("challenge_set.json", "answers.json")
KINDS = (*IMPORTED, *OF_CORPUS, *OF_RUN, *OF_CONTEST, "corpus", "corpus")


def task_of(number, base, folder, mutated):
    """Write file `number` and return the task of its command: name, home and arguments."""
    rng = np.random.default_rng([4, number])
    kind = KINDS[number % len(KINDS)]
    place = folder / str(number)
    place.mkdir()
    home, name = place / "home", f"{number} {kind}"
    if kind in IMPORTED:
        (place / kind).write_bytes(with_extremes((base / kind).read_bytes(), rng, mutated))
        return {"name": name, "home": home, "arguments": ["data", "import", place / kind, "--name", "one"]}
    if kind == "corpus":
        shutil.copytree(base / "home", home)
        files = sorted(path for path in (home / "corpora" / "mine").rglob("*") if path.is_file())
        file = files[int(rng.integers(len(files)))]
        file.write_bytes(with_extremes(file.read_bytes(), rng, mutated))
        return {"name": f"{name} {file.name}", "home": home, "arguments": ["data", "info", "mine"]}
    if kind in OF_CORPUS:
        shutil.copytree(base / "home", home)
        (place / kind).write_bytes(with_extremes((base / kind).read_bytes(), rng, mutated))
        return {"name": name, "home": home, "arguments": ["data", "features", place / kind, "--data", "mine"]}
    if kind in OF_RUN:
        shutil.copytree(base / "runs", place / "runs")
        (run,) = (path for path in (place / "runs").iterdir() if path.is_dir())
        file = run / kind if (run / kind).is_file() else run / "values.parquet"
        file.write_bytes(with_extremes(file.read_bytes(), rng, mutated))
        return {"name": name, "home": base / "home", "arguments": ["leaderboard", "--runs", place / "runs"]}
    (place / kind).write_bytes(mutated((base / "contest" / kind).read_bytes(), rng))
    (submission,) = (base / "runs").glob("*/submission.csv.gz")
    alone = shutil.copy(submission, place / "submission.csv.gz")
    challenge = place / kind if kind == "challenge_set.json" else base / "contest" / "challenge_set.json"
    arguments = ["validate", alone, "--challenge", challenge, "--data", "mine"]
    if kind == "answers.json":
        arguments = ["score", alone, "--challenge", challenge, "--data", "mine", "--answers", place / kind]
    return {"name": name, "home": base / "home", "arguments": arguments}


def run_child(tasks, folder):
    """The log's lines of the tasks; a task that ended the child has a start and no end."""
    tasks_file, log = folder / "tasks.json", folder / "log"
    tasks_file.write_text(json.dumps(tasks, default=str))
    log.write_text("")
    stopped = subprocess.run([sys.executable, CHILD, tasks_file, log], capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    is_validate = {task["name"]: "validate" in task["arguments"] for task in tasks}
    ended = {line["end"]: line | {"is_validate": is_validate[line["end"]]} for line in lines if "end" in line}
    return ended, stopped


def fault_of(result):
    """Why the outcome of a command is none of success or one error line; "" if it is one."""
    if result["peak_kb"] > MAX_KB:
        return f"{result['peak_kb']} KB"
    if result["code"] is None:
        return f"traceback: {result['err'][-300:]}"
    errors = [line for line in result["err"].split("\n") if line.startswith("error: ")]
    is_report_of_faults = result["code"] == 1 and result["is_validate"] and not errors
    if result["code"] == 0 or is_report_of_faults:
        return ""
    if result["code"] != 1:
        return f"exit code {result['code']}: {result['err'][-200:]}"
    if len(errors) != 1 or not errors[0].isprintable() or "Traceback" in result["err"]:
        return f"not one printable line: {result['err'][-300:]!r}"
    return ""


def faults_of(tasks, folder):
    """A line for each task that ended otherwise than in success or one error line."""
    found, n_crashes = [], 0
    while tasks:
        batch, tasks = tasks[:PER_CHILD], tasks[PER_CHILD:]
        results, stopped = run_child(batch, folder)
        found.extend(f"{name}: {fault}" for name, result in results.items() if (fault := fault_of(result)))
        missing = [task for task in batch if task["name"] not in results]
        if missing:
            first, *rest = missing
            found.append(f"{first['name']}: the process ended with {stopped.returncode}: {stopped.stderr[-300:]}")
            n_crashes, tasks = n_crashes + 1, rest + tasks
        if n_crashes >= MAX_CRASHES:
            found.append(f"{len(tasks)} files were not tried")
            break
    return found


def test_every_file_ends_in_success_or_one_line(base, mutated, n_files, tmp_path):
    tasks = [task_of(number, base, tmp_path, mutated) for number in range(n_files)]
    found = faults_of(tasks, tmp_path)
    assert not found, f"files are in {tmp_path}\n" + "\n".join(found)


def test_sound_files_succeed(base, tmp_path):
    tasks = [task_of(number, base, tmp_path, lambda data, _: data) for number in range(len(KINDS))]
    for task, kind in zip(tasks, KINDS, strict=True):
        if kind in IMPORTED + OF_CORPUS:
            (tmp_path / task["name"].split()[0] / kind).write_bytes((base / kind).read_bytes())
        elif kind == "corpus":
            shutil.rmtree(task["home"])
            shutil.copytree(base / "home", task["home"])
        elif kind in OF_RUN:
            shutil.copytree(base / "runs", task["arguments"][-1], dirs_exist_ok=True)
    results, _ = run_child(tasks, tmp_path)
    assert {name: result["err"] for name, result in results.items() if result["code"] != 0} == {}
    assert len(results) == len(KINDS)


PLANTED = {
    "a traceback": "raise ZeroDivisionError",
    "a crash": "import ctypes; ctypes.string_at(0)",
    "a hang": "import time; time.sleep(60)",
    "two lines": "import sys; print('error: a\\nerror: b', file=sys.stderr); sys.exit(1)",
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_names_the_file(name, tmp_path, monkeypatch):
    shim = tmp_path / "shim" / "harness" / "cli"
    shim.mkdir(parents=True)
    (shim.parent / "__init__.py").touch()
    (shim / "__init__.py").touch()
    (shim / "main.py").write_text(f"def main():\n    {PLANTED[name]}\n")
    child = tmp_path / "child.py"
    child.write_text(CHILD.read_text().replace("SECONDS = 20", "SECONDS = 1"))
    monkeypatch.setitem(globals(), "CHILD", child)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "shim"))
    (found,) = faults_of([{"name": "0 table.csv", "home": tmp_path, "arguments": []}], tmp_path)
    assert found.startswith("0 table.csv: ")
