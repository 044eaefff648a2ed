"""Network of `neumf`: two towers on a pooled playlist vector and a track vector, with gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

import harness
from recommenders._training import Gradient
from recommenders._vectors import pooling, summing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness import Ragged
    from recommenders._cuts import Batch, Ids

    Floats = NDArray[np.floating]

POOLING = 0.5
"""The sum of n seed vectors is divided by n^POOLING: similar seeds give a longer playlist vector."""

BEGINNING = 0.1
"""Standard deviation of random initial vectors."""


@dataclass(frozen=True, slots=True, eq=False)
class Towers:
    """Parameters of the two towers, with the loss and gradients of a batch.

    Attributes:
        parameters: `seeds`, `tracks` (n_tracks, factors + mlp_factors), `bias` (n_tracks,); `gmf_output`
            (factors,); `of_playlist`, `of_track` (mlp_factors, hidden), the two halves of W1', `first_bias`
            (hidden,); `second` (hidden, hidden // 2), W2', `second_bias`, `mlp_output` (hidden // 2,).
        negative: total weight of the negatives relative to a target.
    """

    parameters: dict[str, Floats]
    negative: float = 5.0

    @classmethod
    def initial(cls, n_tracks: int, factors: int, mlp_factors: int, hidden: int, negative: float, seed: int) -> Self:
        """Random initial parameters, scaled by width; the GMF tower starts as an inner product."""
        rng = harness.kit.generator(seed, "network")

        def drawn(rows: int, columns: int, size: float) -> NDArray[np.float32]:
            return rng.standard_normal((rows, columns), np.float32) * np.float32(size)

        return cls(
            {
                "seeds": drawn(n_tracks, factors + mlp_factors, BEGINNING),
                "tracks": drawn(n_tracks, factors + mlp_factors, BEGINNING),
                "bias": np.zeros(n_tracks, np.float32),
                "gmf_output": np.ones(factors, np.float32),
                "of_playlist": drawn(mlp_factors, hidden, mlp_factors**-0.5),
                "of_track": drawn(mlp_factors, hidden, mlp_factors**-0.5),
                "first_bias": np.zeros(hidden, np.float32),
                "second": drawn(hidden, hidden // 2, (2 / hidden) ** 0.5),
                "second_bias": np.zeros(hidden // 2, np.float32),
                "mlp_output": drawn(1, hidden // 2, (hidden // 2) ** -0.5)[0],
            },
            negative,
        )

    def playlists(self, given: Ragged) -> Floats:
        """Vectors of playlists with these seeds, (n, factors + mlp_factors)."""
        matrix, tracks = pooling(given, POOLING, self.parameters["seeds"].dtype)
        vectors: Floats = matrix @ self.parameters["seeds"][tracks]
        return vectors

    def first_layer_of_tracks(self) -> Floats:
        """Contribution of each track to the first MLP layer, (n_tracks, hidden); the same for every playlist."""
        p = self.parameters
        layer: Floats = p["tracks"][:, len(p["gmf_output"]) :] @ p["of_track"]
        return layer

    def logits(self, playlist: Floats, tracks: Ids, first_layer: Floats) -> Floats:
        """Logits z of one playlist vector and n tracks, (n,)."""
        p = self.parameters
        n_gmf = len(p["gmf_output"])
        first = np.maximum(first_layer[tracks] + (playlist[n_gmf:] @ p["of_playlist"] + p["first_bias"]), 0)
        second = np.maximum(first @ p["second"] + p["second_bias"], 0)
        gmf = p["tracks"][tracks, :n_gmf] @ (playlist[:n_gmf] * p["gmf_output"])
        z: Floats = gmf + second @ p["mlp_output"] + p["bias"][tracks]
        return z

    def gradients(self, batch: Batch) -> tuple[float, dict[str, Gradient]]:
        """Mean cross-entropy of a target and its negatives, and its gradients.

        A pair is a playlist and a track. There are few pairs with targets, and n * n_negatives pairs with negatives,
        which are computed as a product of two matrices.
        """
        p = self.parameters
        dtype = p["seeds"].dtype
        matrix, seeds = pooling(batch.given, POOLING, dtype)
        playlists = matrix @ p["seeds"][seeds]
        tracks = np.unique(np.concatenate([batch.targets.values, batch.negatives]))
        vectors, bias = p["tracks"][tracks], p["bias"][tracks]
        row, column = batch.targets.row_ids, np.searchsorted(tracks, batch.targets.values)
        negatives = np.searchsorted(tracks, batch.negatives)

        n, n_targets, n_gmf = len(playlists), len(row), len(p["gmf_output"])
        weights = batch.absent * (self.negative * batch.targets.lengths / len(negatives))[:, None].astype(dtype)
        of_row, of_column = summing(row, n, dtype), summing(column, len(tracks), dtype)
        of_negative = summing(negatives, len(tracks), dtype)

        # forward
        gmf_of_playlist, gmf_of_track = playlists[:, :n_gmf] * p["gmf_output"], vectors[:, :n_gmf]
        mlp_of_playlist = playlists[:, n_gmf:] @ p["of_playlist"] + p["first_bias"]
        mlp_of_track = vectors[:, n_gmf:] @ p["of_track"]
        first = np.concatenate(
            [
                mlp_of_playlist[row] + mlp_of_track[column],
                (mlp_of_playlist[:, None] + mlp_of_track[negatives]).reshape(-1, mlp_of_track.shape[1]),
            ]
        )
        np.maximum(first, 0, out=first)
        second = np.maximum(first @ p["second"] + p["second_bias"], 0)
        z = second @ p["mlp_output"]
        z[:n_targets] += (gmf_of_playlist[row] * gmf_of_track[column]).sum(axis=1) + bias[column]
        z[n_targets:] += (gmf_of_playlist @ gmf_of_track[negatives].T + bias[negatives]).ravel()
        on_targets, on_negatives = z[:n_targets], z[n_targets:].reshape(n, -1)
        loss = (np.logaddexp(0, -on_targets).sum() + (weights * np.logaddexp(0, on_negatives)).sum()) / n_targets

        # backward
        on_targets = -sigmoid(-on_targets) / n_targets
        on_negatives = weights * sigmoid(on_negatives) / n_targets
        dz = np.concatenate([on_targets, on_negatives.ravel()])
        d_second = np.where(second > 0, dz[:, None] * p["mlp_output"], 0)
        d_first = np.where(first > 0, d_second @ p["second"].T, 0)
        to_targets, to_negatives = d_first[:n_targets], d_first[n_targets:].reshape(n, len(negatives), -1)
        d_mlp_of_playlist = of_row @ to_targets + to_negatives.sum(axis=1)
        d_mlp_of_track = of_column @ to_targets + of_negative @ to_negatives.sum(axis=0)
        d_gmf_of_playlist = (
            of_row @ (on_targets[:, None] * gmf_of_track[column]) + on_negatives @ gmf_of_track[negatives]
        )
        d_gmf_of_track = of_column @ (on_targets[:, None] * gmf_of_playlist[row]) + of_negative @ (
            on_negatives.T @ gmf_of_playlist
        )
        d_playlists = np.hstack([d_gmf_of_playlist * p["gmf_output"], d_mlp_of_playlist @ p["of_playlist"].T])
        return float(loss), {
            "seeds": Gradient(matrix.T @ d_playlists, seeds),
            "tracks": Gradient(np.hstack([d_gmf_of_track, d_mlp_of_track @ p["of_track"].T]), tracks),
            "bias": Gradient(of_column @ on_targets + of_negative @ on_negatives.sum(axis=0), tracks),
            "gmf_output": Gradient((d_gmf_of_playlist * playlists[:, :n_gmf]).sum(axis=0)),
            "of_playlist": Gradient(playlists[:, n_gmf:].T @ d_mlp_of_playlist),
            "of_track": Gradient(vectors[:, n_gmf:].T @ d_mlp_of_track),
            "first_bias": Gradient(d_mlp_of_playlist.sum(axis=0)),
            "second": Gradient(first.T @ d_second),
            "second_bias": Gradient(d_second.sum(axis=0)),
            "mlp_output": Gradient(dz @ second),
        }


def sigmoid(z: Floats) -> Floats:
    """1 / (1 + exp(-z)) without overflow."""
    small = np.exp(-np.abs(z))
    values: Floats = np.where(z >= 0, 1, small) / (1 + small)
    return values
