"""Network of `neumf`: two towers on a pooled playlist vector and a track vector, with gradients."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Self

import numpy as np

import harness
from recommenders._training import Gradient, Step
from recommenders._vectors import pooling, summing

if TYPE_CHECKING:
    from collections.abc import Sequence

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
            (factors,); `of_playlist`, `of_track` (mlp_factors, layers[0]), the two halves of W1', `bias_1`
            (layers[0],); for each further layer l from 2, `layer_l` (layers[l - 2], layers[l - 1]), Wl', and `bias_l`
            (layers[l - 1],); `mlp_output` (layers[-1],).
        negative: total weight of the negatives relative to a target.
    """

    parameters: dict[str, Floats]
    negative: float = 5.0

    @classmethod
    def initial(
        cls, n_tracks: int, factors: int, mlp_factors: int, layers: Sequence[int], negative: float, seed: int
    ) -> Self:
        """Random initial parameters, scaled by width; the GMF tower starts as an inner product."""
        rng = harness.kit.generator(seed, "network")

        def drawn(rows: int, columns: int, size: float) -> NDArray[np.float32]:
            return rng.standard_normal((rows, columns), np.float32) * np.float32(size)

        parameters: dict[str, Floats] = {
            "seeds": drawn(n_tracks, factors + mlp_factors, BEGINNING),
            "tracks": drawn(n_tracks, factors + mlp_factors, BEGINNING),
            "bias": np.zeros(n_tracks, np.float32),
            "gmf_output": np.ones(factors, np.float32),
            "of_playlist": drawn(mlp_factors, layers[0], mlp_factors**-0.5),
            "of_track": drawn(mlp_factors, layers[0], mlp_factors**-0.5),
            "bias_1": np.zeros(layers[0], np.float32),
        }
        for number, (before, width) in enumerate(pairwise(layers), 2):
            parameters[f"layer_{number}"] = drawn(before, width, (2 / before) ** 0.5)
            parameters[f"bias_{number}"] = np.zeros(width, np.float32)
        parameters["mlp_output"] = drawn(1, layers[-1], layers[-1] ** -0.5)[0]
        return cls(parameters, negative)

    @property
    def later_layers(self) -> list[int]:
        """Numbers of the layers of the MLP tower after the first, in order."""
        return [int(name.removeprefix("layer_")) for name in self.parameters if name.startswith("layer_")]

    def playlists(self, given: Ragged) -> Floats:
        """Vectors of playlists with these seeds, (n, factors + mlp_factors)."""
        matrix, tracks = pooling(given, POOLING, self.parameters["seeds"].dtype)
        vectors: Floats = matrix @ self.parameters["seeds"][tracks]
        return vectors

    def first_layer_of_tracks(self) -> Floats:
        """Contribution of each track to the first MLP layer, (n_tracks, layers[0]); the same for every playlist."""
        p = self.parameters
        layer: Floats = p["tracks"][:, len(p["gmf_output"]) :] @ p["of_track"]
        return layer

    def logits(self, playlist: Floats, tracks: Ids, first_layer: Floats) -> Floats:
        """Logits z of one playlist vector and n tracks, (n,)."""
        p = self.parameters
        n_gmf = len(p["gmf_output"])
        first = np.maximum(first_layer[tracks] + (playlist[n_gmf:] @ p["of_playlist"] + p["bias_1"]), 0)
        last = self._later(first)[-1]
        gmf = p["tracks"][tracks, :n_gmf] @ (playlist[:n_gmf] * p["gmf_output"])
        z: Floats = gmf + last @ p["mlp_output"] + p["bias"][tracks]
        return z

    def _later(self, first: Floats) -> list[Floats]:
        """Outputs of all layers of the MLP tower, given that of the first."""
        outputs = [first]
        for number in self.later_layers:
            weights, bias = self.parameters[f"layer_{number}"], self.parameters[f"bias_{number}"]
            outputs.append(np.maximum(outputs[-1] @ weights + bias, 0))
        return outputs

    def _later_gradients(self, outputs: list[Floats], d_last: Floats) -> tuple[Floats, dict[str, Gradient]]:
        """Gradients of the input of the second layer, and of the parameters from the second layer on."""
        gradients = {}
        d_output = d_last
        for number, before, output in reversed(list(zip(self.later_layers, outputs, outputs[1:], strict=False))):
            d_inside = np.where(output > 0, d_output, 0)
            gradients[f"layer_{number}"] = Gradient(before.T @ d_inside)
            gradients[f"bias_{number}"] = Gradient(d_inside.sum(axis=0))
            d_output = d_inside @ self.parameters[f"layer_{number}"].T
        return d_output, gradients

    def gradients(self, batch: Batch) -> Step:
        """Mean cross-entropy of a target and its negatives, its gradients, and the binary accuracy.

        A pair is a playlist and a track. There are few pairs with targets, and n * n_negatives pairs with negatives,
        which are computed as a product of two matrices. The accuracy is the share of pairs with z > 0 for a target
        and z < 0 for a negative, weighted as in the loss.
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
        mlp_of_playlist = playlists[:, n_gmf:] @ p["of_playlist"] + p["bias_1"]
        mlp_of_track = vectors[:, n_gmf:] @ p["of_track"]
        first = np.concatenate(
            [
                mlp_of_playlist[row] + mlp_of_track[column],
                (mlp_of_playlist[:, None] + mlp_of_track[negatives]).reshape(-1, mlp_of_track.shape[1]),
            ]
        )
        np.maximum(first, 0, out=first)
        outputs = self._later(first)
        z = outputs[-1] @ p["mlp_output"]
        z[:n_targets] += (gmf_of_playlist[row] * gmf_of_track[column]).sum(axis=1) + bias[column]
        z[n_targets:] += (gmf_of_playlist @ gmf_of_track[negatives].T + bias[negatives]).ravel()
        on_targets, on_negatives = z[:n_targets], z[n_targets:].reshape(n, -1)
        loss = (np.logaddexp(0, -on_targets).sum() + (weights * np.logaddexp(0, on_negatives)).sum()) / n_targets
        n_correct = np.count_nonzero(on_targets > 0) + (weights * (on_negatives < 0)).sum()
        accuracy = n_correct / (n_targets + weights.sum())

        # backward
        on_targets = -sigmoid(-on_targets) / n_targets
        on_negatives = weights * sigmoid(on_negatives) / n_targets
        dz = np.concatenate([on_targets, on_negatives.ravel()])
        d_first, gradients = self._later_gradients(outputs, dz[:, None] * p["mlp_output"])
        d_first = np.where(first > 0, d_first, 0)
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
        gradients |= {
            "seeds": Gradient(matrix.T @ d_playlists, seeds),
            "tracks": Gradient(np.hstack([d_gmf_of_track, d_mlp_of_track @ p["of_track"].T]), tracks),
            "bias": Gradient(of_column @ on_targets + of_negative @ on_negatives.sum(axis=0), tracks),
            "gmf_output": Gradient((d_gmf_of_playlist * playlists[:, :n_gmf]).sum(axis=0)),
            "of_playlist": Gradient(playlists[:, n_gmf:].T @ d_mlp_of_playlist),
            "of_track": Gradient(vectors[:, n_gmf:].T @ d_mlp_of_track),
            "bias_1": Gradient(d_mlp_of_playlist.sum(axis=0)),
            "mlp_output": Gradient(dz @ outputs[-1]),
        }
        return Step(float(loss), gradients, float(accuracy))


def sigmoid(z: Floats) -> Floats:
    """1 / (1 + exp(-z)) without overflow."""
    small = np.exp(-np.abs(z))
    values: Floats = np.where(z >= 0, 1, small) / (1 + small)
    return values
