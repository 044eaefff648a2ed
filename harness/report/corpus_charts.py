"""Charts of the report on a corpus, as SVG by section."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.report.corpus_sections import bin_label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.data.audio_exploration import AudioExploration
    from harness.data.distributions import Histogram
    from harness.data.exploration import Exploration

_WIDTH, _HEIGHT = 280, 150
"""Size of the plot of a bar chart, in pixels: it fits a phone with its axes."""
_EXTENT = 34
"""Width of the labels of a count's axis, in pixels, so that its title never overlaps them."""
_NAMES = 104
"""Width of the row labels of a matrix, in pixels; fonts differ in width."""
_CELL = 34
"""Width of a cell of a matrix, in pixels; it is three fifths as high."""
_SMALL = 10
"""Size of the texts in the cells of a matrix."""
_ZERO_BAR = 0.7
"""Lower end of bars on a logarithmic axis, so that a bar of 1 is visible."""
_STRONG = 0.55
"""Absolute value from which the text on a cell is white."""

_LOGARITHMIC = ("followers", "edits")


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart.

    Attributes:
        caption: its title.
        svg: an SVG element that contains no text of users.
        wide: whether it takes the whole width of a page.
    """

    caption: str
    svg: str
    wide: bool = False


def figures(exploration: Exploration) -> dict[str, list[Figure]]:
    """Charts of each section, by the name of the section; needs the extra `page`."""
    numbers = {name: each.histogram for name, each in exploration.summary.numbers.items()}
    drawn = {
        "followers": [_whole_numbers("followers", numbers["followers"])] if "followers" in numbers else [],
        "playlists": [
            _whole_numbers(name, histogram) if name in _LOGARITHMIC else _bars(name, histogram, "playlists")
            for name, histogram in numbers.items()
            if name != "followers"
        ],
        "dates": [_months(exploration.summary.months)] if exploration.summary.months else [],
    }
    return drawn | (_audio(exploration.audio) if exploration.audio else {})


def _audio(audio: AudioExploration) -> dict[str, list[Figure]]:
    drawn = {
        "audio": [_bars(name, histogram, "tracks") for name, histogram in audio.histograms.items()],
        "correlations": [
            _matrix("features of tracks", audio.track_correlations.names, *_square(audio.track_correlations)),
            _matrix("playlists", audio.playlist_correlations.names, *_square(audio.playlist_correlations)),
        ],
    }
    if audio.components:
        numbered = [str(number) for number in range(1, len(audio.components) + 1)]
        loadings = [[component.loadings[name] for name in audio.features] for component in audio.components]
        drawn["components"] = [_scree(audio), _matrix("loadings by component", audio.features, numbered, loadings)]
        centres = [cluster.centre for cluster in audio.clusters]
        names = [str(number) for number in range(1, len(centres) + 1)]
        drawn["clusters"] = [_matrix("scaled centres by cluster", audio.features, names, centres, least=0)]
    return drawn


def _square(correlations: Any) -> tuple[list[str], list[list[float | None]]]:
    return correlations.names, correlations.matrix


def _bars(name: str, histogram: Histogram, unit: str) -> Figure:
    """Histogram on linear axes."""
    import altair as alt

    bins = zip(histogram.edges, histogram.edges[1:], histogram.counts, strict=False)
    values = [{"low": low, "high": high, "n": n} for low, high, n in bins]
    low, high = histogram.edges[:2]
    centres = [edge + (high - low) / 2 for edge in histogram.edges[:-1]]
    whole = {"values": centres} if high - low == 1 and centres[0].is_integer() else {}
    chart = (
        _chart(values)
        .mark_bar(stroke="white", strokeWidth=0.5)
        .encode(
            x=alt.X(
                "low:Q",
                bin="binned",
                title=name,
                axis=_axis(grid=False, **whole),
                scale=alt.Scale(zero=False, nice=False),
            ),
            x2="high:Q",
            y=_count(unit),
        )
    )
    return _figure(name, chart)


def _whole_numbers(name: str, histogram: Histogram) -> Figure:
    """Histogram of whole numbers on logarithmic axes."""
    import altair as alt

    bins = list(zip(histogram.edges, histogram.edges[1:], histogram.counts, strict=False))
    first = next((i for i, (_, _, n) in enumerate(bins) if n), 0)
    values = [{"label": bin_label(low, high), "n": n} for low, high, n in bins[first:]]
    labels = [str(value["label"]) for value in values]
    largest = max((n for _, _, n in bins), default=1)
    chart = (
        _chart([value for value in values if value["n"]])
        .mark_bar()
        .encode(
            x=alt.X(
                "label:O", title=f"{name} (bins double)", scale=alt.Scale(domain=labels), axis=_axis(labelAngle=-45)
            ),
            y=alt.Y(
                "n:Q",
                title="playlists (log scale)",
                scale=alt.Scale(type="log", domain=[_ZERO_BAR, max(largest, 1) * 1.2], nice=False),
                axis=_axis(values=[10**power for power in range(len(str(largest)))], format="~s", minExtent=_EXTENT),
            ),
            y2=alt.datum(_ZERO_BAR),
        )
    )
    return _figure(f"{name}, log scale", chart)


def _months(months: Mapping[str, int]) -> Figure:
    import altair as alt

    values = [{"month": f"{month}-01", "n": n} for month, n in months.items()]
    x = alt.X("yearmonth(month):T", title="month of the last modification", axis=_axis(tickCount=6, grid=False))
    chart = _chart(values).mark_bar().encode(x=x, y=_count("playlists"))
    return _figure("last modification by month", chart)


def _scree(audio: AudioExploration) -> Figure:
    import altair as alt

    shares = [component.share for component in audio.components]
    values = [
        {"component": number, "share": share, "cumulative": sum(shares[:number])}
        for number, share in enumerate(shares, 1)
    ]
    base = _chart(values).encode(x=alt.X("component:O", axis=_axis(labelAngle=0)))
    axis = _axis(format="%", tickCount=5)
    bars = base.mark_bar().encode(y=alt.Y("share:Q", title="share of the variance", axis=axis))
    line = base.mark_line(point=True, color="#b45309").encode(y=alt.Y("cumulative:Q", axis=axis))
    return _figure("scree: share per component, and cumulative share (line)", bars + line)


def _matrix(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[str],
    cells: Sequence[Sequence[float | None]],
    least: float = -1,
) -> Figure:
    """Heat map of numbers from `least` to 1, with the number in each cell; an unknown one is blank."""
    import altair as alt

    values = [
        {"row": row, "column": column, "value": value}
        for row, numbers in zip(rows, cells, strict=True)
        for column, value in zip(columns, numbers, strict=True)
        if value is not None
    ]
    scheme: Any = "redblue" if least < 0 else "blues"
    base = _chart(values).encode(
        x=alt.X("column:N", sort=list(columns), title=None, axis=alt.Axis(labelAngle=-45, orient="top", domain=False)),
        y=alt.Y("row:N", sort=list(rows), title=None, axis=alt.Axis(domain=False, minExtent=_NAMES)),
    )
    tiles = base.mark_rect().encode(
        color=alt.Color("value:Q", scale=alt.Scale(domain=[least, 1], scheme=scheme, clamp=True), legend=None)
    )
    strong = f"abs(datum.value) >= {_STRONG}"
    numbers = base.mark_text(fontSize=_SMALL).encode(
        text=alt.Text("value:Q", format=".2f"), color=alt.condition(strong, alt.value("white"), alt.value("#222222"))
    )
    chart = (tiles + numbers).properties(width=_CELL * len(columns), height=_CELL * 3 // 5 * len(rows))
    return _figure(caption, chart, wide=True)


def _count(unit: str) -> Any:
    import altair as alt

    return alt.Y("n:Q", title=unit, axis=_axis(tickCount=4, format="~s", minExtent=_EXTENT))


def _axis(**options: Any) -> Any:
    import altair as alt

    return alt.Axis(labelOverlap=True, **options)


def _chart(values: Sequence[Mapping[str, Any]]) -> Any:
    import altair as alt

    return alt.Chart(alt.InlineData(values=[dict(value) for value in values])).properties(width=_WIDTH, height=_HEIGHT)


def _figure(caption: str, chart: Any, *, wide: bool = False) -> Figure:
    """Draw a chart; the page's style colours its axes."""
    import vl_convert

    whole = chart.configure(background="transparent", font="system-ui, sans-serif").configure_view(stroke=None)
    return Figure(caption, vl_convert.vegalite_to_svg(json.dumps(whole.to_dict())), wide)
