"""Similarity of playlists: pairs, neighbours, titles, and the number of dimensions of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import svds

from harness.kit.randomness import generator
from harness.kit.titles import normalise
from harness.ragged import NO_ID

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.types import Playlists

_BLOCK = 1_000
_RANKS = (1, 10, 100)
_MANY = 5
_COMPONENTS = 50


def measure_pairs(playlists: Playlists) -> dict[str, float]:
    """Shared tracks of all pairs of playlists with entries, and cosines of nearest neighbours."""
    playlists = playlists.take(playlists.tracks.lengths > 0)
    if len(playlists) <= _RANKS[-1]:
        return {}
    matrix = playlists.tracks.matrix(playlists.catalog.n_tracks)
    sizes = np.asarray(matrix.sum(axis=1)).ravel()
    n = len(playlists)
    sums = np.zeros(4)
    nearest = []
    transposed = matrix.T.tocsr()
    for first in range(0, n, _BLOCK):
        common = (matrix[first : first + _BLOCK] @ transposed).toarray()
        rows = np.arange(len(common))
        common[rows, first + rows] = 0
        cosine = common / np.sqrt(sizes[first : first + _BLOCK, None] * sizes)
        sums += common.sum(), (common >= 1).sum(), (common >= _MANY).sum(), cosine.sum()
        nearest.append(-np.partition(-cosine, _RANKS, axis=1)[:, np.array(_RANKS) - 1])
    means = sums / (n * (n - 1))
    values = dict(
        zip(
            ("pairs: common tracks", "pairs: one or more", "pairs: five or more", "pairs: cosine"),
            means.tolist(),
            strict=True,
        )
    )
    cosines = np.concatenate(nearest)
    for column, rank in enumerate(_RANKS):
        values[f"neighbour {rank}: cosine"] = float(cosines[:, column].mean())
    values["neighbour 1: p10"] = float(np.quantile(cosines[:, 0], 0.1))
    values["neighbour 1: p99"] = float(np.quantile(cosines[:, 0], 0.99))
    return values


def measure_spectrum(playlists: Playlists) -> dict[str, float]:
    """Singular values of the matrix weighted by inverse document frequency, with rows of length 1."""
    matrix = playlists.tracks.matrix(playlists.catalog.n_tracks)
    matrix = matrix[:, np.flatnonzero(np.bincount(matrix.indices))]
    idf = np.log(len(playlists) / np.bincount(matrix.indices))
    weighted = _unit_rows(csr_array(matrix @ diags_array(idf)))
    if min(weighted.shape) <= _COMPONENTS or not idf.any():
        return {}
    start = generator(0, "measure spectrum").standard_normal(min(weighted.shape))
    values = -np.sort(-svds(weighted, k=_COMPONENTS, return_singular_vectors=False, v0=start))
    shares = {f"singular value {k} / first": float(values[k - 1] / values[0]) for k in (2, 3, 5, 10, 20, 50)}
    return shares | {"energy in the first 50": float((values**2).sum() / len(playlists))}


def measure_titles(playlists: Playlists) -> dict[str, float]:
    """Cosines of pairs of playlists with the same normalised title, and of all pairs."""
    titles: dict[str, list[int]] = {}
    for row, name in enumerate(playlists.info["name"].to_list()):
        if not name:
            continue
        titles.setdefault(normalise(name), []).append(row)
    groups = [np.array(rows) for rows in titles.values() if len(rows) > 1]
    by_track = _unit_rows(playlists.tracks.matrix(playlists.catalog.n_tracks))
    known = np.flatnonzero(playlists.catalog.artist_of != NO_ID)
    to_artist = csr_array(
        (np.ones(len(known), np.float32), (known, playlists.catalog.artist_of[known])),
        shape=(playlists.catalog.n_tracks, playlists.catalog.n_artists),
    )
    by_artist = _unit_rows(csr_array(playlists.tracks.matrix(playlists.catalog.n_tracks) @ to_artist))
    return {
        "same title: cosine of tracks": _within(by_track, groups),
        "same title: cosine of artists": _within(by_artist, groups),
        "any pair: cosine of artists": _within(by_artist, [np.arange(len(playlists))]),
    }


def _within(unit: csr_array, groups: list[NDArray[np.int64]]) -> float:
    """Mean cosine of the pairs within groups of rows other than 0: (|sum|² - n) / 2 over n (n - 1) / 2."""
    similar, pairs = 0.0, 0
    is_empty = np.diff(unit.indptr) == 0
    for group in groups:
        rows = group[~is_empty[group]]
        total = np.asarray(unit[rows].sum(axis=0)).ravel().astype(np.float64) if len(rows) > _BLOCK else None
        squared = float(total @ total) if total is not None else float((unit[rows] @ unit[rows].T).sum())
        similar += squared - len(rows)
        pairs += len(rows) * (len(rows) - 1)
    return similar / pairs if pairs else float("nan")


def _unit_rows(matrix: csr_array) -> csr_array:
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return csr_array(diags_array(1 / np.maximum(norms, 1e-12)) @ matrix)
