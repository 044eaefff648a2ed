"""Boards as one HTML page that needs nothing but itself: tables, charts, runs, and playlists to look into."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.extras import require_extra
from harness.printable import printable
from harness.report.cells import LEFT, MIB, body_cells, caption, category_label, header_cells, same_definition
from harness.report.page_charts import charts
from harness.report.page_parts import Extras

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.metrics.metric import MetricTraits
    from harness.metrics.values import MetricValues
    from harness.report.leaderboard import Board, Row
    from harness.report.page_parts import Looked

_TEMPLATES = Path(__file__).parent / "templates"

_LISTED = 600
"""Places of lists that a page shows of one playlist, all runs together."""

_LEAST, _MOST = 10, 100
"""Places that it shows of one list, hits further down aside."""

_EXPLAINED = {
    "rank": "by the Borda sum, with its 95 % interval",
    "tie": "runs of one letter do not differ significantly from the letter's first run",
    "fit s": "fit, seconds",
    "rec. s": "recommend, seconds",
    "MB": "most memory, MB",
}


def as_html(boards: Sequence[Board], extras: Sequence[Extras] | None = None, *, best: bool = False) -> str:
    """A whole HTML document: works from a file, asks no network for anything, and shows every name as text.

    Args:
        boards: what is shown.
        extras: one a board: records of the runs and playlists to look into; neither is shown if None.
        best: star the means that are significantly better than every other run's.
    """
    require_extra("page")
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    extras = extras or [Extras() for _ in boards]
    n_runs = sum(len(board.rows) for board in boards)
    depth = int(np.clip(_LISTED // max(n_runs, 1), _LEAST, _MOST))
    told = [_printable(_board(board, more, depth, best=best)) for board, more in zip(boards, extras, strict=True)]
    drawn = any(each["charts"] for each in told)
    texts = {name: (_TEMPLATES / f"page.{name}").read_text(encoding="utf-8") for name in ("css", "js")}
    scripts = [*([_charts_code()] if drawn else []), texts["js"]]
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
        boards=told,
        policy=_policy(scripts, texts["css"]),
        style=Markup(texts["css"]),  # noqa: S704 - our own files, nothing of a user's is in them
        scripts=[Markup(each) for each in scripts],  # noqa: S704 - likewise
    )


def _board(board: Board, extras: Extras, depth: int, *, best: bool) -> dict[str, Any]:
    """All that the template and the script need of one board, as plain values."""
    title, notes = caption(board)
    header = header_cells(board)
    lines = body_cells(board, by_category=True, best=best)
    values = [_sort_values(board, row, len(header)) for row in board.rows]
    run_column = header.index("run")
    looked = _explorer(board, extras, depth) if extras.playlists else None
    return {
        "title": title,
        "notes": notes,
        "columns": [
            {"name": name, "left": name in LEFT, "why": _EXPLAINED.get(name, ""), "falling": name in _falling(board)}
            for name in header
        ],
        "rows": [list(zip(own[0], keys, strict=True)) for own, keys in zip(lines, values, strict=True)],
        "run_column": run_column,
        "metrics": {name: traits.title for name, traits in board.metrics.items()},
        "by_category": [
            (row.entry.run, line[run_column].strip(), line[-3 - len(board.definitions) : -3])
            for row, own in zip(board.rows, lines, strict=True)
            for line in own[1:]
        ],
        "quartiles": _quartiles(board),
        "charts": charts(board),
        "runs": [_run(row, extras.records.get(row.entry.run)) for row in board.rows],
        "explorer": looked,
    }


def _printable(value: Any) -> Any:
    """The value, all texts within it printable."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {_printable(key): _printable(each) for key, each in value.items()}
    return type(value)(map(_printable, value)) if isinstance(value, list | tuple) else value


def _falling(board: Board) -> set[str]:
    """Columns whose best value is the highest: a first click sorts them from there."""
    return {traits.title for traits in board.metrics.values() if traits.higher_is_better}


def _sort_values(board: Board, row: Row, n_columns: int) -> list[float | str | None]:
    """What each cell of a row is sorted by; None, which is always last, where nothing is known."""
    entry, values, standing = row.entry, row.entry.metric_values, row.standing
    means = [
        values.overall(name) if values and same_definition(values, traits) else None
        for name, traits in board.metrics.items()
    ]
    end: list[float | str | None] = [*means, entry.fit_seconds, entry.recommend_seconds, entry.peak_memory_bytes]
    front: list[float | str | None] = [row.rank, standing.group if standing else None, entry.run]
    params = n_columns - len(front) - len(end)
    return [*front, *([repr(sorted(entry.params.items()))] * params), *end]


