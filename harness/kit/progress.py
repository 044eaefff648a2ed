"""Progress of long steps, sent to a listener; without one, nothing is shown."""

from __future__ import annotations

from collections.abc import Sized
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    Item = TypeVar("Item")


COMPILING = "compile kernels"
"""Label of the bar while kernels are compiled, which later runs load from a cache."""


EXPECTED_SECONDS = "all runs, in expected seconds"
"""Label of the bar of a whole command, whose units are expected seconds of work."""


class Bar(Protocol):
    """Progress of one step."""

    def advance(self, amount: int = 1, detail: str = "") -> None:
        """Report `amount` more units of work; `detail` replaces the text after the bar."""


class Silence:
    """Bar without a listener."""

    def advance(self, amount: int = 1, detail: str = "") -> None:
        """Do nothing."""


_listener: ContextVar[Callable[[str, int | None], AbstractContextManager[Bar]] | None] = ContextVar(
    "listener", default=None
)


@contextmanager
def listening(listener: Callable[[str, int | None], AbstractContextManager[Bar]]) -> Iterator[None]:
    """Send the progress of the `with` block to `listener(what, total)`."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def is_heard() -> bool:
    """Whether progress has a listener."""
    return _listener.get() is not None


def step(what: str, total: int | None = None) -> AbstractContextManager[Bar]:
    """Open a bar for one step; `total` is None if the amount of work is unknown."""
    listener = _listener.get()
    return nullcontext(Silence()) if listener is None else listener(what, total)


def track(items: Iterable[Item], what: str, total: int | None = None) -> Iterator[Item]:
    """Iterate over items with a bar that advances per item."""
    total = len(items) if total is None and isinstance(items, Sized) else total
    with step(what, total) as bar:
        for item in items:
            yield item
            bar.advance()
