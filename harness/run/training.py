"""Layers and learning curves of a recommender's network, as a run's record keeps them."""

from __future__ import annotations

import math

import msgspec


class Epoch(msgspec.Struct, frozen=True, kw_only=True):
    """Loss and accuracy of one epoch; None stands for a number that is not finite, or not known.

    Attributes:
        loss: mean loss of the batches, as they were trained.
        accuracy: share of correct predictions in them, in [0, 1].
        held_out_loss: mean loss of the playlists held out from training, after the epoch; None without any.
        held_out_accuracy: share of correct predictions for them.
    """

    loss: float | None
    accuracy: float | None = None
    held_out_loss: float | None = None
    held_out_accuracy: float | None = None


class Training(msgspec.Struct, frozen=True, kw_only=True):
    """Network of a recommender, and the course of its training.

    Attributes:
        layers: name of an array of parameters -> its shape.
        epochs: loss and accuracy of each epoch, in order.
        best_epoch: number of the epoch whose parameters the network has, from 1: that of the least held-out loss, the
            last one without held-out playlists; 0 for the initial parameters.
    """

    layers: dict[str, list[int]]
    epochs: list[Epoch]
    best_epoch: int

    @property
    def n_parameters(self) -> int:
        """Number of parameters of all layers."""
        return sum(map(math.prod, self.layers.values()))

    def lines(self) -> list[str]:
        """The network and its training in two lines for a terminal."""
        shapes = ", ".join(f"{name} {' x '.join(map(str, shape))}" for name, shape in self.layers.items())
        return [f"network: {self.n_parameters:,} parameters ({shapes})", f"training: {self._outcome()}"]

    def _outcome(self) -> str:
        if not self.epochs:
            return "no playlist to learn from"
        text = f"{len(self.epochs)} epochs"
        last = self.epochs[-1]
        if last.loss is None or (last.held_out_loss is None and last.held_out_accuracy is not None):
            text += ", stopped at a loss that is not a finite number"
        if not self.best_epoch:
            return f"{text}; initial parameters"
        epoch = self.epochs[self.best_epoch - 1]
        numbers = {
            "loss": epoch.loss,
            "held-out loss": epoch.held_out_loss,
            "accuracy": epoch.accuracy,
            "held-out accuracy": epoch.held_out_accuracy,
        }
        known = ", ".join(f"{name} {number:.4f}" for name, number in numbers.items() if number is not None)
        return f"{text}; parameters of epoch {self.best_epoch}: {known}"
