"""Rows worked off by a bounded number of threads, in an order that no result depends on."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from harness.errors import ParameterError
from harness.progress import step

if TYPE_CHECKING:
    from collections.abc import Callable


def n_threads(asked: int = 0) -> int:
    """How many threads a recommender may use: what was asked for, at most one a core; 0 asks for all.

    Raises:
        ParameterError: a negative number was asked for.
    """
    if asked < 0:
        raise ParameterError(f"threads={asked}: 0 takes every core, any other number must be above")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(asked, cores) if asked else cores


def in_blocks(work: Callable[[int, int], None], n: int, what: str, *, threads: int = 0, block: int = 16) -> None:
    """Call `work(first, end)` for blocks that together are the rows 0 to n - 1.

    Args:
        work: writes the answers of its rows and nothing else; it releases the interpreter's lock, or
            threads gain nothing.
        n: number of rows.
        what: the words beside the progress bar.
        threads: see `n_threads`.
        block: rows a call; small blocks keep threads busy where rows differ in cost.
    """
    firsts = range(0, n, block)
    with step(what, n) as bar, ThreadPoolExecutor(n_threads(threads)) as pool:
        done = pool.map(lambda first: work(first, min(first + block, n)), firsts)
        try:
            for first, _ in zip(firsts, done, strict=True):
                bar.advance(min(block, n - first))
        except BaseException:  # Ctrl-C included: what has not begun need not be waited for
            pool.shutdown(wait=True, cancel_futures=True)
            raise
