"""Leaderboards as one self-contained HTML page: tables, charts, records of runs, sample playlists."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.extras import require_extra
from harness.printable import printable
from harness.report.cells import LEFT, MIB, Layout, body_cells, caption, category_label, header_cells, same_definition
from harness.report.page_charts import charts
from harness.report.page_parts import PageContents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.metrics.metric import MetricTraits
    from harness.metrics.values import MetricValues
    from harness.report.leaderboard import Leaderboard, Row
    from harness.report.page_parts import SamplePlaylist

_TEMPLATES = Path(__file__).parent / "templates"

_LISTED = 600
"""Ranks shown per playlist, over all runs together."""

_LEAST, _MOST = 10, 100
"""Bounds of the ranks shown per list, not counting hits at lower ranks."""

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
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    contents = contents or [PageContents() for _ in leaderboards]
    n_runs = sum(len(leaderboard.rows) for leaderboard in leaderboards)
    depth = int(np.clip(_LISTED // max(n_runs, 1), _LEAST, _MOST))
    views = [
        _printable(_leaderboard(leaderboard, more, depth, best=best))
        for leaderboard, more in zip(leaderboards, contents, strict=True)
    ]
    has_charts = any(view["charts"] for view in views)
    texts = {name: (_TEMPLATES / f"page.{name}").read_text(encoding="utf-8") for name in ("css", "js")}
    scripts = [*([_charts_code()] if has_charts else []), texts["js"]]
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    environment.tests["several"] = lambda value: isinstance(value, list | tuple)
    environment.filters["bars"] = _bars
    return environment.get_template("page.html.jinja").render(
        leaderboards=views,
        policy=_policy(scripts, texts["css"]),
        style=Markup(texts["css"]),  # noqa: S704 - files of this package, without user input
        scripts=[Markup(script) for script in scripts],  # noqa: S704 - likewise
    )


def _leaderboard(leaderboard: Leaderboard, contents: PageContents, depth: int, *, best: bool) -> dict[str, Any]:
    """Plain values of one leaderboard for the template and the script."""
    title, notes = caption(leaderboard)
    header = header_cells(leaderboard)
    lines = body_cells(leaderboard, Layout(by_category=True, best=best, names=False))
    values = [_sort_values(leaderboard, row, len(header)) for row in leaderboard.rows]
    run_column = header.index("run")
    explorer = _explorer(leaderboard, contents, depth) if contents.playlists else None
    return {
        "title": title,
        "notes": notes,
        "columns": [
            {
                "name": name,
                "left": name in LEFT,
                "why": _EXPLAINED.get(name, ""),
                "falling": name in _falling(leaderboard),
            }
            for name in header
        ],
        "rows": [
            list(zip(lines_of_row[0], keys, strict=True)) for lines_of_row, keys in zip(lines, values, strict=True)
        ],
        "run_column": run_column,
        "metrics": {name: traits.title for name, traits in leaderboard.metrics.items()},
        "by_category": [
            (row.entry.run, line[run_column].strip(), line[-3 - len(leaderboard.definitions) : -3])
            for row, lines_of_row in zip(leaderboard.rows, lines, strict=True)
            for line in lines_of_row[1:]
        ],
        "quartiles": _quartiles(leaderboard),
        "charts": charts(leaderboard),
        "runs": [_run(row, contents.records.get(row.entry.run)) for row in leaderboard.rows],
        "explorer": explorer,
    }


def _printable(value: Any) -> Any:
    """The value with all texts in it made printable."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {_printable(key): _printable(item) for key, item in value.items()}
    return type(value)(map(_printable, value)) if isinstance(value, list | tuple) else value


def _falling(leaderboard: Leaderboard) -> set[str]:
    """Titles of the columns that the first click sorts in descending order."""
    return {traits.title for traits in leaderboard.metrics.values() if traits.higher_is_better}


def _sort_values(leaderboard: Leaderboard, row: Row, n_columns: int) -> list[float | str | None]:
    """Sort key of each cell of a row; None, always last, if the value is unknown."""
    entry, values, uncertainty = row.entry, row.entry.metric_values, row.uncertainty
    means = [
        values.overall(name) if values and same_definition(values, traits) else None
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
            [traits.shown(quantile) for quantile in np.percentile(values, (5, 25, 50, 75, 95))],
        )
        for row in leaderboard.rows
        if row.entry.metric_values
        for traits, values in _by_traits(row.entry.metric_values)
        if traits.aggregate == "mean"
    ]


def _run(row: Row, record: dict[str, Any] | None) -> dict[str, Any]:
    uncertainty = row.uncertainty
    view: dict[str, Any] = {"name": row.entry.run, "recommender": row.entry.recommender, "params": row.entry.params}
    view["first"] = None if uncertainty is None else f"{uncertainty.first:.0%}"
    view["stages"], view["more"] = [], {}
    if record:
        view["stages"] = [
            (stage, cost["wall_seconds"], cost["cpu_seconds"], cost["peak_memory_bytes"] / MIB)
            for stage, cost in record["stages"].items()
        ]
        view["more"] = {
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
    return view


def _explorer(leaderboard: Leaderboard, contents: PageContents, depth: int) -> dict[str, Any]:
    """Sample playlists with a table of their tracks; lists are indices into the table."""
    runs = [row for row in leaderboard.rows if row.entry.run in contents.playlists[0].lists]
    index_of: dict[str, int] = {}

    def indices(uris: Sequence[str]) -> list[int]:
        return [index_of.setdefault(uri, len(index_of)) for uri in uris]

    playlists = []
    for sample in contents.playlists:
        withheld = set(sample.withheld or ())
        lists = []
        for row in runs:
            uris = sample.lists[row.entry.run]
            later = [(rank, uri) for rank, uri in enumerate(uris[depth:], depth + 1) if uri in withheld]
            rest = list(zip((rank for rank, _ in later), indices([uri for _, uri in later]), strict=True))
            lists.append({"top": indices(uris[:depth]), "later": rest, "values": _values_of(row, sample)})
        playlists.append(
            {
                "pid": sample.pid,
                "title": sample.title,
                "category": category_label(sample.category),
                "seeds": indices(sample.seeds),
                "withheld": None if sample.withheld is None else indices(sample.withheld),
                "lists": lists,
            }
        )
    tracks = [contents.tracks[uri] for uri in index_of]
    return {"runs": [row.entry.run for row in runs], "depth": depth, "tracks": tracks, "playlists": playlists}


def _values_of(row: Row, playlist: SamplePlaylist) -> list[str]:
    measured = row.entry.metric_values
    if measured is None:
        return []
    (position,) = np.flatnonzero(measured.pids == playlist.pid)
    return [
        f"{traits.title} {traits.shown(float(values[position]))}"
        for traits, values in _by_traits(measured)
        if traits.aggregate == "mean"
    ]


def _by_traits(measured: MetricValues) -> list[tuple[MetricTraits, NDArray[np.float64]]]:
    return [(measured.traits[name], values) for name, values in measured.values.items()]


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


def _policy(scripts: Sequence[str], style: str) -> str:
    """Content security policy that allows only these scripts and this style, and no network access."""
    hashes = [f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in (*scripts, style)]
    return (
        f"default-src 'none'; script-src {' '.join(hashes[:-1])}; style-src {hashes[-1]}; "
        "base-uri 'none'; form-action 'none'"
    )
