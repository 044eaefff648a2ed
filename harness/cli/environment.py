"""Environment checks of a command: working folder, threads."""

from __future__ import annotations

import os
from pathlib import Path

from harness.errors import ParameterError

_THREADS = "NUMBA_NUM_THREADS"


def check_environment() -> None:
    """Check the environment.

    Raises:
        ParameterError: the working folder or the number of threads is unusable.
    """
    try:
        Path.cwd()
    except OSError as error:
        raise ParameterError(
            f"the working folder does not exist ({error.strerror}): change to another folder"
        ) from error
    _check_threads()


def _check_threads() -> None:
    text = os.environ.get(_THREADS)
    if text is None:
        return
    if not text.strip():
        del os.environ[_THREADS]
    elif not text.strip().isdecimal() or not int(text):
        raise ParameterError(f"${_THREADS} is {text!r}: set it to a positive integer, or unset it")
