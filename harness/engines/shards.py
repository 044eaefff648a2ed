"""Shards: every process of a job array performs its share of the units; no process starts another."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.engines.claims import POLL_SECONDS
from harness.engines.engine import UnitsFailedError
from harness.engines.units import failure_of, perform_if_free
from harness.errors import ParameterError
from harness.kit.progress import step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.engines.units import Unit


@dataclass(frozen=True, slots=True)
class Shard:
    """Share `number` (from 1) of `count`: every `count`-th unit."""

    number: int
    count: int

    @classmethod
    def of(cls, text: str) -> Shard:
        """The shard of a text as `3/20`.

        Raises:
            ParameterError: the text is malformed.
        """
        number, _, count = text.partition("/")
        if number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count):
            return cls(int(number), int(count))
        raise ParameterError(f"`shard` {text!r}: write NUMBER/COUNT with NUMBER from 1 to COUNT, e.g. 3/20")


def perform_share(units: Sequence[Unit], shard: Shard, what: str) -> None:
    """Perform the units of a shard; what they need is performed here too, unless another process does it.

    A unit that another process claims is waited for, and taken over if that process dies.

    Args:
        units: all units of the command.
        shard: the share.
        what: label of the progress bar.

    Raises:
        UnitsFailedError: some failed, or need a unit that failed.
    """
    by_name = {unit.name: unit for unit in units}
    pending = list(units[shard.number - 1 :: shard.count])
    for unit in pending:
        unit.files.failed.unlink(missing_ok=True)
    failures: dict[str, str] = {}
    with step(what, len(pending)) as bar:
        while pending:
            n_before, performed = len(pending), False
            for unit in list(pending):
                performed |= _advance(unit, by_name, failures)
                if unit.files.done.exists() or unit.name in failures:
                    pending.remove(unit)
                    bar.advance()
            if not performed and len(pending) == n_before:
                time.sleep(POLL_SECONDS)
    if failures:
        raise UnitsFailedError(failures)


def _advance(unit: Unit, by_name: dict[str, Unit], failures: dict[str, str]) -> bool:
    """Perform a unit, or first what it needs; whether anything was performed. A failure is added to `failures`."""
    performed = False
    for name in unit.needs:
        needed = by_name[name]
        if not needed.files.done.exists():
            performed |= _advance(needed, by_name, failures)
            failed = failure_of(needed.files)
            if name in failures or failed:
                failures.setdefault(unit.name, f"it needs {name}, which failed")
                failures.setdefault(name, failed.error if failed else failures[unit.name])
    if unit.name in failures or not all(by_name[name].files.done.exists() for name in unit.needs):
        return performed
    try:
        return perform_if_free(unit) or performed
    except Exception as error:  # noqa: BLE001 - whatever the work raises
        failed = failure_of(unit.files)
        failures[unit.name] = failed.error if failed else str(error)
        return True
