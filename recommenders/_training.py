"""How networks are trained: Adam over batches, and an end before they know the playlists by heart.

A network is its parameters and one function: a batch -> its loss and the gradients.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar, cast

import numpy as np
from threadpoolctl import threadpool_limits

import harness
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
"""Adam's, as published."""


def one_blas_thread(function: Function) -> Function:
    """Decorator: BLAS runs with one thread inside the function.

    With more, the partition of a product and with it the order of its sums depend on the number of cores (seen with
    OpenBLAS's kernels for Haswell and Zen): the same run would give other lists on another machine.
    """

    @wraps(function)
    def limited(*args: Any, **kwargs: Any) -> Any:
        with threadpool_limits(1, "blas"):
            return function(*args, **kwargs)

    return cast("Function", limited)


class Gradient(NamedTuple):
    """The gradient of one parameter: of all of it, or of the rows that are named, each once."""

    values: Floats
    rows: Ids | None = None


class Network(Protocol):
    """What can be trained."""

    @property
    def parameters(self) -> dict[str, NDArray[np.floating]]:
        """The arrays that training moves, in place."""

    def gradients(self, batch: Batch) -> tuple[float, dict[str, Gradient]]:
        """The mean loss of the batch's targets, and its gradient by each parameter."""


class Schedule(Protocol):
    """How long and by which steps a network is trained: hyper-parameters of every recommender that has one."""

    targets: int
    negatives: int
    learning_rate: float
    batch: int
    epochs: int
    patience: int
    validation: float
    seed: int


def check(schedule: Schedule) -> None:
    """Refuse values without a meaning; raises ValueError."""
    for name in ("targets", "negatives", "batch", "epochs", "patience"):
        if getattr(schedule, name) < 1:
            raise ValueError(f"{name}={getattr(schedule, name)}: it must be at least 1")
    if schedule.learning_rate <= 0:
        raise ValueError(f"learning_rate={schedule.learning_rate}: it must be above 0")
    if not 0 <= schedule.validation < 1:
        raise ValueError(f"validation={schedule.validation}: a share of the playlists below 1")


def train_as(schedule: Schedule, network: Network, playlists: Ragged, popular: Popular) -> None:
    """Train a network in place on playlists that can be cut in two, as a recommender's hyper-parameters say."""
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
    """Train a network in place, and leave it as it was when it told the validation playlists best.

    Args:
        network: its parameters, and their gradients.
        batches: the training playlists.
        epochs: how often they are read at most.
        patience: after so many epochs without a smaller loss of the validation playlists it stops.
        validation: the share of the playlists that it does not learn from; where that is none, all epochs count.
        learning_rate: Adam's.
        seed: of what is drawn.
    """
    n = len(batches.playlists)
    order = harness.generator(seed, "validation playlists").permutation(n)
    held_out, learnt = np.split(order, [int(n * validation)])
    optimiser = Adam(network.parameters, learning_rate)
    least, best, waited = np.inf, {}, 0
    with harness.step("read playlists", epochs * len(learnt)) as bar:
        for epoch in range(epochs):
            rng = harness.generator(seed, "training", epoch)
            for batch in batches.of(rng.permutation(learnt), rng):
                optimiser.step(network.gradients(batch)[1])
                bar.advance(len(batch.given))
            if not len(held_out):
                continue
            loss = _loss(network, batches.of(held_out, harness.generator(seed, "validation")))
            if loss < least:
                least, waited = loss, 0
                best = {name: values.copy() for name, values in network.parameters.items()}
            else:
                waited += 1
            if waited == patience:
                break
    for name, values in best.items():
        network.parameters[name][...] = values


class Adam:
    """Adaptive steps against the gradients; of a table with named rows only those move.

    ::

        m = 0.9 m + 0.1 g        v = 0.999 v + 0.001 g^2
        parameter -= learning_rate * sqrt(1 - 0.999^t) / (1 - 0.9^t) * m / (sqrt(v) + 1e-8)

    Rows that have no gradient keep m and v as they are, so a step costs what the batch holds, not what the
    table holds. Memory is twice the parameters.

    Source: Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization"; rows as in "lazy Adam".
    """

    def __init__(self, parameters: dict[str, NDArray[np.floating]], learning_rate: float) -> None:
        self._parameters = parameters
        self._learning_rate = learning_rate
        self._means = {name: np.zeros_like(values) for name, values in parameters.items()}
        self._squares = {name: np.zeros_like(values) for name, values in parameters.items()}
        self._n_steps = 0

    def step(self, gradients: dict[str, Gradient]) -> None:
        """Move the parameters, in place."""
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
