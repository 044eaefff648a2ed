"""Parallel processing of rows by threads."""

import threading
import time

import numpy as np
import pytest

from harness.errors import ParameterError
from harness.kit.parallel import in_blocks, n_threads


@pytest.mark.parametrize("n", [0, 1, 16, 17, 100])
def test_every_row_is_worked_off_once(n):
    seen = np.zeros(n, int)

    def work(first, end):
        seen[first:end] += 1

    in_blocks(work, n, "rows")
    assert seen.tolist() == [1] * n


def test_at_most_the_given_number_of_threads_is_used():
    names = set()
    in_blocks(lambda *_: names.add(threading.get_ident()), 400, "rows", threads=1)
    assert len(names) == 1


def test_an_error_ends_the_work_and_is_raised():
    calls = []

    def work(first, _end):
        calls.append(first)
        if first:
            time.sleep(0.01)  # 10 s for all blocks: the caller sees the error long before
        else:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        in_blocks(work, 16_000, "rows", threads=1)
    assert len(calls) < 1_000


def test_threads_are_bounded_by_the_cores():
    assert 1 <= n_threads(0) == n_threads(10_000)
    assert n_threads(1) == 1
    with pytest.raises(ParameterError, match="threads=-1"):
        n_threads(-1)
