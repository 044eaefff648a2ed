"""Repaired submissions: faults with one possible fix go into a new file; the others are refused, nothing is written."""

import gzip

import pytest

from harness.errors import SubmissionError
from harness.submission.fix import fix, refusal
from harness.submission.validate import validate


def spoilt(valid):
    """A submission with every fixable fault."""
    first, *rows = valid.decode().splitlines()
    rows[3] = rows[3].replace(",", "\t,  ", 40)
    rows[4] = rows[4].replace(",", "\u00a0,", 3)
    rows = ["# one", *rows[::-1], "", rows[2], "#two", rows[5]]
    text = "\r\n".join([first.replace(",", " , "), *rows[:4]]) + "\r" + "\r\n".join(rows[4:])
    return b"\xef\xbb\xbf" + text.encode()


def test_faults_that_need_no_guess_are_fixed(valid, challenge, tmp_path):
    path, output = tmp_path / "s.csv", tmp_path / "fixed.csv"
    path.write_bytes(spoilt(valid))
    report = fix(path, output, challenge)
    assert refusal(report) is None
    codes = {"byte-order-mark", "crlf", "lone-cr", "no-last-newline", "tab", "odd-blank", "repeated-row"}
    assert set(report.totals) == codes
    assert output.read_bytes() == valid
    assert path.read_bytes() == spoilt(valid)
    assert validate(output, challenge).faults == ()


def test_without_a_challenge_rows_keep_the_file_s_order(valid, tmp_path):
    path, output = tmp_path / "s.csv", tmp_path / "fixed.csv.gz"
    first, *rows = valid.splitlines(keepends=True)
    path.write_bytes(b"".join([first, *rows[::-1], rows[3]]).replace(b"\n", b"\r\n"))
    assert refusal(fix(path, output)) is None
    assert gzip.decompress(output.read_bytes()) == b"".join([first, *rows[::-1]])


def test_what_needs_a_guess_is_refused_and_nothing_written(valid, challenge, tmp_path):
    path, output = tmp_path / "s.csv", tmp_path / "fixed.csv"
    path.write_bytes(spoilt(valid).replace(b"spotify:track:", b"", 2))
    report = fix(path, output, challenge)
    assert report.totals["bare-id"] == 2
    assert str(refusal(report)) == f"{path} cannot be fixed without guessing (2 bare-id): nothing was written"
    assert [each.name for each in tmp_path.iterdir()] == ["s.csv"]


def test_a_file_that_exists_is_never_overwritten(valid, challenge, tmp_path):
    path = tmp_path / "s.csv"
    path.write_bytes(valid)
    with pytest.raises(SubmissionError, match=r"s\.csv exists already: name a new file for the fixed submission$"):
        fix(path, path, challenge)
    assert path.read_bytes() == valid


def test_warnings_do_not_prevent_a_fix(valid, challenge, tmp_path):
    path, output = tmp_path / "s.csv", tmp_path / "fixed.csv"
    data = valid.replace("Ünïted".encode(), b"placeholder")
    path.write_bytes(data)
    assert fix(path, output, challenge).totals == {"placeholder-team": 1}
    assert output.read_bytes() == data
