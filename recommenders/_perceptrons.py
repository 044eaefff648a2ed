"""Network of `mean-variance`: perceptrons on the mean and standard deviation of vectors, with gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

import numpy as np

import harness
from recommenders._training import Gradient, Step
from recommenders._vectors import pooling, summing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from harness import Ragged
    from recommenders._cuts import Batch, Ids

    Floats = NDArray[np.floating]

PERCEPTRONS = ("first", "second", "head")
"""On the mean, on the sum with the deviation, and before the output, in this order."""

Statistics = Literal["mean", "variance", "both"]

LEAST_VARIANCE = 1e-4
"""Added to variances, so that the deviation of a single track has a gradient."""

NOISE = 0.1
"""Standard deviation of the noise added to the initial weights, relative to d^-0.5."""

SCALES = tuple(2.0 ** (1 - step / 2) for step in range(19))
"""Scales of the initial vectors to choose from: 2 to 2^-8."""


class _Forward(NamedTuple):
    """Inputs, hidden layers and output of the perceptrons; `active` is where the second one's output is positive."""

    first: Floats
    inside_first: Floats
    second: Floats
    inside_second: Floats
    active: NDArray[np.bool_]
    head: Floats
    inside_head: Floats
    output: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Perceptrons:
    """Parameters of the network, with the loss and gradients of a batch.

    Attributes:
        parameters: `seeds`, `tracks` (n_tracks, d), `bias` (n_tracks,); for each perceptron `NAME_in` (d, 2 d),
            `NAME_in_bias` (2 d,), `NAME_out` (2 d, d), `NAME_out_bias` (d,).
        log_q: log probability of each track as a negative, (n_tracks,).
        uses: statistics that enter the network.
    """

    parameters: dict[str, Floats]
    log_q: Floats
    uses: Statistics = "both"

    @classmethod
    def initial(cls, n_tracks: int, d: int, log_q: Floats, seed: int, uses: Statistics = "both") -> Self:
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
        return cls(parameters, log_q, uses)

    def start_at(self, vectors: Floats, batches: Sequence[Batch]) -> None:
        """Set the vectors of seeds and of tracks to `vectors`, (n_tracks, d), times the scale with the least loss.

        Scores grow with the square of the scale. Where they are too large at first, training undoes the vectors before
        it learns from them; which scale is too large depends on how many rare tracks there are, so on the corpus.

        Args:
            vectors: their root mean square is about 1.
            batches: batches whose loss decides; at least one.
        """

        def start(scale: float) -> None:
            for name in ("seeds", "tracks"):
                self.parameters[name][:] = vectors * scale

        def loss(scale: float) -> float:
            start(scale)
            return float(np.mean([self.gradients(batch).loss for batch in batches]))

        start(min(SCALES, key=loss))

    def playlist_vectors(self, given: Ragged) -> Floats:
        """Output vectors of playlists with these seeds, (n, d); each is independent of the other playlists."""
        mean, deviation, *_ = self._pooled(given)
        # products row by row: the last bits do not depend on the other rows
        return self._forward(mean[:, None], deviation[:, None]).output[:, 0]

    def gradients(self, batch: Batch) -> Step:
        """Mean cross-entropy of a target among the negatives, its gradients, and the accuracy.

        The accuracy is the share of targets that score above every negative of the batch, as corrected in the loss.
        """
        p = self.parameters
        dtype = p["seeds"].dtype
        mean, deviation, matrix, seeds = self._pooled(batch.given)
        forward = self._forward(mean, deviation)
        outputs = forward.output

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
        d_mean, d_deviation = self._backward_all(forward, d_outputs, gradients)
        gradients["seeds"] = Gradient(self._unpool(matrix, seeds, mean, deviation, d_mean, d_deviation), seeds)
        return Step(loss, gradients, float((on_targets > top[row, 0]).mean()))

    def _forward(self, mean: Floats, deviation: Floats) -> _Forward:
        """Inputs, hidden layers and output of the perceptrons; see the formula of `MeanVariance`."""
        first = deviation if self.uses == "variance" else mean
        added, inside_first = self._perceptron("first", first)
        second = first + added
        if self.uses == "both":
            second = second + deviation
        added, inside_second = self._perceptron("second", second)
        active = added > 0
        head = second + np.where(active, added, 0)
        output, inside_head = self._perceptron("head", head)
        return _Forward(first, inside_first, second, inside_second, active, head, inside_head, output)

    def _backward_all(
        self, forward: _Forward, d_output: Floats, gradients: dict[str, Gradient]
    ) -> tuple[Floats, Floats]:
        """Gradients of mean and deviation; those of the perceptrons are added to `gradients`."""
        d_head = self._backward("head", forward.head, forward.inside_head, d_output, gradients)
        d_added = np.where(forward.active, d_head, 0)
        d_second = d_head + self._backward("second", forward.second, forward.inside_second, d_added, gradients)
        d_first = d_second + self._backward("first", forward.first, forward.inside_first, d_second, gradients)
        unused = np.zeros_like(d_first)
        if self.uses == "variance":
            return unused, d_first
        return d_first, d_second if self.uses == "both" else unused

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
