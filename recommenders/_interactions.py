"""Matrix of playlists and tracks as other libraries take it: SciPy's older class, indices of 32 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from harness import Ragged


def interactions(rows: Ragged, n_tracks: int) -> csr_matrix:
    """1 for each distinct track below `n_tracks` of each row, (n, n_tracks) float32."""
    from scipy.sparse import csr_matrix

    known = rows.keep(rows.values < n_tracks)
    matrix = csr_matrix(known.matrix(n_tracks))
    matrix.indices, matrix.indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    return matrix
