"""A contest in the official file formats, from any corpus: training slices, challenge file, answers file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from harness.data.challenge_set import write_answers, write_challenge
from harness.data.mpd.writing import write_slices
from harness.errors import DataError
from harness.identities import Holdout
from harness.rules import FIRST_CHALLENGE_PID
from harness.splits.challenge import PLAYLISTS_PER_DRAWN, ChallengeSplit
from harness.types import Challenge, Split

if TYPE_CHECKING:
    from pathlib import Path

    from harness.types import Playlists


def write_contest(playlists: Playlists, folder: Path, *, seed: int = 0) -> None:
    """Write the files that contestants download, and the answers file of the organisers.

    Args:
        playlists: a corpus.
        folder: receives `data/mpd.slice.*.json` and `md5sums` (the training part), `challenge_set.json`
            (the test holdout, with pids in the range of official ones) and `answers.json`.
        seed: seed of the split.

    Raises:
        DataError: the corpus is too small for a challenge.
    """
    if len(playlists) < PLAYLISTS_PER_DRAWN:
        raise DataError(
            f"a corpus of {len(playlists)} playlists is too small for a contest: make one of {PLAYLISTS_PER_DRAWN} "
            "or more"
        )
    holdouts = ChallengeSplit().cut(playlists, seed)
    split = holdouts.split_of(playlists, Holdout.test)
    info = split.challenge.info.with_columns(pl.col("pid") + FIRST_CHALLENGE_PID)
    official = Split(split.train, Challenge(info, split.challenge.seeds, split.challenge.catalog), split.withheld)
    write_slices(split.train, folder)
    write_challenge(official, folder / "challenge_set.json", positions=holdouts.test.positions)
    write_answers(official, folder / "answers.json")
