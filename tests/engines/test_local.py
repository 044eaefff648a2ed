"""Engine `local`: order, failures, dead and hanging processes, threads."""

import contextlib
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import harness
from harness.engines.claims import holder
from harness.engines.engine import UnitsFailedError
from harness.engines.local import LocalEngine
from harness.engines.units import State, Unit, state_of
from harness.errors import ParameterError, RegistryError


def test_units_are_performed_after_those_that_they_need(writing):
    LocalEngine(workers=2).perform(writing, "units")
    assert (writing[0].folder / "c").read_text() == "abc"
    assert {state_of(unit.files) for unit in writing} == {State.done}


def test_a_failed_unit_is_named_and_only_units_that_need_it_are_not_done(writing, work):
    folder = writing[0].folder
    units = [Unit("a", folder, work.Fail("it broke")), *writing[1:]]
    with pytest.raises(UnitsFailedError, match="unit a failed: it broke") as failed:
        LocalEngine(workers=1).perform(units, "units")
    assert [str(error) for error in failed.value.errors] == ["unit a failed: it broke"]
    assert [state_of(unit.files) for unit in units] == [State.failed, State.done, State.missing]


def test_after_a_failure_the_next_start_tries_again(writing, work):
    folder = writing[0].folder
    with pytest.raises(UnitsFailedError):
        LocalEngine(workers=1).perform([Unit("a", folder, work.Fail("it broke"))], "units")
    LocalEngine(workers=1).perform(writing, "units")
    assert (folder / "c").read_text() == "abc"


def test_a_process_that_is_killed_costs_its_unit_one_attempt(tmp_path, work):
    unit = Unit("a", tmp_path, work.DieOnce(tmp_path, "a"))
    LocalEngine(workers=1, retries=1).perform([unit], "units")
    assert (tmp_path / "a.attempts").read_text() == "xx"
    assert state_of(unit.files) is State.done


def test_without_attempts_left_a_killed_process_is_a_failure(tmp_path, work):
    unit = Unit("a", tmp_path, work.DieOnce(tmp_path, "a"))
    with pytest.raises(UnitsFailedError, match="its process was ended"):
        LocalEngine(workers=1, retries=0).perform([unit], "units")
    assert state_of(unit.files) is State.failed


@pytest.mark.parametrize("unit", ["writes", "fails", "hangs"])
def test_no_process_and_no_executor_is_left(tmp_path, work, unit):
    tasks = {"writes": work.Write(tmp_path, "a"), "fails": work.Fail("it broke"), "hangs": work.Sleep(600)}
    with contextlib.suppress(UnitsFailedError):
        LocalEngine(workers=2, time_limit=3).perform([Unit("a", tmp_path, tasks[unit])], "units")
    assert not multiprocessing.active_children()
    assert not [thread for thread in threading.enumerate() if type(thread).__name__ == "_ExecutorManagerThread"]


def test_a_unit_that_hangs_is_ended_and_the_others_are_performed(writing, work):
    hanging = Unit("hanging", writing[0].folder, work.Sleep(600))
    with pytest.raises(UnitsFailedError, match=r"it took longer than 3 seconds and was ended"):
        LocalEngine(workers=1, time_limit=3).perform([hanging, *writing], "units")
    assert (writing[0].folder / "c").read_text() == "abc"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the private memory of a process")
def test_a_unit_beyond_its_memory_is_tried_once_more_with_twice_the_memory(tmp_path, work):
    engine = LocalEngine(workers=1, retries=5, memory_gb=0.5)
    units = [Unit(f"{size}", tmp_path, work.Allocate(tmp_path, f"{size}", size)) for size in (100, 600, 1_200)]
    with pytest.raises(UnitsFailedError) as failed:
        engine.perform(units, "units")
    assert list(failed.value.failures) == ["1200"]
    text = "out of memory twice, the second time with 1 GB: recommender 'hog': MemoryError (work_of_units.py, line "
    assert failed.value.failures["1200"].startswith(text)
    assert [len((tmp_path / f"{size}.attempts").read_text()) for size in (100, 600, 1_200)] == [1, 2, 2]
    assert [state_of(unit.files) for unit in units] == [State.done, State.done, State.failed]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the private memory of a process")
