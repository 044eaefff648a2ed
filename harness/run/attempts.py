"""Attempt: the description of a run that is not finished, with its error if it failed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from harness.atomic import new_file
from harness.errors import HarnessError
from harness.identities import ChallengeId, CorpusId

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ATTEMPT = "attempt.json"


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A run that was started; see `RunRecord` for the fields.

    Attributes:
        error: message of the error that ended it; empty while it runs, or if it was interrupted.
    """

    run: str
    recommender: str
    plugin: str
    params: dict[str, Any]
    started: str
    command: str
    corpus: CorpusId
    challenge: ChallengeId
    error: str = ""


@contextmanager
def noted(attempt: Attempt, workplace: Path) -> Iterator[None]:
    """Keep the attempt in the workplace while the `with` block makes the run, and its error if it fails."""
    _write(attempt, workplace)
    try:
        yield
    except HarnessError as error:
        _write(msgspec.structs.replace(attempt, error=str(error)), workplace)
        raise


def read_attempt(workplace: Path) -> Attempt | None:
    """The attempt that a workplace describes; None if it has none that can be read."""
    try:
        return msgspec.json.decode((workplace / ATTEMPT).read_bytes(), type=Attempt)
    except (OSError, msgspec.DecodeError, ValueError, RecursionError):
        return None


def _write(attempt: Attempt, workplace: Path) -> None:
    with new_file(workplace / ATTEMPT) as partial:
        partial.write_bytes(msgspec.json.encode(attempt))
