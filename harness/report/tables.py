"""The one look of tables on a terminal."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.table import Table


def plain_table(**more: Any) -> Table:
    """A table with a line below its heads and none around it."""
    return Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, **more)
