"""Parallel processing of rows by a bounded number of threads; results do not depend on the order."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from harness.errors import ParameterError
from harness.kit.progress import step

if TYPE_CHECKING:
    from collections.abc import Callable


VARIABLE = "HARNESS_THREADS"
"""Environment variable that limits the threads of a process."""


def n_threads(limit: int = 0) -> int:
    """Number of threads that a recommender may use: the limit, but at most one per core; 0 is one per core.

    The environment variable HARNESS_THREADS replaces the number of cores where that is larger.

    Raises:
        ParameterError: the limit is negative.
    """
    if limit < 0:
        raise ParameterError(f"threads={limit}: 0 uses every core, any other number must be positive")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    allowed = os.environ.get(VARIABLE, "").strip()
    cores = min(cores, int(allowed)) if allowed.isdecimal() and int(allowed) else cores
    return min(limit, cores) if limit else cores


def in_blocks(work: Callable[[int, int], None], n: int, what: str, *, threads: int = 0, block: int = 16) -> None:
    """Call `work(first, end)` for consecutive blocks of the rows 0 to n - 1.

    Args:
        work: writes the results of its rows only; it should release the interpreter lock, or threads do not help.
        n: number of rows.
        what: label of the progress bar.
        threads: see `n_threads`.
        block: rows per call; small blocks balance the threads if rows differ in cost.
    """
    firsts = range(0, n, block)
    with step(what, n) as bar, ThreadPoolExecutor(n_threads(threads)) as pool:
        done = pool.map(lambda first: work(first, min(first + block, n)), firsts)
        try:
            for first, _ in zip(firsts, done, strict=True):
                bar.advance(min(block, n - first))
        except BaseException:  # Ctrl-C included: blocks that have not started are cancelled
            pool.shutdown(wait=True, cancel_futures=True)
            raise
