"""The hand-written part of a report: a benchmark that rewrites the report preserves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def handwritten(report: Path, heading: str) -> str:
    """The text of a report from a heading onwards; the heading alone if the report or the heading is missing."""
    if not report.exists():
        return f"{heading}\n"
    _, found, rest = report.read_text(encoding="utf-8").partition(heading)
    return found + rest or f"{heading}\n"
