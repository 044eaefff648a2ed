"""Export of a run's track vectors: an array for NumPy, and the text format of word2vec."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from harness.atomic import new_file
from harness.kit.progress import track
from harness.report.exchange import as_words

if TYPE_CHECKING:
    from pathlib import Path

    from harness.run.models import TrackVectors

ARRAY, TEXT = ".npy", ".txt"
"""Suffixes of the two files."""

_LINES = 20_000


def write_vectors(fitted: TrackVectors, output: Path) -> list[Path]:
    """Write the vectors of the tracks that have one, by rising catalog row; files are written atomically.

    The array has shape (n, n_factors), float32. The text file has the line `n n_factors` and a line `uri v1 v2 …` per
    track, in the same order and with the same values; blanks in a URI are percent-encoded.

    Args:
        fitted: vectors of a run's model.
        output: path of the files without suffix.

    Returns:
        Paths of the files written.
    """
    tracks = np.flatnonzero(fitted.vectors.any(axis=1))
    vectors = fitted.vectors[tracks]
    words = as_words(fitted.task.train.catalog.tracks["uri"][tracks])
    array, text = output.with_name(output.name + ARRAY), output.with_name(output.name + TEXT)
    with new_file(array) as partial, partial.open("wb") as file:
        np.save(file, vectors)
    with new_file(text) as partial, partial.open("wb") as file:
        file.write(f"{len(vectors)} {vectors.shape[1]}\n".encode())
        for first in track(range(0, len(vectors), _LINES), "write vectors"):
            lines = pl.from_numpy(vectors[first : first + _LINES])
            lines.insert_column(0, words[first : first + _LINES].alias("uri"))
            lines.write_csv(file, separator=" ", include_header=False, quote_style="never")
    return [array, text]
