"""Exploration of a corpus: its summary, frequent albums and artists, and its audio features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.data.audio_exploration import explore_audio
from harness.data.summary import N_TOP, summarise
from harness.kit.progress import step
from harness.ragged import NO_ID

if TYPE_CHECKING:
    import polars as pl

    from harness.data.audio_exploration import AudioExploration
    from harness.data.summary import Summary
    from harness.ragged import Ids
    from harness.types import Playlists


@dataclass(frozen=True, slots=True)
class Exploration:
    """Statistics of a corpus that take longer than its summary.

    Attributes:
        summary: see `Summary`.
        top_albums, top_artists: name and number of entries, the most frequent first.
        audio: see `AudioExploration`; None if the corpus has no audio features.
    """

    summary: Summary
    top_albums: list[tuple[str, int]]
    top_artists: list[tuple[str, int]]
    audio: AudioExploration | None


def explore(playlists: Playlists) -> Exploration:
    """Compute all statistics of a corpus."""
    catalog = playlists.catalog
    with step("summary"):
        summary = summarise(playlists)
    counts = playlists.track_counts()
    with step("audio features"):
        audio = explore_audio(playlists)
    return Exploration(
        summary, _top(catalog.albums, catalog.album_of, counts), _top(catalog.artists, catalog.artist_of, counts), audio
    )


def _top(table: pl.DataFrame, row_of: Ids, counts: np.ndarray) -> list[tuple[str, int]]:
    """The rows of a table with most entries; `row_of`, (n_tracks,), is the row of each track, `counts` its entries."""
    is_known = row_of != NO_ID
    n_entries = np.bincount(row_of[is_known], weights=counts[is_known], minlength=table.height).astype(np.int64)
    best = np.argsort(-n_entries, kind="stable")[:N_TOP]
    names = table["name"].fill_null("")[best].to_list()
    return [(name, n) for name, n in zip(names, n_entries[best].tolist(), strict=True) if n]
