"""Runs that are killed at any moment or started twice at once: equal bytes, no stray files."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from harness.atomic import PARTIAL

SLOW_RECOMMENDER = '''
import os
import pathlib
import time
import numpy as np
import harness

@harness.recommender("slow-steps")
class Slow:
    """Popularity with a rest in every step, so that a kill can hit each."""
    def fit(self, train, challenge):
        if fitting := os.environ.get("TOUCHED_WHEN_IT_FITS"):
            pathlib.Path(fitting).touch()
            time.sleep(60)
        time.sleep(0.1)
        self.counts_ = train.track_counts().astype(np.float32)
    def recommend(self, challenge, k):
        time.sleep(0.1)
        order = np.argsort(-self.counts_, kind="stable").astype(np.int32)[: k + 250]
        lists = np.tile(order, (len(challenge), 1))
        return harness.kit.without_seeds(lists, self.counts_[lists], challenge.seeds, 100)
    def save(self, folder):
        np.savez(folder / "counts.npz", counts=self.counts_)
        time.sleep(0.1)
    def load(self, folder):
        self.counts_ = np.load(folder / "counts.npz")["counts"]
'''


@pytest.fixture
def start(tmp_path, corpus, home):
    """Starts `harness run` of the slow recommender into a folder, as a process of its own."""
    path = tmp_path / "slow.py"
    path.write_text(SLOW_RECOMMENDER)

    def begin(runs):
        command = [sys.executable, "-m", "harness.cli.main", "run", "--recommender", f"{path}:Slow"]
        environment = {**os.environ, "HARNESS_DATA": str(home)}
        return subprocess.Popen(
            [*command, "--data", corpus.name, "--runs", str(runs), "--format", "csv"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    return begin


def made(runs):
    """Every file of a runs' folder but the records, whose seconds differ; names begin below the run."""
    return {
        str(path.relative_to(runs)): path.read_bytes()
        for path in sorted(runs.rglob("*"))
        if path.is_file() and path.name != "run.json"
    }


@pytest.mark.parametrize("n_kills", [1, pytest.param(30, marks=pytest.mark.slow)])
def test_a_killed_run_is_finished_by_the_next_start(start, tmp_path, n_kills):
    began = time.monotonic()
    whole = start(tmp_path / "whole")
    assert whole.wait() == 0, whole.stderr.read()
    took = time.monotonic() - began
    moments = random.Random(n_kills)
    for number in range(n_kills):
        runs = tmp_path / f"killed{number}"
        process = start(runs)
        time.sleep(moments.uniform(0.1, 1) * took)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        again = start(runs)
        assert again.wait() == 0, again.stderr.read()
        assert made(runs) == made(tmp_path / "whole")
        assert not list(runs.rglob(f"{PARTIAL}*"))


def test_two_runs_at_once_into_one_folder_do_not_harm_each_other(start, tmp_path):
    runs = tmp_path / "runs"
    processes = [start(runs) for _ in range(2)]
    outputs = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert sorted(name.rpartition("/")[2] for name in made(runs)) == [
        *("lists.npy", "submission.csv.gz", "values.parquet")
    ]


def test_ctrl_c_is_one_line_and_exit_code_130(start, tmp_path, monkeypatch):
    fitting = tmp_path / "fitting"
    monkeypatch.setenv("TOUCHED_WHEN_IT_FITS", str(fitting))
    process = start(tmp_path / "runs")
    while not fitting.exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert err.decode().splitlines()[-1] == (
        "error: interrupted; finished work is saved, run the same command to resume"
    )
