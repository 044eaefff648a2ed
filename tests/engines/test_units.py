"""State of units: files that say done, failed, running, lost or missing; claims of living and dead processes."""

import os
import time

import pytest

from harness.engines import claims
from harness.engines.units import (
    State,
    Unit,
    done_of,
    failure_of,
    forget_failures,
    perform,
    perform_if_free,
    state_of,
)
from harness.errors import DataError


def test_a_unit_is_missing_then_done_with_its_costs(writing):
    unit = writing[0]
    assert state_of(unit.files) is State.missing
    perform(unit)
    assert state_of(unit.files) is State.done
    assert (unit.folder / "a").read_text() == "a"
    done = done_of(unit.files)
    assert done.wall_seconds >= 0
    assert done.peak_memory_bytes > 1e6
    assert done.host
    assert done.cpu


def test_a_unit_that_is_done_is_not_performed_again(writing):
    unit = writing[0]
    perform(unit)
    (unit.folder / "a").write_text("changed")
    perform(unit)
    assert not perform_if_free(unit)
    assert (unit.folder / "a").read_text() == "changed"


def test_a_failure_is_recorded_in_one_line_until_it_is_forgotten(tmp_path, work):
    unit = Unit("a", tmp_path, work.Fail("no such slice"))
    with pytest.raises(DataError, match="no such slice"):
        perform(unit)
    assert state_of(unit.files) is State.failed
    assert failure_of(unit.files).error == "no such slice"
    forget_failures([unit])
    assert state_of(unit.files) is State.missing


def test_a_claim_of_a_living_process_is_respected(writing):
    unit = writing[0]
    with claims.held(unit.files.claim):
        assert state_of(unit.files) is State.running
        assert claims.holder(unit.files.claim).process == os.getpid()
        assert not perform_if_free(unit)
    assert perform_if_free(unit)
    assert not unit.files.claim.exists()


def test_the_claim_of_a_dead_process_is_taken_over(writing):
    unit = writing[0]
    assert claims.claim(unit.files.claim)
    past = time.time() - claims.STALE_SECONDS - 1
    os.utime(unit.files.claim, (past, past))
    assert state_of(unit.files) is State.lost
    assert perform_if_free(unit)
    assert state_of(unit.files) is State.done


def test_a_held_claim_is_touched_so_that_it_does_not_age(tmp_path, monkeypatch):
    monkeypatch.setattr(claims, "HEARTBEAT_SECONDS", 0.02)
    path = tmp_path / "a.claim.json"
    with claims.held(path):
        os.utime(path, (1, 1))
        deadline = time.monotonic() + 10
        while path.stat().st_mtime == 1 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert claims.age_of(path) < claims.STALE_SECONDS


def test_one_machine_at_a_time_is_inside_a_block(tmp_path, monkeypatch):
    monkeypatch.setattr(claims, "POLL_SECONDS", 0.01)
    path = tmp_path / "run"
    with claims.only_one_machine(path):
        assert not claims.claim(tmp_path / ".claim-run")
    with claims.only_one_machine(path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_an_old_claim_without_a_process_does_not_block(tmp_path):
    (tmp_path / ".claim-run").touch()
    os.utime(tmp_path / ".claim-run", (1, 1))
    with claims.only_one_machine(tmp_path / "run"):
        pass
