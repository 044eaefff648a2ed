"""How far a long step has come, told to whoever listens; silent when nobody does."""

from __future__ import annotations

from collections.abc import Sized
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    Item = TypeVar("Item")


class Bar(Protocol):
    """One step under way."""

    def advance(self, amount: int = 1, detail: str = "") -> None:
        """Say that `amount` more is done; `detail` replaces the words behind the bar."""


class Silence:
    """The bar nobody sees."""

    def advance(self, amount: int = 1, detail: str = "") -> None:
        """Do nothing."""


_listener: ContextVar[Callable[[str, int | None], AbstractContextManager[Bar]] | None] = ContextVar(
    "listener", default=None
)


@contextmanager
def listening(listener: Callable[[str, int | None], AbstractContextManager[Bar]]) -> Iterator[None]:
    """Send all progress made inside the `with` block to `listener(what, total)`."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def is_heard() -> bool:
    """Whether anyone listens to progress."""
    return _listener.get() is not None


def step(what: str, total: int | None = None) -> AbstractContextManager[Bar]:
    """A bar for one step; `total` is None where the end cannot be known."""
    listener = _listener.get()
    return nullcontext(Silence()) if listener is None else listener(what, total)


def track(items: Iterable[Item], what: str, total: int | None = None) -> Iterator[Item]:
    """The items, one after the other, with a bar that moves as they are taken."""
    total = len(items) if total is None and isinstance(items, Sized) else total
    with step(what, total) as bar:
        for item in items:
            yield item
            bar.advance()
