"""Runs in a child process: separate costs, errors and termination."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.costs import Cost
from harness.errors import ContractError, PluginError
from harness.kit.progress import COMPILING, Silence, listening
from harness.run import pipeline
from harness.run.options import Options
from harness.run.own_process import UnavailableError
from harness.run.pipeline import evaluate
from harness.run.training import Epoch
from harness.task.tasks import open_task

pytestmark = pytest.mark.own_process

RECOMMENDER = '''
import os, signal, threading, time
import numba
import numpy as np
import harness

@numba.njit
def kernel(x):
    return x + 1.5

@harness.recommender("mine")
class Mine:
    """Does in fit what its hyper-parameter names."""
    act: str = "nothing"
    """What."""
    def fit(self, train, challenge):
        if self.act == "compile":
            kernel(1.0)
        elif self.act == "memory":
            np.ones(30_000_000)
        elif self.act == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.act == "interrupt":
            raise KeyboardInterrupt
        elif self.act == "raise":
            raise RuntimeError("own fault")
        elif self.act == "exit":
            os._exit(7)
        elif self.act == "write":
            challenge.seeds.values[0] = 3
        elif self.act == "wait":
            print("fitting", flush=True)
            time.sleep(60)
        elif self.act == "warn":
            import warnings
            warnings.warn("two\\nlines")
        elif self.act == "compile in a thread":
            thread = threading.Thread(target=kernel, args=(1.0,))
            thread.start()
            thread.join()
        self.order = np.argsort(-train.track_counts(), kind="stable").astype(np.int32)
        for _ in harness.kit.track(range(3), "steps"):
            time.sleep(0.1)
    def recommend(self, challenge, k):
        if self.act == "nan":
            return harness.Ranked(np.zeros((len(challenge), k), np.int32), np.full((len(challenge), k), np.nan, "f4"))
        print("printed by a plug-in")
        order = np.tile(self.order[: k + 300], (len(challenge), 1))
        return harness.kit.without_seeds(order, np.zeros(order.shape, np.float32), challenge.seeds, k)
    @property
    def training(self):
        if self.act == "incomplete":
            return {"layers": {}}
        epochs = [{"loss": 0.5, "accuracy": 0.9}, {"loss": float("nan")}]
        return {"layers": {"x": [20, 100], "y": [7]}, "epochs": epochs, "best_epoch": 1}
'''

MIB = 1024**2


@pytest.fixture
def run(corpus, tmp_path):
    (tmp_path / "mine.py").write_text(RECOMMENDER)
    task = open_task(corpus.name)

    def make(act, **more):
        return evaluate(task, f"{tmp_path / 'mine.py'}:Mine", {"act": act}, Options(tmp_path / "runs", **more))

    return make


def test_memory_is_the_recommenders_own_and_not_the_callers(run):
    held = [b"x" * (300 * MIB)]
    nothing, memory = run("nothing"), run("memory")
    assert nothing.measured == memory.measured == "in a process of its own"
    assert nothing.stages["fit"].peak_memory_bytes < 30 * MIB
    assert 220 * MIB < memory.stages["fit"].peak_memory_bytes < 270 * MIB
    assert run("memory", own_process=False, force=True).measured.startswith("in the calling process")
    del held


def test_compilation_is_counted_apart(run):
    plain, compiled = run("nothing"), run("compile")
    assert plain.stages["compile"] == Cost(0, 0, 0)
    assert compiled.stages["compile"].cpu_seconds > 0.02
    assert compiled.stages["fit"].cpu_seconds < compiled.stages["compile"].cpu_seconds / 2
    assert compiled.stages["fit"].peak_memory_bytes < plain.stages["fit"].peak_memory_bytes + 15 * MIB


@pytest.mark.parametrize(
    ("act", "error", "line"),
    [
        ("raise", PluginError, "recommender 'mine': RuntimeError: own fault (mine.py, line 26)"),
        ("interrupt", PluginError, "recommender 'mine': KeyboardInterrupt (mine.py, line 24)"),
        (
            "write",
            PluginError,
            "recommender 'mine': ValueError: assignment destination is read-only (mine.py, line 30)",
        ),
        ("nan", ContractError, "mine: playlist "),
        (
            "incomplete",
            ContractError,
            "recommender 'mine': `training` must be a mapping of layers, epochs and best_epoch",
        ),
        ("die", PluginError, "was ended by SIGKILL (usually because memory ran out); its checkpoints are kept"),
        ("exit", PluginError, "ended by itself with exit code 7; its checkpoints are kept"),
    ],
)
def test_errors_are_those_of_the_calling_process(run, act, error, line):
    with pytest.raises(error) as caught:
        run(act)
    assert line in str(caught.value)


def test_a_warning_is_one_line_on_standard_error(run, capfd):
    run("warn")
    assert "warning: two lines\n" in capfd.readouterr().err


def test_layers_and_learning_curves_are_recorded(run):
    training = run("nothing").training
    assert training.n_parameters == 2_007
    assert training.epochs == [Epoch(loss=0.5, accuracy=0.9), Epoch(loss=None)]
    parameters = "parameters of epoch 1: loss 0.5000, accuracy 0.9000"
    assert training.lines() == [
        "network: 2,007 parameters (x 20 x 100, y 7)",
        f"training: 2 epochs, stopped at a loss that is not a finite number; {parameters}",
    ]
    assert run("nothing").training == training


def test_progress_is_shown_by_the_caller(run):
    seen = []

    class Bar:
        def __init__(self, what, total):
            seen.append([what, total, 0])
            self.own = seen[-1]

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.own.append("closed")

        def advance(self, amount=1, detail=""):
            del detail
            self.own[2] += amount

    with listening(Bar):
        run("nothing")
    assert seen[:2] == [["fit mine", None, 0, "closed"], ["steps", 3, 3, "closed"]]


@pytest.mark.parametrize("act", [pytest.param("compile", marks=pytest.mark.slow), "compile in a thread"])
def test_compilation_is_shown_as_a_bar_whatever_thread_compiles(run, act):
    labels = []

    @contextmanager
    def listener(what, _):
        labels.append(what)
        yield Silence()

    with listening(listener):
        run(act)
        assert COMPILING in labels
        labels.clear()
        run("nothing")
    assert COMPILING not in labels


def test_a_recommender_that_exists_only_in_the_caller_is_measured_there_and_recorded_so(corpus, tmp_path, monkeypatch):
    task = open_task(corpus.name)
    path = tmp_path / "mine.py"
    path.write_text(RECOMMENDER)
    apart = pipeline.make_lists_apart

    def without_file(*arguments):
        path.unlink()
        with pytest.raises(UnavailableError, match="no file"):
            apart(*arguments)
        path.write_text(RECOMMENDER)
        raise UnavailableError

    monkeypatch.setattr(pipeline, "make_lists_apart", without_file)
    record = evaluate(task, f"{path}:Mine", options=Options(tmp_path / "runs", own_process=True))
    assert record.measured == "in the calling process, whose memory depends on what ran before"


def test_a_killed_run_takes_its_process_with_it_and_prints_stay_off_standard_output(corpus, tmp_path, home):
    (tmp_path / "mine.py").write_text(RECOMMENDER)
    command = [sys.executable, "-m", "harness.cli.main", "run", "--recommender", f"{tmp_path / 'mine.py'}:Mine"]
    command += ["--data", corpus.name, "--runs", str(tmp_path / "runs"), "--format", "json"]
    environment = {**os.environ, "HARNESS_DATA": str(home)}
    whole = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(whole.stdout)
    assert "printed by a plug-in" in whole.stderr
    assert "\n  network: 2,007 parameters (x 20 x 100, y 7)\n  training: 2 epochs, stopped" in whole.stderr
    process = subprocess.Popen([*command, "--param", "act=wait"], env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr.readline() == "fitting\n"
    (child,) = children(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for _ in range(100):
        if not is_alive(child):
            break
        time.sleep(0.05)
    assert not is_alive(child)


@pytest.mark.parametrize("words", [["./random.py:Mine"], ["item-knn", "--engine", "local", "--workers", "1"]])
def test_a_file_in_the_current_folder_shadows_no_module_of_the_standard_library(corpus, tmp_path, home, words):
    (tmp_path / "array.py").write_text("raise RuntimeError('imported by its name')\n")
    (tmp_path / "random.py").write_text(RECOMMENDER)
    command = [Path(sys.executable).with_name("harness"), "run", "--data", corpus.name, "--recommender", *words]
    environment = {**os.environ, "HARNESS_DATA": str(home)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_script_and_its_child_process_import_the_same_helper(corpus, tmp_path, home):
    script = tmp_path / "sub" / "script.py"
    script.parent.mkdir()
    script.with_name("mine.py").write_text(f"import helper\n{RECOMMENDER}")
    script.with_name("helper.py").touch()
    (tmp_path / "helper.py").write_text("raise RuntimeError('the wrong helper')\n")
    lines = (
        "import harness",
        "if __name__ == '__main__':",
        f"    run = harness.evaluate(harness.open_task({corpus.name!r}), 'sub/mine.py:Mine')",
        "    print(run.record.measured)",
    )
    script.write_text("\n".join(lines))
    environment = {**os.environ, "HARNESS_DATA": str(home)}
    command = [sys.executable, "sub/script.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "in a process of its own\n", done.stderr


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:  # noqa: PTH123 - of Linux's process table
        return [int(each) for each in file.read().split()]


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 - likewise
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False
