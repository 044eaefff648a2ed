"""Box plots of scores by up to three hyper-parameters, as PNG and SVG."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.atomic import new_file
from harness.errors import ParameterError
from harness.printable import printable

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from harness.score.scoring import Scores

MOST_PARAMETERS = 3
FORMATS = ("png", "svg")

_WIDTH, _HEIGHT = 0.9, 1.9
"""Inches of a value along a panel, and of a panel."""

_DPI = 150
_WHISKERS = (5, 95)
_BOXES = 0.8
"""Share of the distance between two values on the horizontal axis that boxes take."""
_COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb")


def check_drawable(values: dict[str, list[str]]) -> None:
    """Refuse more hyper-parameters than a page has directions; raises ParameterError."""
    if not 1 <= len(values) <= MOST_PARAMETERS:
        raise ParameterError(f"{len(values)} hyper-parameters: box plots show one to {MOST_PARAMETERS}")


def draw_boxes(
    values: dict[str, list[str]], scores: dict[tuple[str, ...], Scores], metrics: list[str], path: Path
) -> list[Path]:
    """Draw one row of panels a metric: along the first hyper-parameter, in colours of the second, columns of the third.

    A box spans the middle half of the playlists, its line is their median, the diamond their mean; whiskers reach
    from the 5th to the 95th percentile.

    Args:
        values: one to three hyper-parameters and their values.
        scores: a value of each, in that order -> scores.
        metrics: names that all scores have.
        path: where to write, without a suffix.

    Returns:
        The files, one a format.
    """
    check_drawable(values)
    # Figure on its own, without pyplot: no window system is asked for and no state is left behind.
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    names = [*values, None, None][:MOST_PARAMETERS]
    along, shades, columns = ([None] if name is None else values[name] for name in names)
    with rc_context({"svg.hashsalt": "harness", "font.size": 8, "axes.spines.top": False, "axes.spines.right": False}):
        size = (1.4 + _WIDTH * max(len(along), 2) * len(columns), 0.8 + _HEIGHT * len(metrics))
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(len(metrics), len(columns), sharex=True, sharey="row", squeeze=False)
        for (row, column), panel in np.ndenumerate(panels):
            keys = [[_key(one, shade, columns[column]) for one in along] for shade in shades]
            boxes = [[scores[key].values[metrics[row]] for key in of_shade] for of_shade in keys]
            _fill(panel, boxes, [_text(str(one)) for one in along])
            if column == 0:
                panel.set_ylabel(_text(metrics[row]))
            if row == 0 and names[2]:
                panel.set_title(_text(f"{names[2]} = {columns[column]}"))
        figure.supxlabel(_text(next(iter(values))))
        if names[1]:
            patches = [
                Patch(color=colour, label=_text(f"{names[1]} = {shade}"))
                for shade, colour in zip(shades, cycle(_COLOURS), strict=False)
            ]
            figure.legend(handles=patches, loc="outside upper center", ncols=len(patches), frameon=False)
        return [_written(figure, path.with_name(f"{path.name}.{form}"), form) for form in FORMATS]


def _text(text: str) -> str:
    """The text as it is drawn: printable, and no formula, which a dollar sign begins for matplotlib."""
    return printable(text).replace("$", r"\$")


def _key(*values: str | None) -> tuple[str, ...]:
    return tuple(value for value in values if value is not None)


def _fill(panel: Any, boxes: list[list[NDArray[np.float64]]], along: list[str]) -> None:
    """Draw one panel; `boxes` are the values of each colour at each place."""
    width = _BOXES / len(boxes)
    for number, (of_shade, colour) in enumerate(zip(boxes, cycle(_COLOURS), strict=False)):
        places = np.arange(len(along)) - _BOXES / 2 + width * (number + 0.5)
        panel.boxplot(
            of_shade,
            positions=places,
            widths=width * 0.85,
            whis=_WHISKERS,
            showfliers=False,
            showmeans=True,
            manage_ticks=False,
            patch_artist=True,
            boxprops={"facecolor": colour, "alpha": 0.5, "linewidth": 0.6},
            medianprops={"color": "black", "linewidth": 1.0},
            meanprops={"marker": "D", "markersize": 2.5, "markerfacecolor": "white", "markeredgecolor": "black"},
            whiskerprops={"linewidth": 0.6},
            capprops={"linewidth": 0.6},
        )
    panel.set_xticks(np.arange(len(along)), along)


def _written(figure: Any, path: Path, form: str) -> Path:
    with new_file(path) as partial:
        figure.savefig(partial, format=form, dpi=_DPI, metadata={"Date": None} if form == "svg" else None)
    return path
