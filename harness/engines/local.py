"""Engine `local`: a bounded number of processes on this machine."""

from __future__ import annotations

import multiprocessing
import os
import platform
import signal
import threading
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from graphlib import TopologicalSorter
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Annotated, ClassVar

from harness.engines.claims import holder
from harness.engines.engine import UnitsFailedError, engine_class, out_of_memory
from harness.engines.units import fail, failure_text, forget_failures
from harness.engines.worker import perform_within, prepare, variables, without_current_folder
from harness.errors import HarnessError
from harness.kit.parallel import n_threads
from harness.kit.progress import step
from harness.plugin_parameters import Bounds, check_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from harness.engines.units import Unit


@engine_class
@dataclass
class LocalEngine:
    """Performs units in processes of this machine; one that dies is replaced and its unit tried again."""

    name: ClassVar[str] = "local"

    workers: Annotated[int, Bounds(ge=0, le=1_024)] = 0
    """Processes at a time, each with its share of the cores; 0 is one per two cores."""
    retries: Annotated[int, Bounds(ge=0, le=100)] = 3
    """Further attempts at a unit whose process died."""
    memory_gb: Annotated[float, Bounds(ge=0, le=100_000)] = 0.0
    """Private memory of a process in GB (10^9 bytes), which Linux does not let it exceed; 0 for no limit. A unit that
    runs out of memory is tried once more with twice the memory."""
    time_limit: Annotated[float, Bounds(gt=0)] | None = None
    """Seconds after which a unit's process is ended and the unit counts as failed; no limit if none."""
    same_bits: bool = False
    """Slower instructions that processors of different families have in common, so that all compute the same bits."""

    def __post_init__(self) -> None:
        """Check the options and set up the slots; processes are started when they are needed."""
        check_values(self)
        self.workers = self.workers or max(n_threads() // 2, 1)
        threads = max(n_threads() // self.workers, 1)
        self._free: SimpleQueue[_Slot] = SimpleQueue()
        for _ in range(self.workers):
            self._free.put(_Slot(variables(threads, same_bits=self.same_bits)))

    def perform(self, units: Sequence[Unit], what: str) -> None:
        """See `Engine`; several threads may call it, and share the processes. The idle ones end with each call."""
        forget_failures(units)
        try:
            self._perform(units, what)
        finally:
            self._end_idle()

    def _perform(self, units: Sequence[Unit], what: str) -> None:
        by_name = {unit.name: unit for unit in units}
        order = TopologicalSorter({unit.name: unit.needs for unit in units})
        order.prepare()
        failures: dict[str, str] = {}
        stopped = threading.Event()
        waiting: dict[Future[str], str] = {}
        with step(what, len(units)) as bar, ThreadPoolExecutor(self.workers) as threads:
            try:
                while True:
                    for name in order.get_ready():
                        waiting[threads.submit(self._outcome, by_name[name], stopped)] = name
                    if not waiting:
                        break
                    for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                        name = waiting.pop(future)
                        if error := future.result():
                            failures[name] = error
                        else:
                            order.done(name)
                            bar.advance()
            except BaseException:  # Ctrl-C included
                stopped.set()
                threads.shutdown(wait=False, cancel_futures=True)
                for name in waiting.values():
                    _end(by_name[name])
                raise
        if failures:
            raise UnitsFailedError(failures)

    def _outcome(self, unit: Unit, stopped: threading.Event) -> str:
        """Perform one unit, with further attempts until the engine is stopped; the error, or an empty text."""
        if unit.files.done.exists():
            return ""
        error, memory_gb = "it was stopped", self.memory_gb
        attempts, doubled = self.retries + 1, False
        while attempts:
            if stopped.is_set():
                return error
            attempts -= 1
            try:
                with self._slot() as slot:
                    slot.perform(unit, memory_gb, self.time_limit)
            except HarnessError as raised:
                return str(raised)
            except MemoryError as raised:
                error = out_of_memory(memory_gb, str(raised))
                if doubled:
                    break
                doubled, memory_gb, attempts = True, 2 * memory_gb, attempts + 1
            except BrokenProcessPool:
                error = "its process was ended, usually because memory ran out"
            except Exception as raised:  # noqa: BLE001 - whatever the work raises
                error = self._described(raised)
                break
            else:
                return ""
        fail(unit.files, error)
        return error

    def _described(self, error: Exception) -> str:
        if isinstance(error, TimeoutError):
            return f"it took longer than {self.time_limit:g} seconds and was ended"
        return failure_text(error)

    def _end_idle(self) -> None:
        """End the processes that perform nothing; one that ends with the interpreter may print a traceback."""
        idle = []
        with suppress(Empty):
            while True:
                idle.append(self._free.get_nowait())
        for slot in idle:
            slot.close()
            self._free.put(slot)

    @contextmanager
    def _slot(self) -> Iterator[_Slot]:
        slot = self._free.get()
        try:
            yield slot
        finally:
            self._free.put(slot)


class _Slot:
    """One process at a time, started when it is needed."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._pool: ProcessPoolExecutor | None = None
        self._process = 0
        self._lock = threading.Lock()

    def perform(self, unit: Unit, memory_gb: float, time_limit: float | None) -> None:
        """Perform a unit in the process; raises what it raises, BrokenProcessPool or TimeoutError."""
        with self._lock:
            try:
                pool = self._pool or self._started()
                pool.submit(perform_within, round(memory_gb * 1e9), unit).result(time_limit)
            except (BrokenProcessPool, MemoryError, TimeoutError) as error:
                _kill(self._process)
                unit.files.claim.unlink(missing_ok=True)
                self.close()
                # At a limit, a library may end the process instead of raising an error.
                if memory_gb and isinstance(error, BrokenProcessPool):
                    raise MemoryError("its process was ended") from error
                raise

    def close(self) -> None:
        """End the process, and wait for its end."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._pool, self._process = None, 0

    def _started(self) -> ProcessPoolExecutor:
        """The process, ready for work: its start does not count against a time limit."""
        spawn = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(1, spawn, prepare, (self._environment, os.getpid()))
        with without_current_folder():
            started = self._pool.submit(os.getpid)
        self._process = started.result()
        return self._pool


def _end(unit: Unit) -> None:
    """End the process of this machine that performs a unit."""
    claim = holder(unit.files.claim)
    if claim is not None and claim.host == platform.node():
        _kill(claim.process)
    unit.files.claim.unlink(missing_ok=True)


def _kill(process: int) -> None:
    """End a process of this machine; nothing if there is none, or the number is 0."""
    if process:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
