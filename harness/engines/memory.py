"""Limit of a unit's memory."""

from __future__ import annotations

import os
import resource
import sys
import threading
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from harness.system_errors import no_thread

if TYPE_CHECKING:
    from collections.abc import Iterator

EXIT_CODE = 79
"""Exit code of a process that ran out of memory where nobody waits for the error."""


@contextmanager
def limited(memory_bytes: int) -> Iterator[None]:
    """Limit the private memory of this process inside the `with` block, on Linux; see `exit_on_lost_errors`.

    Args:
        memory_bytes: of the whole process; 0 for no limit.

    Raises:
        MemoryError: a thread could not start, which below a limit means the same.
    """
    if not memory_bytes:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limits = [limit for limit in (memory_bytes, hard) if limit != resource.RLIM_INFINITY]
    hooks = sys.unraisablehook, threading.excepthook
    # Methods of C: at the limit there may be no room for the frame of a Python function.
    sys.unraisablehook = threading.excepthook = _lost_errors.put
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits), hard))
    try:
        yield
    except BaseException as error:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))  # room to look at the error
        if no_thread(error):
            raise MemoryError(str(error)) from error
        raise
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
        sys.unraisablehook, threading.excepthook = hooks


def load_blas() -> None:
    """Load both copies of OpenBLAS: if its buffers do not fit when it is loaded, it tries without end."""
    import numpy  # noqa: F401, ICN001
    import scipy.linalg.blas  # noqa: F401


def exit_on_lost_errors() -> None:
    """Begin to end this process where memory runs out in a thread that cannot pass the error on.

    The thread that waits for it, for example in `Thread.start`, would wait for ever.
    """
    threading.Thread(target=_read_lost_errors, daemon=True).start()


_lost_errors: SimpleQueue[Any] = SimpleQueue()


def _read_lost_errors() -> None:
    while True:
        lost = _lost_errors.get()
        if lost.exc_type is not None and issubclass(lost.exc_type, MemoryError):
            os._exit(EXIT_CODE)
        if hasattr(lost, "thread"):
            threading.__excepthook__(lost)
        else:
            sys.__unraisablehook__(lost)
        del lost  # the exception keeps its frames, and their arrays, alive
