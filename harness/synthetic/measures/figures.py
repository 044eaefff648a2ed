"""Measures of followers, edits, dates, descriptions and durations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.synthetic.measures.known import known_numbers

if TYPE_CHECKING:
    from harness.types import Playlists

_DAY = 86_400
_OCTOBER_2017, _NOVEMBER_2017 = 1_506_816_000, 1_509_494_400
_TOP_DAYS = 20
_MILLION = 1_000_000


def measure_followers(playlists: Playlists) -> dict[str, float]:
    """Number of playlists with few followers, and the maximum of followers, in a corpus of 1,000,000."""
    _, followers = known_numbers(playlists, "num_followers")
    if not len(followers):
        return {}
    values: dict[str, float] = {f"followers: {n}": int((followers == n).sum()) for n in (1, 2, 3, 4, 5, 10)}
    return values | {"followers: most": int(followers.max())}


def measure_edits(playlists: Playlists) -> dict[str, float]:
    """Regression of log edits on log length, its residual deviation, and the minimum of edits."""
    rows, edits = known_numbers(playlists, "num_edits")
    if not len(edits):
        return {}
    values: dict[str, float] = {"edits: least": int(edits.min())}
    lengths = playlists.tracks.lengths[rows]
    positive = (lengths > 0) & (edits > 0)
    x, y = np.log(lengths[positive]), np.log(edits[positive])
    if len(np.unique(x)) <= 1:  # no line is determined
        return values
    slope, constant = np.polyfit(x, y, 1)
    residual = float(np.std(y - constant - slope * x))
    return values | {"edits: constant": float(constant), "edits: slope": float(slope), "edits: residual sd": residual}


def measure_dates(playlists: Playlists) -> dict[str, float]:
    """Shares of the days on which most playlists were last modified."""
    _, modified_at = known_numbers(playlists, "modified_at")
    if not len(modified_at):
        return {}
    days, counts = np.unique(modified_at // _DAY, return_counts=True)
    top = np.argsort(-counts)[:_TOP_DAYS]
    in_october = (days[top] * _DAY >= _OCTOBER_2017) & (days[top] * _DAY < _NOVEMBER_2017)
    return {
        "modified: the top day": float(counts[top[0]] / len(modified_at)),
        "modified: the top 20 days": float(counts[top].sum() / len(modified_at)),
        "modified: top days in October 2017": float(in_october.mean()),
    }


def measure_descriptions(playlists: Playlists) -> dict[str, float]:
    """Number of descriptions per 1,000,000 playlists."""
    if "description" not in playlists.info.columns:
        return {}
    described = playlists.info.height - playlists.info["description"].null_count()
    return {"descriptions a million": described * _MILLION / playlists.info.height}


def measure_durations(playlists: Playlists) -> dict[str, float]:
    """Mean and deviation of the tracks' known durations in seconds."""
    duration_ms = playlists.catalog.duration_ms
    seconds = duration_ms[duration_ms > 0] / 1_000
    if not len(seconds):
        return {}
    return {"track duration: mean": float(seconds.mean()), "track duration: sd": float(seconds.std())}
