"""Leaderboards as one self-contained HTML page: tables, charts, records of runs, sample playlists."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.extras import require_extra
from harness.printable import printable
from harness.report.cells import LEFT, MIB, Layout, body_cells, caption, header_cells, same_definition
from harness.report.documents import content_policy, environment, template_text
from harness.report.page_charts import charts
from harness.report.page_explanations import date_text, direction, machine_text, meaning, measured_notes
from harness.report.page_explorer import by_traits, explorer
from harness.report.page_parts import PageContents
from harness.report.page_training import training_charts, training_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.metrics.metric import MetricTraits
    from harness.report.leaderboard import Leaderboard, Row
    from harness.report.page_charts import Charts

_LISTED = 600
"""Ranks shown per playlist, over all runs together."""

_LEAST, _MOST = 10, 100
"""Bounds of the ranks shown per list, not counting hits at lower ranks."""

_COSTS = ("fit s", "rec. s", "MB")

_EXPLAINED = {
    "rank": "rank by the Borda sum, with its 95 % interval",
    "tie": "runs that share a letter do not differ significantly from the best run with that letter",
    "fit s": "seconds of fit",
    "rec. s": "seconds of recommend",
    "MB": "peak memory, MB",
}


def as_html(
    leaderboards: Sequence[Leaderboard], contents: Sequence[PageContents] | None = None, *, best: bool = False
) -> str:
    """Self-contained HTML document that needs no network and shows every name as text.

    Args:
        leaderboards: in display order.
        contents: records of the runs and sample playlists, one per leaderboard; neither is shown if None.
        best: star the means that are significantly better than every other run's.
    """
    require_extra("page")
    from markupsafe import Markup

    contents = contents or [PageContents() for _ in leaderboards]
    n_runs = sum(len(leaderboard.rows) for leaderboard in leaderboards)
    depth = int(np.clip(_LISTED // max(n_runs, 1), _LEAST, _MOST))
    views = [
        _printable(_leaderboard(leaderboard, more, depth, best=best))
        for leaderboard, more in zip(leaderboards, contents, strict=True)
    ]
    has_charts = any(view["charts"] for view in views)
    style, script = template_text("page.css"), template_text("page.js")
    scripts = [*([_charts_code()] if has_charts else []), script]
    templates = environment()
    templates.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    templates.tests["several"] = lambda value: isinstance(value, list | tuple)
    templates.filters["bars"] = _bars
    return templates.get_template("page.html.jinja").render(
        leaderboards=views,
        policy=content_policy(scripts, style),
        style=Markup(style),  # noqa: S704 - files of this package, without user input
        scripts=[Markup(script) for script in scripts],  # noqa: S704 - likewise
    )


def _leaderboard(leaderboard: Leaderboard, contents: PageContents, depth: int, *, best: bool) -> dict[str, Any]:
    """Plain values of one leaderboard for the template and the script."""
    title, notes = caption(leaderboard)
    header = header_cells(leaderboard)
    lines = body_cells(leaderboard, Layout(by_category=True, best=best, names=False))
    values = [_sort_values(leaderboard, row, len(header)) for row in leaderboard.rows]
    run_column = header.index("run")
    first_metric = len(header) - len(_COSTS) - len(leaderboard.metrics)
    return {
        "title": title,
        "notes": [*notes, *measured_notes(contents.records.values())],
        "columns": [_column(name) for name in header[:first_metric]]
        + [_metric_column(traits) for traits in leaderboard.metrics.values()]
        + [_column(name) for name in _COSTS],
        "first_metric": first_metric,
        "rows": [
            list(zip(lines_of_row[0], keys, strict=True)) for lines_of_row, keys in zip(lines, values, strict=True)
        ],
        "run_column": run_column,
        "metrics": {name: traits.title for name, traits in leaderboard.metrics.items()},
        "meanings": [
            (traits.title, name, traits.full_definition, direction(traits), meaning(traits))
            for name, traits in leaderboard.metrics.items()
        ],
        "by_category": [
            (row.entry.run, line[run_column].strip(), line[-3 - len(leaderboard.definitions) : -3])
            for row, lines_of_row in zip(leaderboard.rows, lines, strict=True)
            for line in lines_of_row[1:]
        ],
        "quartiles": _quartiles(leaderboard),
        "charts": _charts(leaderboard, contents),
        "runs": [_run(row, contents.records.get(row.entry.run)) for row in leaderboard.rows],
        "explorer": explorer(leaderboard, contents, depth) if contents.playlists else None,
    }


def _charts(leaderboard: Leaderboard, contents: PageContents) -> dict[str, Charts]:
    """Charts by view; those of trainings are only beside others, as they share their controls."""
    trainings = {run: record["training"] for run, record in contents.records.items() if record.get("training")}
    of_metrics = charts(leaderboard)
    return of_metrics | training_charts(leaderboard, trainings) if of_metrics else {}


def _printable(value: Any) -> Any:
    """The value with all texts in it made printable."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {_printable(key): _printable(item) for key, item in value.items()}
    return type(value)(map(_printable, value)) if isinstance(value, list | tuple) else value


