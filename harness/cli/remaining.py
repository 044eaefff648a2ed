"""Remaining time of a progress bar, counted down between its updates."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from rich.progress import ProgressColumn
from rich.text import Text

from harness.kit.progress import EXPECTED_SECONDS

if TYPE_CHECKING:
    from rich.progress import Task


def remaining_seconds(task: Task) -> float | None:
    """Expected seconds until a bar is complete; None if unknown, or if the current step takes longer than expected.

    The rate is that of the finished work; before any is finished, a bar of expected seconds takes these as they are.
    """
    if task.total is None or task.elapsed is None:
        return None
    if task.completed:
        at: float = task.fields["advanced_at"]  # elapsed seconds when it last advanced
        seconds = (task.total - task.completed) * at / task.completed - (task.elapsed - at)
    elif task.description == EXPECTED_SECONDS:
        seconds = task.total - task.elapsed
    else:
        return None
    return seconds if seconds >= 0 else None


class Remaining(ProgressColumn):
    """Column with the remaining time."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        """Hours, minutes and seconds, or dashes."""
        seconds = remaining_seconds(task)
        return Text("-:--:--" if seconds is None else str(timedelta(seconds=round(seconds))), "progress.remaining")
