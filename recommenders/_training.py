"""Training of networks: Adam on batches, with early stopping and learning curves.

A network has parameters and one function: batch -> loss, gradients and accuracy.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import asdict, dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Protocol, TypeVar, cast

import numpy as np
from threadpoolctl import threadpool_limits

import harness
from recommenders._bounds import NonNegative, Positive, Seed  # noqa: TC001 - read when bounds are checked
from recommenders._cuts import Batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from harness import Ragged
    from harness.kit import Bar
    from recommenders._cuts import Batch, Popular

    Floats = NDArray[np.floating]
    Ids = NDArray[np.int32]
    Function = TypeVar("Function", bound=Callable[..., Any])

DECAY, SQUARED_DECAY, TINY = 0.9, 0.999, 1e-8
"""Decay rates and epsilon of Adam, as published."""

HISTORY = "training.json"


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


class Step(NamedTuple):
    """Result of a batch.

    Attributes:
        loss: mean over the targets.
        gradients: of the loss, by parameter.
        accuracy: share of correct predictions, in [0, 1]; each network defines them.
    """

    loss: float
    gradients: dict[str, Gradient]
    accuracy: float


class Network(Protocol):
    """A trainable network."""

    @property
    def parameters(self) -> dict[str, NDArray[np.floating]]:
        """Arrays that training updates in place."""

    def gradients(self, batch: Batch) -> Step:
        """Mean loss of the targets of the batch, its gradient for each parameter, and the accuracy."""


@dataclass
class History:
    """Course of a training.

    Attributes:
        layers: parameter -> shape of its array.
        epochs: of each epoch, `loss` and `accuracy`, of the batches as they were trained, and `held_out_loss` and
            `held_out_accuracy`, of the validation playlists after the epoch.
        best_epoch: number of the epoch whose parameters the network has, from 1; 0 for the initial ones.
    """

    layers: dict[str, list[int]] = field(default_factory=dict)
    epochs: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = 0


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

    def __post_init__(self) -> None:
        """Set the history of a network that is not trained yet."""
        self.history_ = History()

    @property
    def training(self) -> dict[str, Any]:
        """Layers and learning curves of the network, for the record of a run."""
        return asdict(self.history_)

    def batches(self, playlists: Ragged, popular: Popular) -> Batches:
        """Source of batches of these playlists, with the sizes of this schedule."""
        return Batches(playlists, popular, size=self.batch, targets=self.targets, negatives=self.negatives)

    def train(self, name: str, network: Network, playlists: Ragged, popular: Popular) -> None:
        """Train the network of recommender `name` in place on playlists that can be cut; there may be none."""
        layers = {parameter: list(values.shape) for parameter, values in network.parameters.items()}
        self.history_ = History(layers)
        if not len(playlists):
            return
        self.history_.epochs, self.history_.best_epoch = train(
            network,
            self.batches(playlists, popular),
            name=name,
            epochs=self.epochs,
            patience=self.patience,
            validation=self.validation,
            learning_rate=self.learning_rate,
            seed=self.seed,
        )

    def save_history(self, folder: Path) -> None:
        """Save the history in a model's folder."""
        (folder / HISTORY).write_text(json.dumps(self.training), encoding="utf-8")

    def load_history(self, folder: Path) -> None:
        """Load it."""
        self.history_ = History(**json.loads((folder / HISTORY).read_text(encoding="utf-8")))


@one_blas_thread
def train(
    network: Network,
    batches: Batches,
    *,
    name: str,
    epochs: int,
    patience: int,
    validation: float,
    learning_rate: float,
    seed: int,
) -> tuple[list[dict[str, float]], int]:
    """Train a network in place; the parameters of the epoch with the lowest held-out loss are restored.

    A loss that is not finite ends the training with a warning; the best parameters until then are restored.

    Args:
        network: the network.
        batches: batches of the training playlists.
        name: names the network in warnings.
        epochs: maximum number of epochs.
        patience: epochs without a smaller held-out loss after which training stops.
        validation: share of validation playlists; without any, all epochs are run.
        learning_rate: learning rate of Adam.
        seed: seed of cuts, negatives and validation playlists.

    Returns:
        Loss and accuracy of each epoch, see `History`, and the number of the epoch whose parameters are restored.
    """
    n = len(batches.playlists)
    order = harness.kit.generator(seed, "validation playlists").permutation(n)
    validation_rows, training_rows = np.split(order, [int(n * validation)])
    optimiser = Adam(network.parameters, learning_rate)
    curves: list[dict[str, float]] = []
    least, best, best_epoch = np.inf, _copied(network), 0
    with (
        np.errstate(over="ignore", invalid="ignore"),  # reported below
        harness.kit.step("read playlists", epochs * len(training_rows)) as bar,
    ):
        for epoch in range(1, epochs + 1):
            curves.append(_epoch(network, optimiser, batches, training_rows, (seed, epoch), bar))
            loss = curves[-1]["loss"]
            if len(validation_rows):
                rng = harness.kit.generator(seed, "validation")
                steps = _steps(network, batches.of(validation_rows, rng))
                loss, curves[-1]["held_out_accuracy"] = _means(steps)
                curves[-1]["held_out_loss"] = loss
            if not (np.isfinite([curves[-1]["loss"], loss]).all() and _is_finite(network)):
                _warn(name, epoch, best_epoch)
                break
            if loss < least or not len(validation_rows):
                least, best, best_epoch = loss, _copied(network), epoch
            elif epoch - best_epoch == patience:
                break
    for parameter, values in best.items():
        network.parameters[parameter][...] = values
    return curves, best_epoch


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


def _epoch(
    network: Network, optimiser: Adam, batches: Batches, rows: NDArray[np.int64], seeds: tuple[int, int], bar: Bar
) -> dict[str, float]:
    """Train on each playlist once, up to a loss that is not finite; loss and accuracy of the batches."""
    seed, epoch = seeds
    rng = harness.kit.generator(seed, "training", epoch - 1)
    results = []
    for batch in batches.of(rng.permutation(rows), rng):
        result = network.gradients(batch)
        optimiser.step(result.gradients)
        results.append((result.loss, result.accuracy, len(batch.targets.values)))
        bar.advance(len(batch.given), f"epoch {epoch}, loss {result.loss:.4f}")
        if not np.isfinite(result.loss):
            break
    loss, accuracy = _means(results)
    return {"loss": loss, "accuracy": accuracy}


def _steps(network: Network, batches: Iterator[Batch]) -> list[tuple[float, float, int]]:
    """Loss, accuracy and number of targets of each batch, without training."""
    results = ((network.gradients(batch), len(batch.targets.values)) for batch in batches)
    return [(result.loss, result.accuracy, n_targets) for result, n_targets in results]


def _means(results: list[tuple[float, float, int]]) -> tuple[float, float]:
    """Mean loss and accuracy per target."""
    losses, accuracies, n_targets = np.array(results).T
    return float(np.average(losses, weights=n_targets)), float(np.average(accuracies, weights=n_targets))


def _copied(network: Network) -> dict[str, Floats]:
    return {name: values.copy() for name, values in network.parameters.items()}


def _is_finite(network: Network) -> bool:
    return all(bool(np.isfinite(values).all()) for values in network.parameters.values())


def _warn(name: str, epoch: int, best_epoch: int) -> None:
    parameters = f"the parameters of epoch {best_epoch}" if best_epoch else "the initial parameters"
    warnings.warn(
        f"recommender {name!r}: the loss is not a finite number in epoch {epoch}: training stopped with {parameters}; "
        "a smaller learning_rate may help",
        stacklevel=2,
    )
