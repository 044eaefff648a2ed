"""Threads of a process that performs units beside others: every library is limited to the same number."""

from __future__ import annotations

import os

VARIABLES = (
    "HARNESS_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
)
"""Environment variables that limit threads: of the kit, of OpenMP, of BLAS, of compiled kernels, of polars."""


def limit_threads(threads: int) -> None:
    """Limit this process and its children; to be called before NumPy is imported."""
    os.environ.update(dict.fromkeys(VARIABLES, str(threads)))
