"""Shards: shares that any number of processes perform in any order."""

import itertools
import threading

import pytest

from harness.engines.claims import held
from harness.engines.engine import UnitsFailedError
from harness.engines.shards import Shard, perform_share
from harness.engines.units import State, Unit, state_of
from harness.errors import ParameterError


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
def test_shares_in_any_order_perform_every_unit(writing, order):
    for number in order:
        perform_share(writing, Shard(number, 3), "share")
    assert (writing[0].folder / "c").read_text() == "abc"
    assert {state_of(unit.files) for unit in writing} == {State.done}


def test_a_share_performs_what_its_units_need_and_no_more(writing):
    perform_share(writing, Shard(2, 3), "share")
    assert [state_of(unit.files) for unit in writing] == [State.missing, State.done, State.missing]
    perform_share(writing, Shard(3, 3), "share")
    assert {state_of(unit.files) for unit in writing} == {State.done}


def test_more_shards_than_units_leave_the_last_without_work(writing):
    perform_share(writing, Shard(9, 9), "share")
    assert {state_of(unit.files) for unit in writing} == {State.missing}


def test_a_share_waits_for_a_unit_that_another_process_performs(writing, monkeypatch):
    monkeypatch.setattr("harness.engines.shards.POLL_SECONDS", 0.01)
    first = writing[0]
    entered, leave = threading.Event(), threading.Event()

    def other():
        with held(first.files.claim):
            entered.set()
            leave.wait(30)
            first.work()
            first.files.done.write_text("{}")

    process = threading.Thread(target=other)
    process.start()
    entered.wait(30)
    threading.Timer(0.2, leave.set).start()
    perform_share(writing, Shard(3, 3), "share")
    process.join()
    assert (first.folder / "c").read_text() == "abc"


def test_a_unit_whose_need_failed_is_not_performed_and_both_are_named(writing, work):
    units = [Unit("a", writing[0].folder, work.Fail("it broke")), *writing[1:]]
    with pytest.raises(UnitsFailedError) as failed:
        perform_share(units, Shard(3, 3), "share")
    assert failed.value.failures == {"a": "it broke", "c": "it needs a, which failed"}


@pytest.mark.parametrize("text", ["", "3", "0/2", "3/2", "a/b", "1/0", "-1/2", "1/2/3"])
def test_a_malformed_shard_is_refused(text):
    with pytest.raises(ParameterError, match="NUMBER/COUNT"):
        Shard.of(text)


def test_a_shard_is_read_from_its_text():
    assert Shard.of("3/20") == Shard(3, 20)
