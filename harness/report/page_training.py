"""Learning curves of runs with a network, as Vega-Lite specifications and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.plot.leaderboard_charts import chart_of, colour, finished
from harness.report.page_charts import specification

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.report.leaderboard import Leaderboard

ANY_METRIC = ""
"""Key of a chart that is the same for every metric."""

_PARTS = {"training": "", "held-out": "held_out_"}
"""Name of a part of the training playlists -> prefix of its fields in an epoch."""

_HEIGHT = 260


def training_charts(leaderboard: Leaderboard, trainings: Mapping[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """Charts of loss and accuracy per epoch: view -> `ANY_METRIC` -> specification; empty without learning curves.

    Args:
        leaderboard: its runs have the colours of the other charts.
        trainings: run -> `training` of its record, as plain JSON.
    """
    views = {"loss": _curves(leaderboard, trainings, "loss"), "accuracy": _curves(leaderboard, trainings, "accuracy")}
    return {view: {ANY_METRIC: spec} for view, spec in views.items() if spec}


def training_table(training: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Rows of a table: epoch, loss, held-out loss, accuracy, held-out accuracy; the best epoch has a star."""
    names = ("loss", "held_out_loss", "accuracy", "held_out_accuracy")
    return [
        (f"{number}{' *' if number == training['best_epoch'] else ''}", *(_shown(epoch.get(name)) for name in names))
        for number, epoch in enumerate(training["epochs"], 1)
    ]


def _shown(number: float | None) -> str:
    return "-" if number is None else f"{number:.4f}"


def _curves(leaderboard: Leaderboard, trainings: Mapping[str, Any], name: str) -> dict[str, Any]:
    import altair as alt

    values = [
        {
            "run": run,
            "playlists": part,
            "epoch": number,
            "value": epoch[prefix + name],
            "best": number == training["best_epoch"],
        }
        for run, training in trainings.items()
        for number, epoch in enumerate(training["epochs"], 1)
        for part, prefix in _PARTS.items()
        if epoch.get(prefix + name) is not None
    ]
    if not values:
        return {}
    dashes = alt.Scale(domain=list(_PARTS), range=[[4, 3], [1, 0]])
    curves = chart_of(values).encode(
        x=alt.X("epoch:Q", title="epoch", axis=alt.Axis(tickMinStep=1, format="d")),
        y=alt.Y("value:Q", title=name, scale=alt.Scale(zero=False)),
        color=colour(leaderboard),
    )
    lines = curves.mark_line().encode(strokeDash=alt.StrokeDash("playlists:N", scale=dashes, title="playlists"))
    tooltip = ["run:N", "playlists:N", "epoch:Q", alt.Tooltip("value:Q", title=name, format=".4f"), "best:N"]
    points = curves.mark_point(filled=True, opacity=1).encode(
        size=alt.condition("datum.best", alt.value(90), alt.value(16)), tooltip=tooltip
    )
    text = f"{name} per epoch of each run's network, of training playlists (dashed) and held-out ones"
    return specification(finished(lines + points, _HEIGHT, text))
