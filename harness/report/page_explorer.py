"""Sample playlists of a page with the lists of its runs, as plain values for its script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from harness.report.cells import category_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.metrics.metric import MetricTraits
    from harness.metrics.values import MetricValues
    from harness.report.leaderboard import Leaderboard, Row
    from harness.report.page_parts import PageContents, SamplePlaylist


def explorer(leaderboard: Leaderboard, contents: PageContents, depth: int) -> dict[str, Any]:
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
        for traits, values in by_traits(measured)
        if traits.is_mean and not np.isnan(values[position])
    ]


def by_traits(measured: MetricValues) -> list[tuple[MetricTraits, NDArray[np.float64]]]:
    """Traits and values, (n,), of each measured metric."""
    return [(measured.traits[name], values) for name, values in measured.values.items()]
