"""Processes that perform units: threads and memory are limited, and they end with the process that began them."""

from __future__ import annotations

import dataclasses
import os
import threading
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from harness.engines.memory import exit_on_lost_errors, limited, load_blas
from harness.engines.units import perform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.engines.units import Unit

VARIABLES = (
    "HARNESS_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
)
"""Environment variables that limit threads: of the kit, of OpenMP, of BLAS, of compiled kernels, of polars."""

SAME_BITS = {
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR",
    "NUMBA_CPU_NAME": "generic",
}
"""Environment variables by which x86-64 processors of different families use the same instructions."""

_SAFE_PATH = "PYTHONSAFEPATH"
_OURS = "harness"
"""Value of that variable where `without_current_folder` set it, not the user."""

_starting = threading.Lock()

LOOK_SECONDS = 1.0
"""Time between two looks at the parent process."""


def variables(threads: int, *, same_bits: bool) -> dict[str, str]:
    """Environment of a process that performs units, to be set before NumPy is imported.

    Args:
        threads: limit of every library.
        same_bits: see `SAME_BITS`.
    """
    return dict.fromkeys(VARIABLES, str(threads)) | (SAME_BITS if same_bits else {})


@contextmanager
def without_current_folder() -> Iterator[None]:
    """Keep the current folder off the first path of Python processes that start inside the `with` block.

    multiprocessing hands the caller's path to a new process only after that has imported parts of the standard library,
    and a file in the current folder, e.g. `array.py`, must not shadow them. `prepare` removes the variable again.
    """
    with _starting:  # the environment is shared by the threads of the slots
        is_ours = not os.environ.get(_SAFE_PATH)
        if is_ours:
            os.environ[_SAFE_PATH] = _OURS
        try:
            yield
        finally:
            if is_ours:
                del os.environ[_SAFE_PATH]


def prepare(environment: dict[str, str], parent: int) -> None:
    """Prepare this process.

    Args:
        environment: see `variables`.
        parent: number of the process that began this one; when that ends, even by SIGKILL, this one does.
    """
    os.environ.update(environment)
    if os.environ.get(_SAFE_PATH) == _OURS:
        del os.environ[_SAFE_PATH]
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    exit_on_lost_errors()


def perform_within(memory_bytes: int, unit: Unit) -> None:
    """Perform a unit in this process; raises what it raises.

    Args:
        memory_bytes: private memory of the whole process beyond which Linux refuses to allocate; 0 for no limit. Only
            the work is limited: its claim and its error are written also when there is no memory left.
        unit: to perform.
    """
    if memory_bytes:
        load_blas()
    perform(dataclasses.replace(unit, work=partial(_work_within, memory_bytes, unit.work)))


def _work_within(memory_bytes: int, work: Callable[[], None]) -> None:
    with limited(memory_bytes):
        work()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)
