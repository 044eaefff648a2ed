"""Claims: files by which processes on several machines agree who performs something, without locks of the file system.

A claim is made by exclusive creation and touched regularly. One that has not been touched for a minute belongs to a
dead process and may be taken over. Two processes that take it over at once both perform the work; its output appears
by rename, so that does no harm.
"""

from __future__ import annotations

import os
import platform
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEARTBEAT_SECONDS = 5.0
"""Time between two touches of a claim."""

STALE_SECONDS = 60.0
"""Age from which a claim belongs to a dead process."""

POLL_SECONDS = 0.5
"""Time between two looks at a claim of another process."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Content of a claim: its process."""

    host: str
    process: int


def claim(path: Path) -> bool:
    """Create the claim `path`, or take over that of a dead process; False if a living process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    age = age_of(path)
    if age is not None and age >= STALE_SECONDS:
        path.unlink(missing_ok=True)
    try:
        with path.open("xb") as file:
            file.write(_content())
    except FileExistsError:
        return False
    return True


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the claim `path`, whoever had it, touch it regularly, and delete it at the end of the `with` block."""
    ended = threading.Event()

    def touch() -> None:
        while not ended.wait(HEARTBEAT_SECONDS):
            with suppress(OSError):
                os.utime(path)

    thread = threading.Thread(target=touch, daemon=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.write_bytes(_content())
        thread.start()
        yield
    finally:
        ended.set()
        if thread.ident is not None:  # it may have failed to start
            thread.join()
        path.unlink(missing_ok=True)


@contextmanager
def only_one_machine(path: Path) -> Iterator[None]:
    """Wait until no living process on any machine is inside a block for `path`, then enter it."""
    file = path.parent / f".claim-{path.name}"
    while not claim(file):
        time.sleep(POLL_SECONDS)
    with held(file):
        yield


def holder(path: Path) -> Claim | None:
    """The process that holds a claim; None if there is no claim."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Claim)
    except (OSError, msgspec.DecodeError):
        return None


def age_of(path: Path) -> float | None:
    """Seconds since a claim was touched, by the clock of the disk whatever the machines' clocks show; None without."""
    try:
        touched = path.stat().st_mtime
    except OSError:
        return None
    return max(_disk_time(path.parent) - touched, 0.0)


def _content() -> bytes:
    return msgspec.json.encode(Claim(host=platform.node(), process=os.getpid()))


def _disk_time(folder: Path) -> float:
    """The present time by the clock that dates files in this folder."""
    probe = folder / f".clock-{platform.node()}-{os.getpid()}-{threading.get_ident()}"
    try:
        probe.touch()
        return probe.stat().st_mtime
    except OSError:
        return time.time()
    finally:
        with suppress(OSError):
            probe.unlink()
