"""Costs of stages: wall and CPU seconds, memory above the baseline, compilation apart."""

import sys
import time

import numpy as np
import pytest

from harness.costs import COMPILE, Cost, Costs


def spend_cpu(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_waiting_counts_as_wall_time_and_not_as_cpu_time():
    costs = Costs()
    with costs.stage("fit"):
        time.sleep(0.2)
    assert costs.stages["fit"].wall_seconds >= 0.2
    assert costs.stages["fit"].cpu_seconds < 0.15


def test_computing_counts_as_cpu_time():
    costs = Costs()
    with costs.stage("fit"):
        spend_cpu(0.1)
    assert costs.stages["fit"].cpu_seconds >= 0.1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can reset the peak")
def test_memory_is_the_peak_above_what_was_in_use_before():
    before = np.ones(8_000_000)  # 64 MB of the baseline
    costs = Costs()
    with costs.stage("fit"):
        held = np.ones(16_000_000)  # 128 MB
        del held
    with costs.stage("recommend"):
        pass
    assert 100e6 < costs.stages["fit"].peak_memory_bytes < 180e6
    assert costs.stages["recommend"].peak_memory_bytes < 60e6
    assert before.size


def test_a_second_measurement_of_a_stage_replaces_the_first():
    costs = Costs({"fit": Cost(1_000.0, 1_000.0, 1)})
    with costs.stage("fit"):
        pass
    assert costs.stages["fit"].wall_seconds < 10


def test_stages_stand_in_the_order_of_measurement_and_compilation_is_last():
    costs = Costs()
    for name in ("fit", "recommend"):
        with costs.stage(name):
            pass
    assert list(costs.stages) == ["fit", "recommend", COMPILE]


def test_compilation_is_a_stage_of_its_own_and_missing_from_the_stage_that_caused_it():
    numba = pytest.importorskip("numba")
    costs = Costs()
    with costs.stage("fit"):
        start = time.perf_counter()
        numba.njit(lambda n: n + 1)(np.int64(1))
        elapsed = time.perf_counter() - start
    compiled = costs.stages[COMPILE].wall_seconds
    assert 0 < compiled <= elapsed
    assert costs.stages["fit"].wall_seconds <= elapsed - compiled + 0.05


def test_the_compilation_of_an_earlier_start_is_added():
    costs = Costs({COMPILE: Cost(5.0, 4.0, 3_000)})
    with costs.stage("fit"):
        pass
    assert costs.stages[COMPILE].wall_seconds >= 5
    assert costs.stages[COMPILE].cpu_seconds >= 4
    assert costs.stages[COMPILE].peak_memory_bytes >= 3_000


def test_a_stage_that_fails_has_no_cost():
    costs = Costs()
    with pytest.raises(ZeroDivisionError), costs.stage("fit"):
        raise ZeroDivisionError
    assert costs.stages == {}
