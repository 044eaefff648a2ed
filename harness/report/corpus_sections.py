"""Sections of the report on a corpus: counts, numbers per playlist, titles, dates, tracks, faults."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from harness.report.sections import ReportTable, Section

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.data.distributions import Distribution, Histogram
    from harness.data.exploration import Exploration
    from harness.data.summary import Summary
    from harness.data.titles_and_dates import Titles

_GROUPS_SHOWN = 100
"""Rows of the table of title groups."""


def summary_sections(summary: Summary, notes: Mapping[str, Any]) -> list[Section]:
    """Sections that need the summary of a corpus only; `notes` are those of its import."""
    sections = [
        Section("counts", "Counts", [_pairs("counts", summary.counts)]),
        Section("playlists", "Numbers per playlist", [numbers_table(summary.numbers)]),
        Section("followers", "Followers", _follower_tables(summary)),
        Section("titles", "Titles", _title_tables(summary)),
        Section("dates", "Last modification", [_years(summary.months)]),
        Section("tracks", "Tracks", _track_tables(summary)),
        Section("faults", "Missing values and duplicates", _fault_tables(summary, notes)),
    ]
    return [section for section in sections if section.tables]


def name_section(exploration: Exploration) -> Section:
    """Frequent albums and artists."""
    tables = [
        ReportTable(f"most frequent {kind}: number of entries", (), [(name, f"{n:,}") for name, n in top])
        for kind, top in (("albums", exploration.top_albums), ("artists", exploration.top_artists))
    ]
    return Section("albums", "Albums and artists", tables)


def numbers_table(numbers: Mapping[str, Distribution]) -> ReportTable:
    """Mean, deviation and percentiles of each number."""
    percentiles = next((list(each.quantiles) for each in numbers.values()), [])
    rows = [
        (
            name,
            f"{each.n_known:,}",
            f"{each.mean:,.1f}",
            f"{each.deviation:,.1f}",
            *map(_short, each.quantiles.values()),
        )
        for name, each in numbers.items()
    ]
    return ReportTable("numbers per playlist", ("", "playlists", "mean", "deviation", *percentiles), rows)


def bins_table(title: str, histogram: Histogram) -> ReportTable:
    """Number and cumulative share of the whole numbers in each bin; empty bins are left out."""
    total = max(sum(histogram.counts), 1)
    bins = zip(histogram.edges, histogram.edges[1:], histogram.counts, accumulate(histogram.counts), strict=False)
    rows = [
        (bin_label(low, high), f"{n:,}", f"{n / total:.2%}", f"{below / total:.2%}")
        for low, high, n, below in bins
        if n
    ]
    return ReportTable(title, ("", "playlists", "share", "cumulative"), rows)


def bin_label(low: float, high: float) -> str:
    """Label of a bin of whole numbers from `low` to below `high`."""
    return f"{low:,.0f}" if high - low <= 1 else f"{low:,.0f}-{high - 1:,.0f}"


def _follower_tables(summary: Summary) -> list[ReportTable]:
    followers = summary.numbers.get("followers")
    return [bins_table("followers: number of playlists", followers.histogram)] if followers else []


def _title_tables(summary: Summary) -> list[ReportTable]:
    top = [(title, f"{n:,}") for title, n in summary.titles.top]
    return [
        ReportTable("most frequent titles: number of playlists", (), top),
        _groups(summary.titles, summary.counts["playlists"]),
    ]


def _groups(titles: Titles, n_playlists: int) -> ReportTable:
    n_grouped = sum(group.n_playlists for group in titles.groups)
    shown = titles.groups[:_GROUPS_SHOWN]
    omitted = f", the first {len(shown)} of {len(titles.groups):,}" if len(shown) < len(titles.groups) else ""
    share = n_grouped / max(n_playlists, 1)
    rows = [
        (
            group.title,
            f"{group.n_playlists:,}",
            _known(group.median_followers),
            _known(group.most_followers),
        )
        for group in shown
    ]
    title = f"titles of 100 playlists or more: {n_grouped:,} playlists ({share:.1%}){omitted}"
    return ReportTable(title, ("", "playlists", "median followers", "most followers"), rows)


def _years(months: Mapping[str, int]) -> ReportTable:
    years: Counter[str] = Counter()
    for month, n in months.items():
        years[month.partition("-")[0]] += n
    title = f"last modification: number of playlists, {min(months)} to {max(months)}" if months else "last modification"
    return ReportTable(title, (), [(year, f"{n:,}") for year, n in sorted(years.items())], none="unknown")


def _track_tables(summary: Summary) -> list[ReportTable]:
    concentration = [(f"top {label}", f"{share:.3f}") for label, share in summary.concentration.items()]
    top = [(f"{name} - {artist} ({uri})", f"{n:,}") for uri, name, artist, n in summary.top_tracks]
    return [
        ReportTable("share of entries in the most frequent tracks", (), concentration),
        ReportTable("order of playlists", (), [(summary.order,)]),
        ReportTable("most frequent tracks: number of playlists", (), top),
    ]


def _fault_tables(summary: Summary, notes: Mapping[str, Any]) -> list[ReportTable]:
    tables = [_pairs("missing", summary.missing, none="nothing"), _pairs("duplicates", summary.duplicates)]
    if notes.get("skipped"):
        tables.append(ReportTable("left out by the import", (), [(line,) for line in notes["skipped_list"]]))
    return tables


def _pairs(title: str, numbers: Mapping[str, int], none: str = "none") -> ReportTable:
    return ReportTable(title, (), [(label, f"{n:,}") for label, n in numbers.items()], none=none)


def _known(number: float | None) -> str:
    return "" if number is None else f"{number:,g}"


def _short(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) or abs(number) >= 100 else f"{number:,.1f}"  # noqa: PLR2004
