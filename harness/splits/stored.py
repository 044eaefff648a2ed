"""Holdouts stored as files: the same corpus and options give the same holdouts without cutting again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.atomic import new_file
from harness.errors import DataError
from harness.fingerprint import Fingerprint
from harness.identities import Holdout
from harness.ragged import Ragged
from harness.splits.holdouts import Holdouts, LocalChallenge, without_held_out

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

    from harness.splits.holdouts import TrainingRule

FORMAT = "4"
"""Version of the file's layout; a file of another version is rewritten."""

_RAGGED = ("seeds", "positions", "withheld")


def save(holdouts: Holdouts, path: Path) -> None:
    """Write both holdouts into one Parquet file; the manifest is in the file's metadata."""
    import pyarrow as pa
    from pyarrow import parquet

    tables = [
        pa.table(
            {
                "holdout": _arrow([str(holdout)] * len(local.rows)),
                "row": _arrow(local.rows),
                "category": _arrow(local.categories),
                "untitled": _arrow(local.untitled),
                **{column: _lists(getattr(local, column)) for column in _RAGGED},
            }
        )
        for holdout, local in zip(Holdout, holdouts.both, strict=True)
    ]
    manifest = {
        "format": FORMAT,
        "split": holdouts.split,
        "seed": str(holdouts.seed),
        "params": json.dumps(holdouts.params),
        "omitted": json.dumps(holdouts.omitted),
        "dropped": json.dumps(holdouts.dropped),
        "fingerprints": json.dumps([holdouts.fingerprint(holdout) for holdout in Holdout]),
    }
    manifest["digest"] = _digest(manifest)
    with new_file(path) as partial:
        parquet.write_table(pa.concat_tables(tables).replace_schema_metadata(manifest), partial, compression="zstd")


def load(path: Path, training: TrainingRule = without_held_out) -> Holdouts | None:
    """Read the holdouts of a file; None if there is no file or it has another format.

    pyarrow reports damage as an error, where polars can end the process.

    Args:
        path: the file.
        training: rule by which the split makes its training set.

    Raises:
        DataError: the file is damaged: its contents do not match the fingerprint in its manifest.
    """
    import pyarrow as pa
    from pyarrow import parquet

    if not path.is_file():
        return None
    damaged = f"split {path} is damaged: delete it; it is made again when needed"
    try:
        file = parquet.ParquetFile(path)
        manifest = {key.decode(): value.decode() for key, value in (file.schema_arrow.metadata or {}).items()}
        if manifest.get("format") != FORMAT:
            return None
        holdouts = _holdouts(manifest, file.read(), training)
        fingerprints = [holdouts.fingerprint(holdout) for holdout in Holdout]
        whole = json.loads(manifest["fingerprints"]) == fingerprints and manifest["digest"] == _digest(manifest)
    except (pa.ArrowException, OSError, DataError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise DataError(damaged) from error
    if not whole:
        raise DataError(damaged)
    return holdouts


def _digest(manifest: dict[str, str]) -> str:
    """Digest of the manifest; Parquet checks its pages, but not its metadata."""
    names = ("format", "split", "seed", "params", "omitted", "dropped", "fingerprints")
    return str(Fingerprint().texts(manifest[name] for name in names))


def _holdouts(manifest: dict[str, str], table: pa.Table, training: TrainingRule) -> Holdouts:
    names = _numpy(table["holdout"])
    validation, test = (_local_challenge(table, np.flatnonzero(names == str(holdout))) for holdout in Holdout)
    return Holdouts(
        manifest["split"],
        int(manifest["seed"]),
        json.loads(manifest["params"]),
        validation,
        test,
        {int(key): value for key, value in json.loads(manifest["omitted"]).items()},
        json.loads(manifest["dropped"]),
        training,
    )


def _lists(ragged: Ragged) -> pa.LargeListArray:
    import pyarrow as pa

    return pa.LargeListArray.from_arrays(_arrow(ragged.indptr), _arrow(ragged.values))


def _arrow(values: NDArray[Any] | list[str]) -> pa.Array:
    """The values as a column, converted by polars: pyarrow's conversion imports pandas where it is installed."""
    import polars as pl

    return pl.Series(values).to_arrow(compat_level=pl.CompatLevel.oldest())


def _local_challenge(table: pa.Table, rows: NDArray[np.int64]) -> LocalChallenge:
    def ragged(column: str) -> Ragged:
        lists = table[column].combine_chunks()
        whole = Ragged.from_lengths(_numpy(lists.value_lengths()), _numpy(lists.flatten()))
        return whole.take(rows)

    seeds, positions, withheld = map(ragged, _RAGGED)
    row, category, untitled = (_numpy(table[column])[rows] for column in ("row", "category", "untitled"))
    return LocalChallenge(row, category, seeds, positions, withheld, untitled)


def _numpy(column: pa.Array | pa.ChunkedArray) -> NDArray[Any]:
    """The column as an array, see `_arrow`."""
    import polars as pl

    return pl.Series(column).to_numpy()
