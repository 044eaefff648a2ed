"""Network of `mean-variance`: perceptrons on the mean and standard deviation of vectors, with gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

import harness
from recommenders._training import Gradient
from recommenders._vectors import pooling, summing

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from harness import Ragged
    from recommenders._cuts import Batch, Ids

    Floats = NDArray[np.floating]

PERCEPTRONS = ("mean", "both", "head")
"""On the mean, on mean and deviation, and before the output, in this order."""

LEAST_VARIANCE = 1e-4
"""Added to variances, so that the deviation of a single track has a gradient."""

NOISE = 0.1
"""Standard deviation of the noise added to the initial weights, relative to d^-0.5."""


@dataclass(frozen=True, slots=True, eq=False)
class Perceptrons:
    """Parameters of the network, with the loss and gradients of a batch.

    Attributes:
        parameters: `seeds`, `tracks` (n_tracks, d), `bias` (n_tracks,); for each perceptron `NAME_in` (d, 2 d),
            `NAME_in_bias` (2 d,), `NAME_out` (2 d, d), `NAME_out_bias` (d,).
        log_q: log probability of each track as a negative, (n_tracks,).
    """

    parameters: dict[str, Floats]
    log_q: Floats

    @classmethod
    def initial(cls, n_tracks: int, d: int, log_q: Floats, seed: int) -> Self:
        """Initial parameters: head = identity, other perceptrons near 0, vectors 0, bias = log_q."""
        rng = harness.kit.generator(seed, "network")
        identity = np.hstack([np.eye(d), -np.eye(d)])
        parameters = {
            "seeds": np.zeros((n_tracks, d), np.float32),
            "tracks": np.zeros((n_tracks, d), np.float32),
            "bias": log_q.copy(),
        }
        for name in PERCEPTRONS:
            noise = rng.standard_normal((2, d, 2 * d)) * NOISE * d**-0.5
            out = identity.T + noise[1].T if name == "head" else noise[1].T
            parameters[f"{name}_in"] = (identity + noise[0]).astype(np.float32)
            parameters[f"{name}_in_bias"] = np.zeros(2 * d, np.float32)
            parameters[f"{name}_out"] = out.astype(np.float32)
            parameters[f"{name}_out_bias"] = np.zeros(d, np.float32)
        return cls(parameters, log_q)

    def playlist_vectors(self, given: Ragged) -> Floats:
        """Output vectors of playlists with these seeds, (n, d); each is independent of the other playlists."""
        mean, deviation, *_ = self._pooled(given)
        x = mean[:, None]  # products row by row: the last bits do not depend on the other rows
        x = x + self._perceptron("mean", x)[0]
        y = x + mean[:, None] + deviation[:, None]
        y = y + self._perceptron("both", y)[0]
        return self._perceptron("head", y)[0][:, 0]

    def gradients(self, batch: Batch) -> tuple[float, dict[str, Gradient]]:
        """Mean cross-entropy of a target among the negatives, and its gradients."""
        p = self.parameters
        dtype = p["seeds"].dtype
        mean, deviation, matrix, seeds = self._pooled(batch.given)
        added, inside_mean = self._perceptron("mean", mean)
        both = 2 * mean + added + deviation
        added, inside_both = self._perceptron("both", both)
        before_head = both + added
        outputs, inside_head = self._perceptron("head", before_head)

        tracks = np.unique(np.concatenate([batch.targets.values, batch.negatives]))
        row, column = batch.targets.row_ids, np.searchsorted(tracks, batch.targets.values)
        negatives = np.searchsorted(tracks, batch.negatives)
        of_row, of_column = summing(row, len(outputs), dtype), summing(column, len(tracks), dtype)
        of_negative = summing(negatives, len(tracks), dtype)
        vectors = p["tracks"][tracks]
        offset = p["bias"][tracks] - self.log_q[tracks] - np.log(len(negatives)).astype(dtype)

        on_targets = (outputs[row] * vectors[column]).sum(axis=1) + offset[column]
        on_negatives = np.where(batch.absent, outputs @ vectors[negatives].T + offset[negatives], -np.inf)
        top = np.maximum(on_negatives.max(axis=1), -1e30)[:, None]  # a playlist may have every negative
        of_negatives = np.exp(on_negatives - top)
        log_sum = np.log(np.maximum(of_negatives.sum(axis=1), np.finfo(dtype).tiny)) + top[:, 0]
        log_total = np.logaddexp(on_targets, log_sum[row])
        loss = float((log_total - on_targets).mean())

        n = len(row)
        d_targets = (np.exp(on_targets - log_total) - 1) / n
        share = of_row @ np.exp(log_sum[row] - log_total) / n
        d_negatives = of_negatives * (share / np.maximum(of_negatives.sum(axis=1), np.finfo(dtype).tiny))[:, None]
        d_outputs = of_row @ (d_targets[:, None] * vectors[column]) + d_negatives @ vectors[negatives]
        d_tracks = of_column @ (d_targets[:, None] * outputs[row]) + of_negative @ (d_negatives.T @ outputs)
        d_bias = of_column @ d_targets + of_negative @ d_negatives.sum(axis=0)
        gradients = {"tracks": Gradient(d_tracks, tracks), "bias": Gradient(d_bias, tracks)}
        d_before_head = self._backward("head", before_head, inside_head, d_outputs, gradients)
        d_both = d_before_head + self._backward("both", both, inside_both, d_before_head, gradients)
        d_mean = 2 * d_both + self._backward("mean", mean, inside_mean, d_both, gradients)
        gradients["seeds"] = Gradient(self._unpool(matrix, seeds, mean, deviation, d_mean, d_both), seeds)
        return loss, gradients

    def _pooled(self, given: Ragged) -> tuple[Floats, Floats, csr_array, Ids]:
        """Mean and deviation, (n, d) each; the pooling matrix and its tracks."""
        matrix, tracks = pooling(given, 1.0, self.parameters["seeds"].dtype)
        vectors = self.parameters["seeds"][tracks]
        mean = matrix @ vectors
        variance = np.maximum(matrix @ vectors**2 - mean**2, 0)
        return mean, np.sqrt(variance + LEAST_VARIANCE, dtype=mean.dtype), matrix, tracks

    def _unpool(
        self, matrix: csr_array, seeds: Ids, mean: Floats, deviation: Floats, d_mean: Floats, d_deviation: Floats
    ) -> Floats:
        """Gradient of the seed vectors; the derivative of the deviation is (e - mean) / (n * deviation)."""
        slope = d_deviation / deviation
        gradient: Floats = matrix.T @ (d_mean - slope * mean) + self.parameters["seeds"][seeds] * (matrix.T @ slope)
        return gradient

    def _perceptron(self, name: str, x: Floats) -> tuple[Floats, Floats]:
        """Output and hidden layer of a perceptron."""
        p = self.parameters
        inside = np.maximum(x @ p[f"{name}_in"] + p[f"{name}_in_bias"], 0)
        return inside @ p[f"{name}_out"] + p[f"{name}_out_bias"], inside

    def _backward(self, name: str, x: Floats, inside: Floats, d_out: Floats, gradients: dict[str, Gradient]) -> Floats:
        """Gradient of the input of a perceptron; the gradients of its parameters are added to `gradients`."""
        p = self.parameters
        d_inside = np.where(inside > 0, d_out @ p[f"{name}_out"].T, 0)
        gradients[f"{name}_out"] = Gradient(inside.T @ d_out)
        gradients[f"{name}_out_bias"] = Gradient(d_out.sum(axis=0))
        gradients[f"{name}_in"] = Gradient(x.T @ d_inside)
        gradients[f"{name}_in_bias"] = Gradient(d_inside.sum(axis=0))
        d_x: Floats = d_inside @ p[f"{name}_in"].T
        return d_x