def _quartiles(board: Board) -> list[tuple[str, str, list[str]]]:
    return [
        (row.entry.run, traits.title, [traits.shown(each) for each in np.percentile(values, (5, 25, 50, 75, 95))])
        for row in board.rows
        if row.entry.metric_values
        for traits, values in _by_traits(row.entry.metric_values)
        if traits.aggregate == "mean"
    ]


def _run(row: Row, record: dict[str, Any] | None) -> dict[str, Any]:
    standing = row.standing
    told: dict[str, Any] = {"name": row.entry.run, "recommender": row.entry.recommender, "params": row.entry.params}
    told["first"] = None if standing is None else f"{standing.first:.0%}"
    told["stages"], told["more"] = [], {}
    if record:
        told["stages"] = [
            (stage, cost["wall_seconds"], cost["cpu_seconds"], cost["peak_memory_bytes"] / MIB)
            for stage, cost in record["stages"].items()
        ]
        told["more"] = {
            "seed": record["seed"],
            "deterministic": "yes" if record["deterministic"] else "no",
            "places filled by the fallback": f"{record['share_filled']:.2%}",
            "leak audit": record["audit"] or "none was made",
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
    return told


def _explorer(board: Board, extras: Extras, depth: int) -> dict[str, Any]:
    """The sampled playlists, every track once; lists are places in that table."""
    runs = [row for row in board.rows if row.entry.run in extras.playlists[0].lists]
    places: dict[str, int] = {}

    def place(uris: Sequence[str]) -> list[int]:
        return [places.setdefault(uri, len(places)) for uri in uris]

    playlists = []
    for each in extras.playlists:
        hidden = set(each.withheld or ())
        lists = []
        for row in runs:
            uris = each.lists[row.entry.run]
            later = [(rank, uri) for rank, uri in enumerate(uris[depth:], depth + 1) if uri in hidden]
            rest = list(zip((rank for rank, _ in later), place([uri for _, uri in later]), strict=True))
            lists.append({"top": place(uris[:depth]), "later": rest, "values": _values_of(row, each)})
        playlists.append(
            {
                "pid": each.pid,
                "title": each.title,
                "category": category_label(each.category),
                "seeds": place(each.seeds),
                "withheld": None if each.withheld is None else place(each.withheld),
                "lists": lists,
            }
        )
    tracks = [extras.tracks[uri] for uri in places]
    return {"runs": [row.entry.run for row in runs], "depth": depth, "tracks": tracks, "playlists": playlists}


def _values_of(row: Row, playlist: Looked) -> list[str]:
    measured = row.entry.metric_values
    if measured is None:
        return []
    (at,) = np.flatnonzero(measured.pids == playlist.pid)
    return [
        f"{traits.title} {traits.shown(float(values[at]))}"
        for traits, values in _by_traits(measured)
        if traits.aggregate == "mean"
    ]


def _by_traits(measured: MetricValues) -> list[tuple[MetricTraits, NDArray[np.float64]]]:
    return [(measured.traits[name], values) for name, values in measured.values.items()]


def _bars(values: dict[str, Any]) -> list[tuple[str, float]]:
    """The numbers of a mapping, largest first, if it holds nothing but numbers from 0 on: they are shown as bars."""
    numbers = values.values()
    if not values or any(isinstance(each, bool) or not isinstance(each, int | float) or each < 0 for each in numbers):
        return []
    return sorted(values.items(), key=lambda item: -item[1])


@cache
def _charts_code() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script that cannot end its element; putting it together takes seconds."""
    from vl_convert import javascript_bundle

    code = javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return code.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _policy(scripts: Sequence[str], style: str) -> str:
    """A content security policy under which nothing but these texts runs, and nothing is fetched or sent."""
    hashes = [f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in (*scripts, style)]
    return (
        f"default-src 'none'; script-src {' '.join(hashes[:-1])}; style-src {hashes[-1]}; "
        "base-uri 'none'; form-action 'none'"
    )
