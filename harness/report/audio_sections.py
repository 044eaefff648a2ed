"""Sections of the report on a corpus about audio features: description, correlations, components, clusters."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from harness.report.sections import ReportTable, Section

if TYPE_CHECKING:
    from harness.data.audio_exploration import AudioExploration
    from harness.data.correlations import Correlations


def audio_sections(audio: AudioExploration) -> list[Section]:
    """Sections about the audio features of tracks and the engineered features of playlists."""
    sections = [
        Section("audio", "Audio features of tracks", [_description(audio)]),
        Section(
            "correlations",
            "Correlations",
            [
                _matrix("correlations of the features of tracks", audio.track_correlations),
                _matrix("correlations of playlists: means and maxima of their tracks", audio.playlist_correlations),
            ],
        ),
    ]
    if not audio.components:
        return sections
    note = (
        "Features of playlists, means and maxima of their tracks' features, scaled to 0-1 by the range in the corpus."
    )
    return [
        *sections,
        Section("components", "Principal components of playlists", [_components(audio)], [note]),
        Section("clusters", "Clusters of playlists", [_titles(audio), _centres(audio)], [_CLUSTERS]),
    ]


_CLUSTERS = (
    "KMeans on the same scaled features. Typical titles are more frequent in the cluster than in the corpus; the "
    "number is that of the cluster's playlists with the title."
)


def _description(audio: AudioExploration) -> ReportTable:
    statistics = list(next(iter(audio.described.values()), {}))
    rows = [(name, *(_number(value) for value in values.values())) for name, values in audio.described.items()]
    return ReportTable("audio features of tracks", ("", *statistics), rows)


def _matrix(title: str, correlations: Correlations) -> ReportTable:
    rows = [
        (name, *("" if value is None else f"{round(value, 2) + 0.0:.2f}" for value in row))
        for name, row in zip(correlations.names, correlations.matrix, strict=True)
    ]
    return ReportTable(title, ("", *correlations.names), rows)


def _components(audio: AudioExploration) -> ReportTable:
    cumulative = accumulate(component.share for component in audio.components)
    rows = [
        (
            str(number),
            f"{component.share:.1%}",
            f"{total:.1%}",
            *(f"{round(component.loadings[name], 2) + 0.0:+.2f}" for name in audio.features),
        )
        for number, (component, total) in enumerate(zip(audio.components, cumulative, strict=True), 1)
    ]
    return ReportTable("share of the variance, and loadings", ("", "share", "cumulative", *audio.features), rows)


def _titles(audio: AudioExploration) -> ReportTable:
    rows = [
        (str(number), f"{cluster.n_playlists:,}", ", ".join(f"{title} ({n})" for title, n in cluster.titles))
        for number, cluster in enumerate(audio.clusters, 1)
    ]
    return ReportTable("clusters: size and typical titles", ("", "playlists", "typical titles"), rows, (0, 2))


def _centres(audio: AudioExploration) -> ReportTable:
    rows = [(str(number), *map(_number, centre)) for number, centre in enumerate(audio.centres, 1)]
    return ReportTable("cluster centres, in the units of the features", ("", *audio.features), rows)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    digits = 0 if value == int(value) or abs(value) >= 1_000 else 3  # noqa: PLR2004
    return f"{value:,.{digits}f}"
