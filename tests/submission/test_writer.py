"""Written bytes, and their equality each time."""

import gzip

import numpy as np
import pytest

from harness.errors import ParameterError
from harness.submission.reader import read_submission
from harness.submission.writer import write_submission


@pytest.mark.parametrize("form", ["aicrowd", "2018"])
@pytest.mark.parametrize("name", ["s.csv", "s.csv.gz"])
def test_a_written_submission_is_read_unchanged(submission, challenge, team, tmp_path, form, name):
    write_submission(submission, tmp_path / name, form=form, team=team)
    read = read_submission(tmp_path / name, challenge)
    assert np.array_equal(read.submission.tracks, submission.tracks)
    assert read.n_unknown_tracks == 0
    assert len(read.header) == (3 if form == "aicrowd" else 4)


def test_a_line_is_pid_and_uris(submission, challenge, valid):
    first, second, *rest, last = valid.decode().split("\n")
    uris = challenge.catalog.tracks["uri"]
    assert first == "team_info,Ünïted 🎧,team@example.org"
    assert second == f"{challenge.pids[0]},{','.join(uris[i] for i in submission.tracks[0].tolist())}"
    assert (len(rest), last) == (len(challenge) - 1, "")


def test_gzip_holds_the_plain_bytes_and_neither_name_nor_time(submission, team, valid, tmp_path):
    path, again = tmp_path / "one.csv.gz", tmp_path / "another.csv.gz"
    write_submission(submission, path, form="aicrowd", team=team)
    write_submission(submission, again, form="aicrowd", team=team)
    packed = path.read_bytes()
    flags, time = packed[3], packed[4:8]
    assert gzip.decompress(packed) == valid
    assert (flags, time) == (0, bytes(4))
    assert packed == again.read_bytes()


def test_an_interrupted_write_leaves_what_was_there(submission, team, tmp_path, monkeypatch):
    path = tmp_path / "s.csv"
    path.write_text("before")
    monkeypatch.setattr("harness.submission.writer._ROWS_AT_ONCE", "none")
    with pytest.raises(ValueError, match="islice"):
        write_submission(submission, path, form="aicrowd", team=team)
    assert path.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["s.csv"]


def test_an_unknown_form_writes_nothing(submission, team, tmp_path):
    with pytest.raises(ParameterError):
        write_submission(submission, tmp_path / "s.csv", form="2020", team=team)
    assert not list(tmp_path.iterdir())
