"""Draws kept as files: the same corpus and options give the same draws without drawing again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from harness.atomic import new_file
from harness.errors import DataError
from harness.split.draws import Draw, Draws
from harness.types import Ragged

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

FORMAT = "2"
"""Changes whenever the way of drawing or the file's layout does; a file of another format is drawn anew."""


def save(draws: Draws, path: Path) -> None:
    """Write all draws into one Parquet file; the manifest lies in the file's metadata."""
    import polars as pl

    frames = [
        pl.DataFrame(
            {
                "draw": np.full(len(draw.rows), number, np.int8),
                "row": draw.rows,
                "category": draw.categories,
                "seeds": _lists(draw.seeds),
                "positions": _lists(draw.positions),
                "withheld": _lists(draw.withheld),
            }
        )
        for number, draw in enumerate(draws.draws, start=1)
    ]
    manifest = {
        "format": FORMAT,
        "kind": draws.kind,
        "options": json.dumps(draws.options),
        "omitted": json.dumps(draws.omitted),
        "dropped": json.dumps(draws.dropped),
        "fingerprints": json.dumps([draws.fingerprint(number) for number in range(1, len(frames) + 1)]),
    }
    with new_file(path) as partial:
        pl.concat(frames).write_parquet(partial, metadata=manifest)


def load(path: Path) -> Draws | None:
    """Read the draws of a file; None where there is none of today's format.

    Raises:
        DataError: the file is damaged: what it holds does not have the fingerprint it names.
    """
    import polars as pl

    if not path.is_file():
        return None
    damaged = f"split {path} is damaged: delete it, it is drawn again when needed"
    try:
        manifest = pl.read_parquet_metadata(path)
        if manifest.get("format") != FORMAT:
            return None
        draws = _draws(manifest, pl.read_parquet(path))
        fingerprints = [draws.fingerprint(number) for number in range(1, len(draws.draws) + 1)]
        whole = json.loads(manifest["fingerprints"]) == fingerprints
    except (pl.exceptions.PolarsError, DataError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise DataError(damaged) from error
    if not whole:
        raise DataError(damaged)
    return draws


def _draws(manifest: dict[str, str], frame: pl.DataFrame) -> Draws:
    return Draws(
        manifest["kind"],
        json.loads(manifest["options"]),
        tuple(_draw(part) for part in frame.partition_by("draw", maintain_order=True)),
        {int(key): value for key, value in json.loads(manifest["omitted"]).items()},
        json.loads(manifest["dropped"]),
    )


def _lists(ragged: Ragged) -> pl.Series:
    import polars as pl

    return pl.Series([ragged.row(i).tolist() for i in range(len(ragged))], dtype=pl.List(pl.Int32))


def _draw(frame: pl.DataFrame) -> Draw:
    def ragged(column: str) -> Ragged:
        lists = frame[column]
        values = lists.explode(empty_as_null=False).to_numpy() if lists.list.len().sum() else np.empty(0, np.int32)
        return Ragged.from_lengths(lists.list.len().to_numpy(), values)

    return Draw(
        frame["row"].to_numpy(),
        frame["category"].to_numpy().astype(np.int64),
        ragged("seeds"),
        ragged("positions"),
        ragged("withheld"),
    )
