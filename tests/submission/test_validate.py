"""Validation reports for people and programs, on arbitrary bytes."""

import gzip
import json
import re

import numpy as np
import pytest

from harness.errors import SubmissionError
from harness.submission.faults import KINDS, Fault, shown
from harness.submission.reader import read_submission
from harness.submission.validate import validate

BEGINNINGS = (
    b"",
    b"\x1f\x8b",
    b"\x1f\x8b\x08\x00",
    b"PK\x03\x04",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"team_info,",
)


@pytest.fixture(scope="module")
def small(challenge):
    """Two playlists, so that a report takes milliseconds."""
    return challenge.take(np.arange(1, 3))


@pytest.fixture(scope="module")
def small_valid(valid):
    lines = valid.splitlines(keepends=True)
    return b"".join([lines[0], *lines[2:4]])


def mutated(data, rng):
    """Bytes of the file changed, put in, taken out, doubled or cut off at random."""
    out = bytearray(data)
    for _ in range(int(rng.integers(1, 6))):
        at = int(rng.integers(len(out) + 1))
        kind = rng.integers(6)
        if kind == 0 and at < len(out):
            out[at] = int(rng.integers(256))
        elif kind == 1:
            out[at:at] = rng.bytes(int(rng.integers(1, 5)))
        elif kind == 2:
            del out[at : at + int(rng.integers(1, 40))]
        elif kind == 3:
            out[at:at] = out[at : at + int(rng.integers(1, 2000))]
        elif kind == 4:
            out[at:at] = rng.choice([b"\n", b"\r", b",", b"\0", b'"', b"#", b"\t", b" ", b"\xff", b"\xef\xbb\xbf"])
        elif rng.random() < 0.1:
            del out[at:]
    return bytes(out)


def check_report(report):
    assert report.is_valid == (not report.errors)
    assert sum(report.totals.values()) == len(report.faults)
    assert json.loads(json.dumps(report.as_json())) == report.as_json()
    assert all("\n" not in line and line.isprintable() for line in map(str, report.faults))


@pytest.mark.parametrize("n", [500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_random_bytes_never_raise(small_valid, small, tmp_path, n):
    rng = np.random.default_rng(3)
    packed = gzip.compress(small_valid, 1)
    path = tmp_path / "s.csv.gz"
    n_valid = 0
    for number in range(n):
        path.write_bytes(mutated(packed if number % 2 else small_valid, rng))
        report = validate(path, small)
        check_report(report)
        n_valid += report.is_valid
        if number % 10 == 0:
            reads = True
            try:
                read_submission(path, small)
            except SubmissionError:
                reads = False
            assert reads == report.is_valid
            check_report(validate(path))
    assert 0 < n_valid < n / 4


def test_noise_never_raises(small, tmp_path):
    rng = np.random.default_rng(4)
    path = tmp_path / "noise"
    for begin in BEGINNINGS:
        for length in (0, 1, 2, 50, 5000):
            path.write_bytes(begin + rng.bytes(length))
            report = validate(path, small)
            check_report(report)
            assert not report.is_valid


def test_without_a_challenge_only_the_form_is_checked(valid, challenge, tmp_path):
    path = tmp_path / "s.csv"
    path.write_bytes(valid.replace(b"\n" + str(challenge.pids[4]).encode(), b"\n4711"))
    report = validate(path)
    assert report.is_valid
    assert report.is_form_only
    assert report.listing(None) == [
        f"{path}: valid (check of its form only, no challenge was named): 10 playlists, 0 errors, 0 warnings"
    ]
    against = validate(path, challenge)
    assert against.totals == {"unknown-pid": 1, "missing-pid": 1}
    assert against.as_json("draw 1")["against"] == "draw 1"


def test_the_fast_and_the_full_check_report_the_same(valid, challenge, tmp_path):
    data = valid.replace("Ünïted".encode(), b"placeholder").removesuffix(b"\n")
    last = data.rpartition(b":")[2]
    data = data.removesuffix(last) + b"0" * len(last)
    path = tmp_path / "s.csv.gz"
    path.write_bytes(data)
    quick = validate(path, challenge)
    path.write_bytes(data.replace(b",", b" ,", 1))
    assert validate(path, challenge) == quick
    assert list(quick.totals) == ["not-gzip", "unknown-tracks", "placeholder-team", "no-last-newline"]
    assert quick.form == "aicrowd"


def test_people_see_the_first_faults_and_all_totals(valid, challenge, tmp_path):
    path = tmp_path / "s.csv"
    first, *rows = valid.decode().splitlines()
    path.write_text("\n".join([first, *(row.replace(",spotify:track:", ",", 400) for row in rows), ""]))
    report = validate(path, challenge)
    lines = report.listing(100, "draw 1 of x")
    assert len(report.faults) == 10 * 400
    assert lines[0].startswith(f"error: line 2, playlist {challenge.pids[0]}, track 1 (")
    assert lines[0].endswith("): the identifier has no prefix; write spotify:track: before it [bare-id]")
    assert lines[100:] == [
        "... and 3900 more faults",
        "     4000 bare-id",
        f"{path}: not valid (check against draw 1 of x): 10 playlists, 4000 errors, 0 warnings",
    ]
    assert len(report.listing(None)) == 4000 + 2


def test_a_code_shared_by_all_tracks_of_a_line_is_one_fault(valid, challenge, tmp_path):
    path = tmp_path / "s.csv"
    path.write_bytes(valid.replace(b"spotify:track:", b""))
    report = validate(path, challenge)
    digits = valid.splitlines()[1].split(b",")[1].decode()[-22:]
    assert report.totals == {"bare-id": 10}
    assert str(report.faults[0]) == (
        f"line 2, playlist {challenge.pids[0]}, all 500 tracks ({digits}): the identifier has no prefix; "
        "write spotify:track: before it [bare-id]"
    )
    assert report.faults[0].n_tracks == 500


def test_a_fault_has_place_message_and_remedy():
    fault = Fault("repeated-track", 12, 1000003, 17, "spotify:track:x\n", "3")
    assert str(fault) == (
        "line 12, playlist 1000003, track 17 (spotify:track:x\\n): the track occurs again, first as track 3; "
        "replace it with another [repeated-track]"
    )
    assert str(Fault("missing-pid", pid=7)) == (
        "playlist 7: the playlist has no line; add one with 500 tracks [missing-pid]"
    )
    assert fault.as_json() == {
        "code": "repeated-track",
        "severity": "error",
        "line": 12,
        "pid": 1000003,
        "position": 17,
        "track": "spotify:track:x\n",
        "n_tracks": 1,
        "text": "the track occurs again, first as track 3",
        "remedy": "replace it with another",
        "fixable": False,
    }


def test_codes_are_in_kebab_case_and_texts_are_one_line():
    for code, kind in KINDS.items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)
        assert (kind.text + kind.remedy).isprintable()


def test_a_long_text_is_cut_and_a_wild_one_escaped():
    assert shown("x" * 100) == "x" * 59 + "…"
    assert shown("\x1b[31mred") == "\\x1b[31mred"
