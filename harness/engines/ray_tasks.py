"""Tasks of the engine `ray`: submitted when what they need is done, and tried again when they are lost."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from harness.engines.claims import holder
from harness.engines.engine import out_of_memory
from harness.engines.units import State, fail, failure_text, perform, state_of
from harness.engines.worker import variables
from harness.home import VARIABLE as HOME
from harness.home import data_home
from harness.system_errors import ran_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.engines.claims import Claim
    from harness.engines.units import Unit

LONGEST_WAIT_SECONDS = 1.0
"""Longest time between two looks at the time limit."""

LOOK_SECONDS = 10.0
"""Time between two looks at the files of running units."""


class TaskOptions(Protocol):
    """Options of the engine that its tasks need; see `RayEngine`."""

    cpus: int
    memory_gb: float
    retries: int
    time_limit: float | None
    same_bits: bool


def _largest_memory_gb() -> float:
    """Most memory that a machine of the cluster has for units."""
    import ray

    largest: float = max(node["Resources"].get("memory", 0.0) for node in ray.nodes() if node["Alive"])
    return largest / 1e9


class Tasks:
    """The tasks of one command: submitted when what they need is done."""

    def __init__(self, options: TaskOptions, units: Sequence[Unit]) -> None:
        """Set the units; nothing is submitted yet."""
        self.failures: dict[str, str] = {}
        self._options = options
        self._by_name = {unit.name: unit for unit in units}
        self._waiting = {unit.name: {name for name in unit.needs if name in self._by_name} for unit in units}
        self._running: dict[Any, str] = {}
        self._memory: dict[str, float] = {}
        self._ran_out: set[str] = set()
        self._since: dict[str, tuple[Claim, float]] = {}
        self._n_lost: Counter[str] = Counter()
        self._next_look = 0.0
        self._alive: set[str] = set()

    def ended(self) -> Iterable[str]:
        """Submit tasks and yield the name of each unit that ends, until no more can be done."""
        import ray

        try:
            while True:
                yield from self._submit_ready()
                if not self._running:
                    break
                finished, _ = ray.wait(list(self._running), timeout=LONGEST_WAIT_SECONDS)
                for task in finished:
                    name = self._running.pop(task)
                    if self._outcome(name, task):
                        yield name
                self._end_late()
                yield from self._without_answer()
        except BaseException:
            for task in self._running:
                ray.cancel(task, force=True)
            raise

    def _submit_ready(self) -> Iterable[str]:
        while ready := [name for name, needs in self._waiting.items() if not needs]:
            for name in ready:
                del self._waiting[name]
                if self._by_name[name].files.done.exists():
                    self._note_done(name)
                    yield name
                else:
                    self._submit(name)

    def _submit(self, name: str) -> None:
        import ray

        options = self._options
        path = os.pathsep.join(folder or str(Path.cwd()) for folder in sys.path)
        environment = {
            **variables(options.cpus, same_bits=options.same_bits),
            HOME: str(data_home().resolve()),
            "PYTHONPATH": path,  # modules of plug-ins, on the shared disk
        }
        remote = ray.remote(perform).options(
            num_cpus=options.cpus,
            memory=int(self._memory.setdefault(name, options.memory_gb) * 1e9) or None,
            max_retries=options.retries,
            name=name,
            runtime_env={"env_vars": environment},
        )
        self._running[remote.remote(self._by_name[name])] = name

    def _outcome(self, name: str, task: Any) -> bool:
        """Note how a task ended; False if it was submitted once more."""
        import ray

        try:
            ray.get(task)
        except ray.exceptions.OutOfMemoryError:
            return self._ran_out_of_memory(name, "Ray ended its process")
        except ray.exceptions.RayTaskError as error:
            cause = error.cause
            if ran_out(cause):
                return self._ran_out_of_memory(name, str(cause))
            self._note_failure(name, failure_text(cause))
        except ray.exceptions.RayError as error:
            self._note_failure(name, f"its process or machine was lost ({type(error).__name__})")
        else:
            self._note_done(name)
        return True

    def _ran_out_of_memory(self, name: str, reason: str) -> bool:
        """Submit a unit once more with twice the memory; True if it was the second time."""
        if name in self._ran_out:
            self._note_failure(name, out_of_memory(self._memory[name], reason))
            return True
        self._ran_out.add(name)
        self._memory[name] = min(2 * self._memory[name], _largest_memory_gb())  # Ray would wait for a larger machine
        self._submit(name)
        return False

    def _end_late(self) -> None:
        """End tasks that run longer than the time limit."""
        import ray

        limit = self._options.time_limit
        for task, name in list(self._running.items()):
            if limit is not None and self._seconds(name) > limit:
                ray.cancel(task, force=True)
                del self._running[task]
                self._by_name[name].files.claim.unlink(missing_ok=True)
                self._note_failure(name, f"it took longer than {limit:g} seconds and was ended")

    def _without_answer(self) -> Iterable[str]:
        """Yield units that are done although Ray waits for the answer, and submit those that are lost again.

        Files are the truth: after a machine was cut off, Ray can wait for its answers for many minutes. Lost are the
        units of dead processes and, when a machine has left the cluster, those that nobody has begun: it may have
        taken them.
        """
        import ray

        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + LOOK_SECONDS
        before, self._alive = self._alive, {node["NodeID"] for node in ray.nodes() if node["Alive"]}
        for task, name in list(self._running.items()):
            files = self._by_name[name].files
            state = state_of(files)
            if state is State.done:
                del self._running[task]
                self._note_done(name)
                yield name
            elif state is State.lost or (state is State.missing and not before <= self._alive):
                ray.cancel(task, force=True)
                del self._running[task]
                files.claim.unlink(missing_ok=True)
                self._n_lost[name] += state is State.lost
                if self._n_lost[name] <= self._options.retries:
                    self._submit(name)
                else:
                    self._note_failure(name, "its process or machine was lost")
                    yield name

    def _seconds(self, name: str) -> float:
        """Seconds since a process was first seen to perform a unit; 0 while Ray has not placed it."""
        claim = holder(self._by_name[name].files.claim)
        if claim is None:
            return 0.0
        if name not in self._since or self._since[name][0] != claim:
            self._since[name] = claim, time.monotonic()
        return time.monotonic() - self._since[name][1]

    def _note_done(self, name: str) -> None:
        for needs in self._waiting.values():
            needs.discard(name)

    def _note_failure(self, name: str, error: str) -> None:
        self.failures[name] = error
        fail(self._by_name[name].files, error)
