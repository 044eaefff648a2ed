"""Track vectors: pooling by playlist, sums by group, and initial vectors by singular value decomposition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recommenders._training import one_blas_thread

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from harness import Ragged

    Ids = NDArray[np.int32]

POWER_ITERATIONS, SPARE_FACTORS = 4, 16
"""Settings of the randomised factorisation, sufficient for initial vectors."""

NEGLIGIBLE = 1e-6
"""Share of the largest squared singular value below which a direction is rounding error."""


def pooling(given: Ragged, exponent: float, dtype: np.dtype[np.floating]) -> tuple[csr_array, Ids]:
    """Matrix that sums the vectors of the tracks of each row, divided by (their number)^exponent.

    Returns:
        (n, n_distinct) CSR and the distinct tracks, (n_distinct,): `matrix @ table[tracks]` pools each row.
    """
    from scipy.sparse import csr_array

    tracks, columns = np.unique(given.values, return_inverse=True)
    weights = np.repeat(np.maximum(given.lengths, 1) ** -float(exponent), given.lengths).astype(dtype)
    return csr_array((weights, columns, given.indptr), shape=(len(given), len(tracks))), tracks


def summing(groups: NDArray[np.integer], n_groups: int, dtype: np.dtype[np.floating]) -> csr_array:
    """Matrix that sums the rows of each group, (n_groups, len(groups)) CSR: `matrix @ rows`."""
    from scipy.sparse import csr_array

    ones = np.ones(len(groups), dtype)
    return csr_array((ones, (groups, np.arange(len(groups)))), shape=(n_groups, len(groups)))


@one_blas_thread
def singular_vectors(playlists: Ragged, n_tracks: int, factors: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Track vectors of a truncated singular value decomposition, scaled by the root of the singular values.

    ::

        A(q, i) = 1 / (|q|^(1/2) n(i)^(1/4)) where playlist q has track i;   A ~ U diag(s) V'
        vectors = V diag(sqrt(s)), scaled to a root mean square of 1 for tracks in 5 or more playlists

    Returns:
        (n_tracks, factors) float32; 0 beyond the rank and for tracks in no playlist.

    Source: Halko, Martinsson and Tropp 2011, "Finding Structure with Randomness".
    """
    from scipy.sparse import csr_array, diags_array
    from sklearn.utils.extmath import randomized_svd

    frequency = np.bincount(playlists.values, minlength=n_tracks)
    scale = diags_array(np.maximum(frequency, 1.0) ** -0.25)
    matrix = diags_array(np.maximum(playlists.lengths, 1.0) ** -0.5) @ playlists.matrix(n_tracks) @ scale
    matrix = csr_array(matrix.astype(np.float32))
    _, values, right = randomized_svd(
        matrix,
        min(factors, *matrix.shape),
        n_oversamples=SPARE_FACTORS,
        n_iter=POWER_ITERATIONS,
        power_iteration_normalizer="QR",
        random_state=int(rng.integers(2**32)),
    )
    directions = np.flatnonzero(values**2 > values.max(initial=0) ** 2 * NEGLIGIBLE)
    vectors = np.zeros((n_tracks, factors), np.float32)
    vectors[:, : len(directions)] = right[directions].T * np.sqrt(values[directions])
    common = vectors[frequency >= min(5, frequency.max(initial=1))]
    vectors /= np.sqrt(np.mean(common**2), dtype=np.float32)
    return vectors
