"""Search strategies by name; light to import."""

from __future__ import annotations

from enum import StrEnum


class Search(StrEnum):
    """Search strategies: every combination; random settings; settings near the best (TPE)."""

    grid = "grid"
    random = "random"
    tpe = "tpe"
