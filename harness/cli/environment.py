"""Environment checks of a command: working folder, threads."""

from __future__ import annotations

import os
from pathlib import Path

from harness.errors import ParameterError

_THREADS = ("NUMBA_NUM_THREADS", "HARNESS_THREADS")


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
    for name in _THREADS:
        text = os.environ.get(name)
        if text is None:
            continue
        if not text.strip():
            del os.environ[name]
        elif not text.strip().isdecimal() or not int(text):
            raise ParameterError(f"${name} is {text!r}: set it to a positive integer, or unset it")
