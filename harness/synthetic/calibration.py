"""Calibration: measures of a corpus compared with those of the Million Playlist Dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.kit.progress import track
from harness.synthetic.measures import audible, figures, likeness, order, shape, texts
from harness.synthetic.targets import TARGETS, Target
from harness.types import Playlists

if TYPE_CHECKING:
    from collections.abc import Callable

    Measure = Callable[[Playlists], dict[str, float]]

FOLLOWED = 7_071
"""Number of playlists with ten or more followers in the sample."""

_LEAST_FOLLOWERS = 10
_CUT_PLAYLISTS, _CUT_TRACKS, _CUT_LENGTH = 50_000, 10_000, 100
"""With these limits the playlists are nearly as long as those of the sample, 29 entries on average."""

_FEW, _CHALLENGE = 4_000, 8_000


@dataclass(frozen=True, slots=True)
class Line:
    """One measure of a corpus, compared with its target.

    Attributes:
        name: name of the measure.
        corpus: part of the corpus that is measured.
        target: value of the MPD.
        tolerance: largest allowed difference from it.
        value: value of the corpus; None if the corpus is too small for the measure or lacks what it needs.
        ok: whether the difference is allowed; None without a value.
    """

    name: str
    corpus: str
    target: float
    tolerance: float
    value: float | None
    ok: bool | None


def calibrate(playlists: Playlists) -> list[Line]:
    """Every line, in the order of the targets; what the corpus is too small for, or lacks, has no value."""
    values: dict[tuple[str, str], float] = {}
    for part, (cut, measures) in track(PARTS.items(), "calibration", len(PARTS)):
        corpus = cut(playlists)
        if corpus is not None:
            for measure in measures:
                values |= {(part, name): value for name, value in measure(corpus).items()}
    return [_line(target, values.get((target.corpus, target.name))) for target in TARGETS]


def _line(target: Target, value: float | None) -> Line:
    measured = value if value is not None and np.isfinite(value) else None
    ok = None if measured is None else abs(measured - target.value) <= target.allowed + 1e-12
    return Line(target.name, target.corpus, target.value, target.allowed, measured, ok)


def whole(playlists: Playlists) -> Playlists | None:
    """The whole corpus, of any size."""
    return playlists


def million(playlists: Playlists) -> Playlists | None:
    """The corpus, if it has the size of the MPD."""
    return playlists if len(playlists) >= 1_000_000 else None  # noqa: PLR2004 - a million is a million


def few(playlists: Playlists) -> Playlists | None:
    """The first 4,000 playlists."""
    return playlists.take(np.arange(_FEW)) if len(playlists) >= _FEW else None


def named(playlists: Playlists) -> Playlists | None:
    """The first 8,000 playlists; the official challenge has this number of titled playlists."""
    return playlists.take(np.arange(_CHALLENGE)) if len(playlists) >= _CHALLENGE else None


def followed(playlists: Playlists) -> Playlists | None:
    """The first 7,071 playlists with ten or more followers."""
    if "num_followers" not in playlists.info.columns:
        return None
    rows = np.flatnonzero(playlists.info["num_followers"].to_numpy() >= _LEAST_FOLLOWERS)[:FOLLOWED]
    return playlists.take(rows) if len(rows) == FOLLOWED else None


def frequent(playlists: Playlists) -> Playlists | None:
    """The first 50,000 playlists, reduced to the 10,000 most frequent tracks and to 100 entries."""
    if len(playlists) < _CUT_PLAYLISTS:
        return None
    first = playlists.take(np.arange(_CUT_PLAYLISTS))
    is_frequent = np.zeros(first.catalog.n_tracks, np.bool_)
    is_frequent[np.argsort(-first.track_counts(), kind="stable")[:_CUT_TRACKS]] = True
    tracks = first.tracks.keep(is_frequent[first.tracks.values])
    cut = Playlists(first.info, tracks.keep(tracks.places < _CUT_LENGTH), first.catalog)
    return cut.take(cut.tracks.lengths > 1)


def _effective_artists(playlists: Playlists) -> dict[str, float]:
    return {"effective artists": order.effective_artists(playlists)}


PARTS: dict[str, tuple[Callable[[Playlists], Playlists | None], tuple[Measure, ...]]] = {
    "any": (
        whole,
        (
            *(shape.measure_lengths, shape.measure_rules, shape.measure_albums, shape.measure_top_tracks),
            *(
                figures.measure_edits,
                figures.measure_dates,
                figures.measure_descriptions,
                figures.measure_durations,
            ),
        ),
    ),
    "1,000,000": (million, (shape.measure_size, texts.measure_title_counts, figures.measure_followers)),
    "first 4,000": (few, (shape.measure_popularity, texts.measure_track_names, audible.measure_audio)),
    "first 8,000": (named, (texts.measure_title_texts, order.measure_openings)),
    "7,071 followed": (
        followed,
        (
            *(shape.measure_growth, order.measure_artists, order.measure_repeats),
            *(order.measure_albums_in_order, likeness.measure_pairs, likeness.measure_spectrum),
            *(likeness.measure_titles,),
        ),
    ),
    "50,000 cut": (frequent, (_effective_artists, order.measure_albums_in_order)),
}
"""Part of a corpus -> function that selects it, and its measures."""
