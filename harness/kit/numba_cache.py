"""Compiled kernels: the decorators, and one cache folder named by the hash of all kernel sources.

Numba's own cache notices only changes of the file in which a kernel stands. Here a change of any kernel source names
another folder, so kernels may call each other across files. The folder is the user's, so a read-only installation
works too.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import numba

from harness.atomic import check_writable
from harness.errors import ParameterError
from harness.fingerprint import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Function = TypeVar("Function", bound=Callable[..., object])

VARIABLE = "NUMBA_CACHE_DIR"
"""The environment variable that names another place for compiled code."""

_PACKAGES = ("harness", "recommenders")
_MARK = b"compiled"
_UNUSED_SECONDS = 30 * 24 * 3600.0


def kernel_sources() -> list[Path]:
    """The source files of this distribution that define compiled kernels, or types that they take, sorted."""
    root = Path(__file__).parents[2]
    files = (path for package in _PACKAGES for path in (root / package).rglob("*.py"))
    kit = Path(__file__).parent  # tuples that kernels take stand there too
    return sorted(path for path in files if path.parent == kit or _MARK in path.read_bytes())


def cache_folder() -> Path:
    """A writable folder for what is compiled from today's sources; older ones, long unused, are deleted.

    Raises:
        ParameterError: there is none.
    """
    digest = Fingerprint().texts(path.read_text(encoding="utf-8") for path in kernel_sources())
    for base in _places():
        folder = base / f"kernels-{str(digest)[:16]}"
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            check_writable(folder)
            os.utime(folder)
            _delete_unused(base, folder)
            return folder
    raise ParameterError(f"no writable folder for compiled code: set ${VARIABLE} to a writable folder")


def _places() -> Iterator[Path]:
    if named := os.environ.get(VARIABLE):
        yield Path(named)
    from platformdirs import user_cache_path

    yield user_cache_path("playlist-harness", appauthor=False)
    user = os.getuid() if hasattr(os, "getuid") else "user"
    with suppress(OSError):  # no temporary folder either
        yield Path(tempfile.gettempdir(), f"playlist-harness-{user}")


def _delete_unused(base: Path, current: Path) -> None:
    oldest = time.time() - _UNUSED_SECONDS
    for folder in base.glob("kernels-*"):
        if folder != current and folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)


numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]

compiled = cast("Callable[[Function], Function]", numba.njit(nogil=True, cache=True))
"""Compile a kernel when first called; it runs without the interpreter's lock."""

compiled_in_any_order = cast("Callable[[Function], Function]", numba.njit(nogil=True, cache=True, fastmath={"reassoc"}))
"""The same for sums that may be added in any order: faster, and different in the last bit from one CPU to another."""

compiled_fused = cast(
    "Callable[[Function], Function]", numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
)
"""The same, and a product and its sum may be one instruction: the fastest for dense linear algebra."""
