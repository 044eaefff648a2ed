"""Environment checks of a command: working folder, threads, writable folder for compiled code."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from harness.errors import ParameterError

_THREADS = "NUMBA_NUM_THREADS"
_COMPILED = "NUMBA_CACHE_DIR"
_PACKAGE = Path(__file__).parents[1]


def check_environment() -> None:
    """Check the environment, and choose a folder for compiled code.

    Raises:
        ParameterError: the working folder, the number of threads or the folder for compiled code is unusable.
    """
    try:
        Path.cwd()
    except OSError as error:
        raise ParameterError(
            f"the working folder does not exist ({error.strerror}): change to another folder"
        ) from error
    _check_threads()
    _choose_folder_for_compiled()


def _check_threads() -> None:
    text = os.environ.get(_THREADS)
    if text is None:
        return
    if not text.strip():
        del os.environ[_THREADS]
    elif not text.strip().isdecimal() or not int(text):
        raise ParameterError(f"${_THREADS} is {text!r}: set it to a positive integer, or unset it")


def _choose_folder_for_compiled() -> None:
    """Keep Numba's default folder if it is writable; else choose the first writable folder."""
    configured = os.environ.get(_COMPILED)
    if configured:
        if _is_writable(Path(configured)):
            return
    elif _is_writable(_PACKAGE / "__pycache__"):
        return
    from platformdirs import user_cache_path

    for folder in (user_cache_path("playlist-harness", appauthor=False), *_temporary_folders()):
        if _is_writable(folder / "numba"):
            os.environ[_COMPILED] = str(folder / "numba")
            return
    raise ParameterError(f"no writable folder for compiled code: set ${_COMPILED} to a writable folder")


def _temporary_folders() -> list[Path]:
    user = os.getuid() if hasattr(os, "getuid") else "user"
    try:
        return [Path(tempfile.gettempdir(), f"playlist-harness-{user}")]
    except OSError:
        return []


def _is_writable(folder: Path) -> bool:
    """True if a file can be created in the folder; the folder is created if missing."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
