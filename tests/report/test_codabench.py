"""The exported scoring program, run as Codabench runs it: a process of its own, without this package installed."""

import gzip
import json
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from harness.errors import DataError
from harness.report import codabench
from harness.report.codabench import write_codabench
from harness.run.options import Options
from harness.run.pipeline import evaluate
from harness.run.runs import run_folders
from harness.submission.scoring_program import read_reference, write_reference
from harness.task.tasks import open_task


@pytest.fixture
def run(corpus, tmp_path):
    """A finished run, its record and its folder."""
    record = evaluate(open_task(corpus.name), "popularity", options=Options(tmp_path / "runs"))
    return record, tmp_path / "runs" / record.run


@pytest.fixture
def app(run, tmp_path):
    """The folders of Codabench's container, without a submission."""
    files = write_codabench(run[1], tmp_path / "exported")
    assert [path.name for path in files] == ["scoring_program.zip", "reference_data.zip"]
    for path, place in zip(files, ("program", "input/ref"), strict=True):
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path / "app" / place)
    (tmp_path / "app" / "input" / "res").mkdir()
    return tmp_path / "app"


def scored(app):
    """Exit code, scores, stdout and stderr of the command in `metadata.yaml`."""
    line = (app / "program" / "metadata.yaml").read_text().splitlines()[0]
    words = line.removeprefix("command: ").replace("/app", str(app)).split()
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, *words[1:]], check=False, capture_output=True, text=True, cwd=app / "program", env=environment
    )
    path = app / "output" / "scores.json"
    return done.returncode, json.loads(path.read_text()) if path.is_file() else None, done.stdout, done.stderr


def submit(app, run, change=lambda text: text):
    text = gzip.decompress((run[1] / "submission.csv.gz").read_bytes()).decode()
    (app / "input" / "res" / "submission.csv").write_text(change(text))


def test_a_valid_submission_has_the_scores_of_its_run(app, run):
    submit(app, run)
    code, scores, out, err = scored(app)
    assert (code, err) == (0, "")
    assert scores == run[0].means
    assert "verdict              valid, 1 warning\n" in out


def test_the_program_uses_its_own_sources(app, run):
    submit(app, run)
    path = app / "program" / "harness" / "submission" / "organiser.py"
    path.write_text(path.read_text() + "\nraise SystemExit('the copy was imported')\n")
    assert scored(app)[3] == "the copy was imported\n"


def test_a_faulty_submission_has_our_messages_and_no_scores(app, run):
    def with_faults(text):
        first, second, *others = text.splitlines(keepends=True)
        fields = second.rstrip("\n").split(",")
        fields[2] = fields[1]
        return "".join([first, ",".join(fields) + "\n", *others[1:]])

    submit(app, run, with_faults)
    code, scores, out, err = scored(app)
    assert (code, scores, out) == (1, None, "")
    assert "track 2 (spotify:track:" in err
    assert "the track occurs again, first as track 1; replace it with another [repeated-track]" in err
    assert "the playlist has no line; add one with 500 tracks [missing-pid]" in err
    assert err.splitlines()[-1].endswith("not valid (check against the challenge): 59 playlists, 2 errors, 1 warning")


def test_an_empty_submission_is_one_line(app):
    remedy = "send a zip of one file, submission.csv or submission.csv.gz"
    assert scored(app) == (1, None, "", f"error: the submission is empty: {remedy}\n")
    (app / "input" / "res" / "__MACOSX").mkdir()
    for name in ("__MACOSX/a.csv", ".b.csv"):
        (app / "input" / "res" / name).write_text("x")
    assert scored(app)[3] == f"error: the submission is empty: {remedy}\n"
    for name in ("a.csv", "b.csv.gz"):
        (app / "input" / "res" / name).write_text("x")
    assert scored(app)[3] == f"error: the submission has 2 files (a.csv, b.csv.gz): {remedy}\n"


def test_a_file_without_content_is_refused(app, run):
    submit(app, run, lambda _: "")
    code, scores, _, err = scored(app)
    assert (code, scores) == (1, None)
    assert "the file is empty; write the submission again [empty-file]" in err


def test_missing_reference_data_are_one_line(app, run):
    submit(app, run)
    (app / "input" / "ref" / "tracks.parquet").unlink()
    code, _, _, err = scored(app)
    assert code == 1
    assert err == f"error: the reference data in {app / 'input' / 'ref'} cannot be read: export them again\n"


def test_equal_challenges_make_equal_bytes(run, tmp_path):
    first, again = (write_codabench(run[1], tmp_path / name) for name in ("one", "two"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]


def test_a_reference_is_read_as_it_was_written(split, tmp_path):
    write_reference(split.challenge, split.withheld, tmp_path)
    challenge, withheld = read_reference(tmp_path)
    assert challenge.info.equals(split.challenge.info.select(challenge.info.columns))
    for read, written in ((challenge.seeds, split.challenge.seeds), (withheld, split.withheld)):
        assert np.array_equal(read.values, written.values)
        assert np.array_equal(read.indptr, written.indptr)
    assert np.array_equal(challenge.catalog.artist_of, split.challenge.catalog.artist_of)
    assert challenge.catalog.tracks["uri"].equals(split.challenge.catalog.tracks["uri"])


def test_a_challenge_with_unknown_answers_is_refused(run, monkeypatch, tmp_path):
    class Unknown:
        judged = None

    monkeypatch.setattr(codabench, "task_again", lambda *_: Unknown)
    with pytest.raises(DataError) as caught:
        write_codabench(run[1], tmp_path / "exported")
    assert str(caught.value) == (
        "the withheld tracks of challenge validation are unknown: export a run that was scored"
    )
    assert not (tmp_path / "exported").exists()
    assert len(run_folders(tmp_path / "runs")) == 1