@pytest.mark.parametrize("kind", ["system", "library", "thread", "killed", "lost"])
def test_memory_may_run_out_in_any_form(tmp_path, work, kind):
    engine = LocalEngine(workers=1, retries=0, memory_gb=2, time_limit=120)
    enough, too_little = (
        Unit(name, tmp_path, work.NoRoom(kind, least * 10**9)) for name, least in (("a", 4), ("b", 5))
    )
    with pytest.raises(UnitsFailedError) as failed:
        engine.perform([enough, too_little], "units")
    assert failed.value.failures["b"].startswith("out of memory twice, the second time with 4 GB: ")
    assert [state_of(unit.files) for unit in (enough, too_little)] == [State.done, State.failed]


def test_a_unit_beyond_its_time_is_ended_even_if_it_holds_no_claim(tmp_path, work, monkeypatch):
    monkeypatch.setattr("harness.engines.local.holder", lambda _: None)
    unit = Unit("a", tmp_path / "outputs", work.Hang(tmp_path / "process"))
    with pytest.raises(UnitsFailedError, match="it took longer than 3 seconds and was ended"):
        LocalEngine(workers=1, time_limit=3).perform([unit], "units")
    process = int((tmp_path / "process").read_text())
    deadline = time.monotonic() + 60
    while is_alive(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(process)
    assert state_of(unit.files) is State.failed


def test_without_a_limit_a_unit_that_runs_out_of_memory_is_tried_once_more(tmp_path, work):
    with pytest.raises(UnitsFailedError, match=r"out of memory twice$"):
        LocalEngine(workers=1, retries=0).perform([Unit("a", tmp_path, work.OutOfMemory())], "units")


def test_libraries_use_no_more_threads_than_the_processs_share(tmp_path, work, monkeypatch):
    monkeypatch.setattr("harness.engines.local.n_threads", lambda: 2)
    LocalEngine(workers=2).perform([Unit("a", tmp_path, work.Threads(tmp_path, "a"))], "units")
    assert set((tmp_path / "a").read_text().split()) == {"1"}


def test_an_engine_is_created_by_name_and_its_options_are_checked():
    assert harness.engine("local", workers=3).workers == 3
    with pytest.raises(ParameterError, match="workers"):
        harness.engine("local", workers=-1)
    with pytest.raises(ParameterError, match="address"):
        harness.engine("local", address="auto")
    with pytest.raises(RegistryError, match="no engine 'locale'"):
        harness.engine("locale")


def test_an_interruption_ends_the_processes_at_once(writing, work, monkeypatch):
    hanging = Unit("hanging", writing[0].folder, work.Sleep(600))
    engine = LocalEngine(workers=1)

    def interrupt(*_, **__):
        deadline = time.monotonic() + 60
        while state_of(hanging.files) is not State.running and time.monotonic() < deadline:
            time.sleep(0.05)
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.engines.local.wait", interrupt)
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        engine.perform([hanging], "units")
    assert time.monotonic() - begin < 100
    assert state_of(hanging.files) is not State.running


DRIVER = """
from pathlib import Path
from work_of_units import Sleep
from harness.engines.local import LocalEngine
from harness.engines.units import Unit
if __name__ == "__main__":
    LocalEngine(workers=1).perform([Unit("a", Path("outputs").resolve(), Sleep(600))], "units")
"""


def test_the_processes_of_a_killed_command_end(tmp_path, work):
    (tmp_path / "driver.py").write_text(DRIVER)
    driver = subprocess.Popen(
        [sys.executable, "driver.py"], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(Path(work.__file__).parent)}
    )
    claim = tmp_path / "outputs" / "units" / "a.claim.json"
    deadline = time.monotonic() + 60
    while holder(claim) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    worker = holder(claim).process
    assert worker != driver.pid
    driver.kill()
    driver.wait()
    while is_alive(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(worker)


def is_alive(process):
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
