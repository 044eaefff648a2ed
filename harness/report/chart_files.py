"""Charts written as PNG and SVG files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from harness.atomic import new_file

if TYPE_CHECKING:
    from pathlib import Path


def write_chart(chart: Any, path: Path, scale: float) -> list[Path]:
    """Write an Altair chart as two files.

    Args:
        chart: the chart.
        path: output path without suffix.
        scale: pixels of the PNG per unit of the chart.

    Returns:
        Paths of the `.png` and the `.svg` file.
    """
    import vl_convert

    specification = json.dumps(chart.to_dict())
    svg, png = path.with_name(f"{path.name}.svg"), path.with_name(f"{path.name}.png")
    for file, content in (
        (png, vl_convert.vegalite_to_png(specification, scale=scale)),
        (svg, vl_convert.vegalite_to_svg(specification).encode()),
    ):
        with new_file(file) as partial:
            partial.write_bytes(content)
    return [png, svg]
