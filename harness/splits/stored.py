"""Draws kept as files: the same corpus and options give the same draws without drawing again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.atomic import new_file
from harness.errors import DataError
from harness.splits.draws import Draw, Draws
from harness.splits.next_track import KIND, NextTrackDraws
from harness.types import Ragged

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

FORMAT = "3"
"""Changes whenever the way of drawing or the file's layout does; a file of another format is drawn anew."""

_CLASSES: dict[str, type[Draws]] = {KIND: NextTrackDraws}
"""Kinds of draws that train otherwise than most."""

_RAGGED = ("seeds", "positions", "withheld")


def save(draws: Draws, path: Path) -> None:
    """Write all draws into one Parquet file; the manifest lies in the file's metadata."""
    import pyarrow as pa
    from pyarrow import parquet

    tables = [
        pa.table(
            {
                "draw": np.full(len(draw.rows), number, np.int8),
                "row": draw.rows,
                "category": draw.categories,
                **{column: _lists(getattr(draw, column)) for column in _RAGGED},
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
        "fingerprints": json.dumps([draws.fingerprint(number) for number in range(1, len(tables) + 1)]),
    }
    with new_file(path) as partial:
        parquet.write_table(pa.concat_tables(tables).replace_schema_metadata(manifest), partial, compression="zstd")


def load(path: Path) -> Draws | None:
    """Read the draws of a file; None where there is none of today's format.

    pyarrow answers damage with an error, where polars can end the process.

    Raises:
        DataError: the file is damaged: what it holds does not have the fingerprint it names.
    """
    import pyarrow as pa
    from pyarrow import parquet

    if not path.is_file():
        return None
    damaged = f"split {path} is damaged: delete it, it is drawn again when needed"
    try:
        file = parquet.ParquetFile(path)
        manifest = {key.decode(): value.decode() for key, value in (file.schema_arrow.metadata or {}).items()}
        if manifest.get("format") != FORMAT:
            return None
        draws = _draws(manifest, file.read())
        fingerprints = [draws.fingerprint(number) for number in range(1, len(draws.draws) + 1)]
        whole = json.loads(manifest["fingerprints"]) == fingerprints
    except (pa.ArrowException, OSError, DataError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise DataError(damaged) from error
    if not whole:
        raise DataError(damaged)
    return draws


def _draws(manifest: dict[str, str], table: pa.Table) -> Draws:
    number = _numpy(table["draw"])
    return _CLASSES.get(manifest["kind"], Draws)(
        manifest["kind"],
        json.loads(manifest["options"]),
        tuple(_draw(table, np.flatnonzero(number == each)) for each in np.unique(number)),
        {int(key): value for key, value in json.loads(manifest["omitted"]).items()},
        json.loads(manifest["dropped"]),
    )


def _lists(ragged: Ragged) -> pa.LargeListArray:
    import pyarrow as pa

    return pa.LargeListArray.from_arrays(pa.array(ragged.indptr), pa.array(ragged.values))


def _draw(table: pa.Table, rows: NDArray[np.int64]) -> Draw:
    def ragged(column: str) -> Ragged:
        lists = table[column].combine_chunks()
        whole = Ragged.from_lengths(_numpy(lists.value_lengths()), _numpy(lists.flatten()))
        return whole.take(rows)

    return Draw(_numpy(table["row"])[rows], _numpy(table["category"])[rows], *map(ragged, _RAGGED))


def _numpy(column: pa.Array | pa.ChunkedArray) -> NDArray[Any]:
    """The column's numbers by way of polars: pyarrow's own way imports pandas, where it is installed."""
    import polars as pl

    return pl.Series(column).to_numpy()
