"""Processes that perform units: their threads are limited, and they end with the process that began them."""

from __future__ import annotations

import os
import threading
import time

VARIABLES = (
    "HARNESS_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
)
"""Environment variables that limit threads: of the kit, of OpenMP, of BLAS, of compiled kernels, of polars."""

LOOK_SECONDS = 1.0
"""Time between two looks at the parent process."""


def prepare(threads: int, parent: int) -> None:
    """Prepare this process, before NumPy is imported.

    Args:
        threads: limit of every library.
        parent: number of the process that began this one; when that ends, even by SIGKILL, this one does.
    """
    os.environ.update(dict.fromkeys(VARIABLES, str(threads)))
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)
