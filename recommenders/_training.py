"""Training of networks: Adam on batches, with early stopping.

A network has parameters and one function: batch -> loss and gradients.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Protocol, TypeVar, cast

import numpy as np
from threadpoolctl import threadpool_limits

import harness
from recommenders._bounds import NonNegative, Positive, Seed  # noqa: TC001 - read when bounds are checked
from recommenders._cuts import Batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from harness import Ragged
    from recommenders._cuts import Batch, Popular

    Floats = NDArray[np.floating]
    Ids = NDArray[np.int32]
    Function = TypeVar("Function", bound=Callable[..., Any])

DECAY, SQUARED_DECAY, TINY = 0.9, 0.999, 1e-8
"""Decay rates and epsilon of Adam, as published."""


def one_blas_thread(function: Function) -> Function:
    """Decorator: BLAS runs with one thread inside the function.

    With more threads, the order of sums depends on the number of cores (observed with the Haswell and Zen kernels of
    OpenBLAS): the same run would give different lists on another machine.
    """

    @wraps(function)
    def limited(*args: Any, **kwargs: Any) -> Any:
        with threadpool_limits(1, "blas"):
            return function(*args, **kwargs)

    return cast("Function", limited)


class Gradient(NamedTuple):
    """Gradient of a parameter, or of some of its rows, which are distinct."""

    values: Floats
    rows: Ids | None = None


class Network(Protocol):
    """A trainable network."""

    @property
    def parameters(self) -> dict[str, NDArray[np.floating]]:
        """Arrays that training updates in place."""

    def gradients(self, batch: Batch) -> tuple[float, dict[str, Gradient]]:
        """Mean loss of the targets of the batch, and its gradient for each parameter."""


@dataclass
class Schedule:
    """Hyper-parameters of a network and its training, common to all recommenders with a network."""

    max_tracks: Positive = 500_000
    """Maximum number of tracks with vectors, the most frequent ones; the others are not recommended."""
    targets: Annotated[int, harness.Bounds(ge=1, le=100_000)] = 16
    """Maximum number of targets per playlist and epoch."""
    negatives: Annotated[int, harness.Bounds(ge=1, le=1_000_000)] = 256
    """Negatives per batch."""
    exponent: Annotated[float, harness.Bounds(ge=-10, le=10)] = 0.75
    """Exponent of the track frequency in the sampling of negatives."""
    learning_rate: Annotated[float, harness.Bounds(gt=0, le=1)] = 0.003
    """Learning rate of Adam."""
    batch: Annotated[int, harness.Bounds(ge=1, le=1_000_000)] = 256
    """Playlists per step."""
    epochs: Annotated[int, harness.Bounds(ge=1, le=1_000)] = 12
    """Maximum number of epochs."""
    patience: Positive = 2
    """Early stopping: epochs without a smaller validation loss after which training ends."""
    validation: Annotated[float, harness.Bounds(ge=0, lt=1)] = 0.05
    """Share of the training playlists used for early stopping only."""
    threads: NonNegative = 0
    """Number of threads of recommend, 0 for one per core; the lists do not depend on it. Training uses one."""
    seed: Seed = 0
    """Seed of the initial vectors, of the cuts and of the negatives."""


def train_as(schedule: Schedule, network: Network, playlists: Ragged, popular: Popular) -> None:
    """Train a network in place on playlists that can be cut, with the hyper-parameters of a recommender."""
    train(
        network,
        Batches(playlists, popular, size=schedule.batch, targets=schedule.targets, negatives=schedule.negatives),
        epochs=schedule.epochs,
        patience=schedule.patience,
        validation=schedule.validation,
        learning_rate=schedule.learning_rate,
        seed=schedule.seed,
    )


@one_blas_thread
def train(
    network: Network,
    batches: Batches,
    *,
    epochs: int,
    patience: int,
    validation: float,
    learning_rate: float,
    seed: int,
) -> None:
    """Train a network in place; the parameters of the epoch with the lowest validation loss are restored.

    Args:
        network: the network.
        batches: batches of the training playlists.
        epochs: maximum number of epochs.
        patience: epochs without a smaller validation loss after which training stops.
        validation: share of validation playlists; without any, all epochs are run.
        learning_rate: learning rate of Adam.
        seed: seed of cuts, negatives and validation playlists.
    """
    n = len(batches.playlists)
    order = harness.kit.generator(seed, "validation playlists").permutation(n)
    validation_rows, training_rows = np.split(order, [int(n * validation)])
    optimiser = Adam(network.parameters, learning_rate)
    least, best, n_without_gain = np.inf, {}, 0
    with harness.kit.step("read playlists", epochs * len(training_rows)) as bar:
        for epoch in range(epochs):
            rng = harness.kit.generator(seed, "training", epoch)
            for batch in batches.of(rng.permutation(training_rows), rng):
                optimiser.step(network.gradients(batch)[1])
                bar.advance(len(batch.given))
            if not len(validation_rows):
                continue
            loss = _loss(network, batches.of(validation_rows, harness.kit.generator(seed, "validation")))
            if loss < least:
                least, n_without_gain = loss, 0
                best = {name: values.copy() for name, values in network.parameters.items()}
            else:
                n_without_gain += 1
            if n_without_gain == patience:
                break
    for name, values in best.items():
        network.parameters[name][...] = values


class Adam:
    """Adam optimiser; of a gradient with rows, only these rows are updated.

    ::

        m = 0.9 m + 0.1 g        v = 0.999 v + 0.001 g^2
        parameter -= learning_rate * sqrt(1 - 0.999^t) / (1 - 0.9^t) * m / (sqrt(v) + 1e-8)

    Rows without a gradient keep m and v, so the cost of a step depends on the batch, not on the size of the parameter.
    Memory is twice that of the parameters.

    Source: Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization"; rows as in "lazy Adam".
    """

    def __init__(self, parameters: dict[str, NDArray[np.floating]], learning_rate: float) -> None:
        self._parameters = parameters
        self._learning_rate = learning_rate
        self._means = {name: np.zeros_like(values) for name, values in parameters.items()}
        self._squares = {name: np.zeros_like(values) for name, values in parameters.items()}
        self._n_steps = 0

    def step(self, gradients: dict[str, Gradient]) -> None:
        """Update the parameters in place."""
        self._n_steps += 1
        rate = self._learning_rate * np.sqrt(1 - SQUARED_DECAY**self._n_steps) / (1 - DECAY**self._n_steps)
        for name, gradient in gradients.items():
            rows = slice(None) if gradient.rows is None else gradient.rows
            mean = DECAY * self._means[name][rows] + (1 - DECAY) * gradient.values
            square = SQUARED_DECAY * self._squares[name][rows] + (1 - SQUARED_DECAY) * gradient.values**2
            self._means[name][rows], self._squares[name][rows] = mean, square
            self._parameters[name][rows] -= (float(rate) * mean / (np.sqrt(square) + TINY)).astype(mean.dtype)


def _loss(network: Network, batches: Iterator[Batch]) -> float:
    losses = np.array([(network.gradients(batch)[0], len(batch.targets.values)) for batch in batches])
    return float(np.average(losses[:, 0], weights=losses[:, 1]))
