"""A damaged run is named in a note, and the others are ranked."""

import json
import shutil
from pathlib import Path

import pytest

import harness
from harness.errors import DataError
from harness.run import runs as stored
from harness.run.options import Options
from harness.run.pipeline import evaluate
from harness.task.tasks import open_task

CASES = Path(__file__).parents[3] / "shared" / "cases" / "reliability"


@pytest.fixture
def runs(corpus, tmp_path):
    """A folder with a whole run of `popularity` and one of `title`, which tests damage."""
    for name in ("popularity", "title"):
        evaluate(open_task(corpus.name), name, options=Options(tmp_path / "runs"))
    return tmp_path / "runs"


@pytest.fixture
def damaged(runs):
    """The folder of the run that is damaged."""
    return next(runs.glob("title-*"))


def changed(key, value):
    def change(record):
        *path, last = key.split(".")
        owner = record
        for field in path:
            owner = owner[field]
        if value is None:
            del owner[last]
        else:
            owner[last] = value

    return change


CHANGES = {
    "no stages": changed("stages", None),
    "no seconds": changed("stages.fit.wall_seconds", None),
    "seconds below 0": changed("stages.fit.wall_seconds", -1),
    "huge seconds": changed("stages.fit.wall_seconds", 1e300),
    "no kind of challenge": changed("challenge.type", None),
    "a list as fingerprint": changed("challenge.fingerprint", ["a", "a"]),
    "an unknown holdout": changed("challenge.holdout", "one"),
    "no corpus": changed("corpus.name", None),
    "params of another type": changed("params", [1]),
    "a huge number": changed("n_playlists", 10**40),
    "another number of playlists": changed("n_playlists", 3),
    "another run's name": changed("run", "popularity-0123456789"),
    "a name with slashes": changed("recommender", "../../escape"),
}


def assert_named(command, runs, damaged):
    code, out, err = command("leaderboard", "--runs", runs, "--format", "csv")
    assert code == 0, err
    assert "popularity-" in out
    assert damaged.name not in out
    (line,) = err.splitlines()
    assert line.startswith(f"warning: left out: {damaged}/")
    assert "is damaged" in line
    assert line.isprintable()
    assert len(line) < 500


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_damaged_record_is_named_and_the_others_are_ranked(command, runs, damaged, change):
    path = damaged / "run.json"
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))
    assert_named(command, runs, damaged)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"format": 1', b"\xff\xfe", b'{"params": ' + b"[" * 100_000, b'{"seed": 1' + b"0" * 5_000 + b"}"],
    ids=["empty", "a list", "cut", "no UTF-8", "deep", "a long number"],
)
def test_bytes_that_are_no_record_are_named(command, runs, damaged, content):
    (damaged / "run.json").write_bytes(content)
    assert_named(command, runs, damaged)


def test_a_byte_that_is_no_utf_8_in_a_record_is_named(command, runs, damaged):
    path = damaged / "run.json"
    path.write_bytes(path.read_bytes().replace(b'"small"', b'"sm\xffll"'))
    assert_named(command, runs, damaged)


@pytest.mark.parametrize("name", ["file_run_12_28.bin", "file_run_1_0.bin", "file_run_2_0.bin"])
def test_records_that_once_took_the_leaderboard_away_are_named(command, runs, damaged, name):
    if not (CASES / name).exists():
        pytest.skip("the cases are not there")
    record = (CASES / name).read_bytes().replace(b'"format": 1', f'"format": {stored.FORMAT}'.encode())
    folder = damaged.with_name("popularity-54fea76e79")
    damaged.rename(folder)
    (folder / "run.json").write_bytes(record)
    assert_named(command, runs, folder)


@pytest.mark.parametrize("content", [b"", b"PAR1" * 20, None], ids=["empty", "no table", "cut"])
def test_damaged_values_are_named(command, runs, damaged, content):
    path = damaged / "values.parquet"
    path.write_bytes(path.read_bytes()[:-30] if content is None else content)
    assert_named(command, runs, damaged)


def test_from_python_a_damaged_run_is_a_warning(runs, damaged):
    (damaged / "run.json").write_text("{}")
    with pytest.warns(UserWarning, match=f"left out: {damaged}/run.json is damaged"):
        (board,) = harness.leaderboard(runs)
    assert [row.entry.recommender for row in board.rows] == ["popularity"]


def test_a_copied_folder_is_damaged_under_its_other_name(runs, damaged):
    shutil.copytree(damaged, runs / "copy")
    with pytest.raises(DataError, match=f"it is the record of '{damaged.name}'"):
        stored.read_record(runs / "copy")