def _column(name: str) -> dict[str, Any]:
    return {"name": name, "left": name in LEFT, "why": _EXPLAINED.get(name, ""), "falling": False, "direction": ""}


def _metric_column(traits: MetricTraits) -> dict[str, Any]:
    """The heading of a metric; the first click on it sorts the best run first."""
    known = _column(traits.title) | {"left": False, "why": meaning(traits), "direction": direction(traits)}
    return known | {"falling": traits.higher_is_better}


def _sort_values(leaderboard: Leaderboard, row: Row, n_columns: int) -> list[float | str | None]:
    """Sort key of each cell of a row; None, always last, if the value is unknown."""
    entry, values, uncertainty = row.entry, row.entry.metric_values, row.uncertainty
    means = [
        values.overall(name) if values and same_definition(values, traits) and values.measured(name).any() else None
        for name, traits in leaderboard.metrics.items()
    ]
    end: list[float | str | None] = [*means, entry.fit_seconds, entry.recommend_seconds, entry.peak_memory_bytes]
    front: list[float | str | None] = [row.rank, uncertainty.group if uncertainty else None, entry.run]
    params = n_columns - len(front) - len(end)
    return [*front, *([repr(sorted(entry.params.items()))] * params), *end]


def _quartiles(leaderboard: Leaderboard) -> list[tuple[str, str, list[str]]]:
    return [
        (
            row.entry.run,
            traits.title,
            [traits.shown(quantile) for quantile in np.percentile(values[~np.isnan(values)], (5, 25, 50, 75, 95))],
        )
        for row in leaderboard.rows
        if row.entry.metric_values
        for traits, values in by_traits(row.entry.metric_values)
        if traits.is_mean and not np.isnan(values).all()
    ]


def _run(row: Row, record: dict[str, Any] | None) -> dict[str, Any]:
    uncertainty = row.uncertainty
    view: dict[str, Any] = {"name": row.entry.run, "recommender": row.entry.recommender, "params": row.entry.params}
    view["first"] = None if uncertainty is None or math.isnan(uncertainty.first) else f"{uncertainty.first:.0%}"
    view["stages"], view["more"], view["epochs"] = [], {}, []
    if record:
        view["stages"] = [
            (stage, cost["wall_seconds"], cost["cpu_seconds"], cost["peak_memory_bytes"] / MIB)
            for stage, cost in record["stages"].items()
        ]
        training = record.get("training")
        view["epochs"] = training_table(training) if training else []
        view["more"] = {
            "date": date_text(record["started"]),
            "machine": machine_text(record["machine"]),
            "seed": record["seed"],
            "deterministic": "yes" if record["deterministic"] else "no",
            "share filled by the fallback": f"{record['share_filled']:.2%}",
            "leak audit": record["audit"] or "not performed",
            "corpus": record["corpus"],
            "challenge": record["challenge"],
            "playlists": record["n_playlists"],
            "unknown seed entries": record["n_unknown_seeds"],
            "submission": record["submission"],
            "definitions": record["definitions"],
            "key": record["key"],
            "source": record["source_hash"],
            "versions": record["versions"],
        } | ({"learnt": record["learnt"]} if record["learnt"] else {})
        if training:
            view["more"]["network"] = {name: " x ".join(map(str, shape)) for name, shape in training["layers"].items()}
            view["more"]["parameters"] = f"{sum(math.prod(shape) for shape in training['layers'].values()):,}"
    return view


def _bars(values: dict[str, Any]) -> list[tuple[str, float]]:
    """Items of a mapping to show as bars, largest first; empty unless all values are non-negative numbers."""
    numbers = values.values()
    if not values or any(
        isinstance(number, bool) or not isinstance(number, int | float) or number < 0 for number in numbers
    ):
        return []
    return sorted(values.items(), key=lambda item: -item[1])


@cache
def _charts_code() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script that cannot close its element; bundling takes seconds."""
    from vl_convert import javascript_bundle

    code = javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return code.replace("</script", "<\\/script").replace("<!--", "<\\!--")
