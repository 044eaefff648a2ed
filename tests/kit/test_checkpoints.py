"""Checkpoints: saved within a run, read again after an interruption, distinct for distinct inputs."""

import numpy as np
import pytest

import harness
from harness.costs import Cost, Costs
from harness.kit.checkpoints import keeping


def test_outside_a_run_nothing_is_kept():
    made = []
    for _ in range(2):
        harness.kit.part("sum", (), lambda: made.append(1), pytest.fail, pytest.fail)
    assert made == [1, 1]


def array_part(values, make):
    return harness.kit.part(
        "doubled", (values,), make, lambda made, folder: np.save(folder / "a.npy", made), lambda f: np.load(f / "a.npy")
    )


def test_a_part_is_made_once_and_its_cost_regained(tmp_path):
    values = np.arange(3)
    with keeping(tmp_path) as first:
        assert array_part(values, lambda: values * 2).tolist() == [0, 2, 4]
    assert first.regained == []
    with keeping(tmp_path) as second:
        assert array_part(values, pytest.fail).tolist() == [0, 2, 4]
        assert array_part(values + 1, lambda: values * 3).tolist() == [0, 3, 6]
    assert len(second.regained) == 1


def test_what_an_earlier_start_spent_counts_for_the_stage():
    costs = Costs()
    with costs.stage("fit"):
        pass
    now = costs.stages["fit"]
    costs.add("fit", [Cost(10, 20, now.peak_memory_bytes), Cost(1, 2, now.peak_memory_bytes + 1)])
    assert costs.stages["fit"] == Cost(now.wall_seconds + 11, now.cpu_seconds + 22, now.peak_memory_bytes + 1)


def test_the_peak_of_a_stage_is_that_of_its_parts_too():
    costs = Costs()
    with costs.stage("whole"):
        with costs.stage("before"):
            held = np.ones(40_000_000)
            del held
        with costs.stage("part"):
            pass
    assert costs.stages["whole"].peak_memory_bytes >= costs.stages["before"].peak_memory_bytes


def test_a_part_that_fails_is_not_kept(tmp_path):
    with keeping(tmp_path), pytest.raises(ZeroDivisionError):
        array_part(np.arange(3), lambda: 1 / 0)
    assert list(tmp_path.iterdir()) == []
    with keeping(tmp_path):
        assert array_part(np.arange(3), lambda: np.ones(1)).tolist() == [1]


def test_a_part_inside_a_part_is_not_kept(tmp_path):
    with keeping(tmp_path) as kept:
        array_part(np.arange(3), lambda: array_part(np.arange(2), lambda: np.ones(1)))
    assert len(list(tmp_path.iterdir())) == 1
    assert kept.regained == []
