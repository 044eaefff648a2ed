"""Scoring program for Codabench: reads a submission and the reference data, writes `scores.json`.

Codabench runs `score.py INPUT OUTPUT` with the reference data in `INPUT/ref` and the submission in `INPUT/res`. A
submission with faults gets no scores: the faults go to stderr, which the contestant reads, and the exit code is 1.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import DataError, HarnessError, SubmissionError
from harness.ragged import NO_ID, Ragged
from harness.submission.organiser import view
from harness.types import Catalog, Challenge

if TYPE_CHECKING:
    import polars as pl

CHALLENGE, TRACKS = "challenge.parquet", "tracks.parquet"
"""Files of the reference data: playlists with seeds and withheld tracks, and the tracks with their artists."""

_SUFFIXES = (".csv", ".csv.gz")
_SHOWN = 5


def write_reference(challenge: Challenge, withheld: Ragged, folder: Path) -> None:
    """Write the reference data of a challenge; the folder exists."""
    import polars as pl

    lists = {"seeds": challenge.seeds, "withheld": withheld}
    columns = {name: pl.Series(name, _rows(of_name), dtype=pl.List(pl.Int32)) for name, of_name in lists.items()}
    info = challenge.info.select("pid", "name", "num_holdouts", "category").with_columns(**columns)
    info.write_parquet(folder / CHALLENGE)
    catalog = challenge.catalog
    tracks = catalog.tracks.select("uri").with_columns(artist=pl.Series(catalog.artist_of))
    tracks.write_parquet(folder / TRACKS)


def read_reference(folder: Path) -> tuple[Challenge, Ragged]:
    """Read the reference data: the challenge and its withheld tracks.

    Raises:
        DataError: a file is missing or damaged.
    """
    import polars as pl

    try:
        info, tracks = (pl.read_parquet(folder / name) for name in (CHALLENGE, TRACKS))
        seeds, withheld = (_ragged(info[name]) for name in ("seeds", "withheld"))
        artist_of = tracks["artist"].to_numpy()
        frame = tracks.select("uri", name=pl.lit(""))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError(f"the reference data in {folder} cannot be read: export them again") from error
    artists = pl.DataFrame({"uri": [str(i) for i in range(int(artist_of.max(initial=NO_ID)) + 1)], "name": ""})
    no_albums = pl.DataFrame(schema={"uri": pl.String, "name": pl.String})
    unknown = np.full(len(artist_of), NO_ID, np.int32)
    catalog = Catalog(frame, artists, no_albums, artist_of, unknown, np.zeros(len(artist_of), np.int32))
    return Challenge(info.drop("seeds", "withheld"), seeds, catalog), withheld


def submitted_file(folder: Path) -> Path:
    """The one submission file of a folder.

    Raises:
        SubmissionError: there is none, or there are several.
    """
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not _is_hidden(path, folder)]
    tables = [path for path in files if path.name.endswith(_SUFFIXES)]
    chosen = tables or files
    remedy = "send a zip of one file, submission.csv or submission.csv.gz"
    if not chosen:
        raise SubmissionError(f"the submission is empty: {remedy}")
    if len(chosen) > 1:
        named = ", ".join(str(path.relative_to(folder)) for path in chosen[:_SHOWN])
        raise SubmissionError(f"the submission has {len(chosen)} files ({named}): {remedy}")
    return chosen[0]


def main() -> int:
    """Score the submission in `INPUT/res`; return the exit code."""
    n_arguments = 2
    if len(sys.argv) != 1 + n_arguments:
        print("error: usage: score.py INPUT OUTPUT", file=sys.stderr)  # noqa: T201 - a program of its own
        return 2
    source, output = map(Path, sys.argv[1:])
    try:
        seen = view(submitted_file(source / "res"), *read_reference(source / "ref"))
    except HarnessError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - a program of its own
        return 1
    print("\n".join(seen.lines()), file=sys.stdout if seen.scores else sys.stderr)
    if not seen.scores:
        return 1
    output.mkdir(parents=True, exist_ok=True)
    (output / "scores.json").write_text(json.dumps(seen.scores), encoding="utf-8")
    return 0


def _is_hidden(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _rows(lists: Ragged) -> list[list[int]]:
    return [lists.row(i).tolist() for i in range(len(lists))]


def _ragged(column: pl.Series) -> Ragged:
    lengths = column.list.len().to_numpy().astype(np.int64)
    return Ragged.from_lengths(lengths, column.explode(empty_as_null=False).to_numpy().astype(np.int32))
