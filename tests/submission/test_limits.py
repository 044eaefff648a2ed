"""Files that decompress to far more than a submission: refused early, in little memory."""

import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from harness.errors import SubmissionError
from harness.submission.faults import FaultLog
from harness.submission.limits import KEPT_FAULTS, max_bytes, max_lines
from harness.submission.reader import read_submission
from harness.submission.validate import validate

HEADER = b"team_info,we,we@example.org\n"
MAX_MEMORY_KB = 500_000

FILES = {
    "zeros": (bytes(max_bytes() + 1), "too-large"),
    "line ends": (HEADER + b"\n" * (max_bytes() // 2), "too-many-lines"),
    "lone CRs": (HEADER + b"\r" * (max_bytes() // 2), "too-many-lines"),
    "short lines": (HEADER + b"x\n" * (max_bytes() // 4), "too-many-lines"),
    "commas in one line": (HEADER + b"," * (max_bytes() // 2) + b"\n", "long-line"),
    "commas in many lines": (HEADER + (b"1," + b"x,," * 5000 + b"\n") * 1000, "too-many-faults"),
}

PEAK = """
import re, sys
from pathlib import Path
from harness.submission.validate import validate
report = validate(Path(sys.argv[1]))
print(*re.findall(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text()), *report.totals)
"""


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="peak memory is read from Linux's /proc")
@pytest.mark.parametrize("name", FILES)
def test_a_small_file_takes_little_memory(name, tmp_path):
    data, code = FILES[name]
    path = tmp_path / "s.csv.gz"
    path.write_bytes(gzip.compress(data))
    assert path.stat().st_size < 1_000_000
    out = subprocess.run([sys.executable, "-c", PEAK, path], capture_output=True, text=True, check=True, timeout=60)
    peak_kb, *codes = out.stdout.split()
    assert int(peak_kb) < MAX_MEMORY_KB
    assert code in codes


@pytest.mark.parametrize("name", ["commas_8m.csv.gz", "lines_4m.csv.gz"])
def test_small_files_that_took_minutes(name, challenge):
    path = Path(__file__).parents[3] / "shared" / "cases" / "reliability" / name
    if not path.is_file():
        pytest.skip(f"{name} is not there")
    assert not validate(path, challenge).is_valid
    with pytest.raises(SubmissionError):
        read_submission(path, challenge)


def test_the_limit_grows_with_the_challenge():
    assert max_bytes(100) == max_bytes(10_000) < max_bytes(10_001)
    assert max_lines(100) == max_lines(10_000) < max_lines(10_001)


def test_all_faults_are_counted_and_the_first_are_kept():
    log = FaultLog()
    for line in range(KEPT_FAULTS + 5):
        log.add("bad-pid", line)
    log.count("bad-pid", 10)
    assert log.counts["bad-pid"] == KEPT_FAULTS + 15
    assert [fault.line for fault in log.kept] == list(range(KEPT_FAULTS))
    assert log.room("bad-pid") == 0


def test_a_report_counts_the_faults_that_it_does_not_list(valid, challenge, tmp_path, monkeypatch):
    monkeypatch.setattr("harness.submission.faults.KEPT_FAULTS", 7)
    path = tmp_path / "s.csv"
    first, *rows = valid.decode().splitlines()
    rows = [",".join([*row.split(",")[:300], *row.split(",")[100:301]]) for row in rows]
    path.write_text("\n".join([first, *rows, ""]))
    report = validate(path, challenge)
    assert report.totals == {"repeated-track": 10 * 200} | {
        code: n for code, n in report.totals.items() if code == "seed-track"
    }
    assert len([fault for fault in report.faults if fault.code == "repeated-track"]) == 7
    assert report.n_errors == sum(report.totals.values()) == report.as_json()["n_errors"]
    assert (
        report.listing(None)[-len(report.totals) - 2] == f"... and {report.n_faults - len(report.faults)} more faults"
    )


def test_a_plain_file_that_is_too_large_is_refused(tmp_path, challenge, monkeypatch):
    monkeypatch.setattr("harness.submission.content.max_bytes", lambda _: 1000)
    path = tmp_path / "s.csv"
    path.write_bytes(b"x" * 1001)
    assert validate(path, challenge.take(np.arange(1))).totals == {"too-large": 1}
