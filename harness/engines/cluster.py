"""Engine `ray`: units as tasks of a Ray cluster, whose machines share the folders of runs and corpora."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple

from harness.engines.engine import UnitsFailedError, engine_class
from harness.engines.ray_tasks import Tasks
from harness.engines.units import forget_failures
from harness.errors import DataError, ParameterError
from harness.extras import require_extra
from harness.home import VARIABLE as HOME
from harness.kit.parallel import n_threads
from harness.kit.progress import step
from harness.machine import cpu_model
from harness.plugin_parameters import Bounds, check_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from harness.engines.units import Unit

OBJECT_STORE_BYTES = 80_000_000
"""Ray's memory for objects on one machine; units pass files, so the least that Ray accepts is enough."""

PACKAGES = ("playlist-harness", "numpy", "scipy", "polars", "numba", "implicit", "gensim", "lightgbm", "scikit-learn")
"""Packages that can change lists: their versions must be equal on all machines."""

OUT_OF_MEMORY_RETRIES = "RAY_task_oom_retries"
"""Environment variable that Ray reads when it is imported: a task that runs out of memory is by default repeated with
the same memory without end."""

GREETING_SECONDS = 120
"""Time that each machine has to answer before the first unit."""


class Greeting(NamedTuple):
    """Answer of a machine: whether it sees the shared folder, and what could make its lists differ."""

    host: str
    sees_folder: bool
    versions: dict[str, str]
    cpu: str


@engine_class
@dataclass
class RayEngine:
    """Performs units as tasks of a Ray cluster; those of a lost machine are tried again on another."""

    name: ClassVar[str] = "ray"

    address: str = "local"
    """`local` starts Ray on this machine; `auto` and HOST:PORT connect to a running cluster."""
    cpus: Annotated[int, Bounds(ge=1, le=1_024)] = 1
    """Cores of a unit; its threads are limited to them."""
    memory_gb: Annotated[float, Bounds(ge=0, le=100_000)] = 0.0
    """Memory of a unit in GB (10^9 bytes) for Ray's placement, 0 if unknown. A unit that runs out of memory is tried
    once more with twice the memory, or the most that a machine has."""
    retries: Annotated[int, Bounds(ge=0, le=100)] = 3
    """Further attempts at a unit whose machine or process died."""
    time_limit: Annotated[float, Bounds(gt=0)] | None = None
    """Seconds after which a unit is ended and counts as failed; no limit if none."""
    same_bits: bool = False
    """Slower instructions that processors of different families have in common, so that all compute the same bits."""

    def __post_init__(self) -> None:
        """Check the options; raises MissingExtraError if Ray is not installed."""
        check_values(self)
        require_extra("ray")
        self._greeted: set[Path] = set()

    def perform(self, units: Sequence[Unit], what: str) -> None:
        """See `Engine`; several threads may call it."""
        if not units:
            return
        self._connect()
        self._greet(units[0].folder)
        forget_failures(units)
        tasks = Tasks(self, units)
        with step(what, len(units)) as bar:
            for _ in tasks.ended():
                bar.advance()
        if tasks.failures:
            raise UnitsFailedError(tasks.failures)

    def _connect(self) -> None:
        os.environ.setdefault(OUT_OF_MEMORY_RETRIES, "0")
        import ray

        if ray.is_initialized():
            return
        own: dict[str, Any] = (
            {
                "num_cpus": max(n_threads(), self.cpus),
                "object_store_memory": OBJECT_STORE_BYTES,
                "include_dashboard": False,
            }
            if self.address == "local"
            else {}
        )
        try:
            ray.init(address=self.address, log_to_driver=False, configure_logging=False, **own)
        except (ConnectionError, ValueError, RuntimeError, OSError) as error:
            raise ParameterError(
                f"no Ray cluster at address={self.address!r} ({str(error).splitlines()[0][:200]}): start one with "
                "`ray start --head`, or use `address` local"
            ) from error

    def _greet(self, folder: Path) -> None:
        """Check that every machine sees the shared folder and has equal packages, once per folder.

        Raises:
            DataError: a machine does not, or does not answer.
        """
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        if folder.parent in self._greeted:
            return
        folder.mkdir(parents=True, exist_ok=True)
        token = folder / f".shared-{secrets.token_hex(8)}"
        token.touch()
        try:
            remote = ray.remote(greet)
            answers = {
                node["NodeID"]: remote.options(
                    num_cpus=0,
                    max_retries=0,
                    scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False),
                ).remote(token)
                for node in ray.nodes()
                if node["Alive"]
            }
            greetings = [greeting for node, answer in answers.items() if (greeting := _answer(node, answer))]
        finally:
            token.unlink(missing_ok=True)
        check_greetings(greet(token.parent), greetings, folder)
        self._greeted.add(folder.parent)


def _answer(node: str, task: Any) -> Greeting | None:
    """Answer of a machine; None if it has left the cluster meanwhile.

    Raises:
        DataError: it does not answer.
    """
    import ray

    try:
        greeting: Greeting = ray.get(task, timeout=GREETING_SECONDS)
    except ray.exceptions.RayError as error:
        if node not in {other["NodeID"] for other in ray.nodes() if other["Alive"]}:
            return None
        remedy = "is the same playlist-harness installed there?"
        if isinstance(error, ray.exceptions.OutOfMemoryError | ray.exceptions.WorkerCrashedError):
            remedy = "usually its memory ran out: end other programs there, then run the same command again"
        raise DataError(f"a machine of the Ray cluster does not answer ({type(error).__name__}): {remedy}") from error
    return greeting


def greet(file: Path) -> Greeting:
    """Answer of the machine that runs this process; `file` was made by the one that asks."""
    versions = {}
    for package in PACKAGES:
        with suppress(importlib.metadata.PackageNotFoundError):
            versions[package] = importlib.metadata.version(package)
    versions["python"] = ".".join(platform.python_version_tuple()[:2])
    return Greeting(platform.node(), file.exists(), versions, cpu_model())


def check_greetings(own: Greeting, greetings: Iterable[Greeting], folder: Path) -> None:
    """Compare the answers of all machines with that of this one.

    Raises:
        DataError: a machine does not see the folder, or has another version of a package.
    """
    for greeting in greetings:
        if not greeting.sees_folder:
            raise DataError(
                f"machine {greeting.host} does not see {folder}: the folder of runs and ${HOME} must be on a disk that "
                "all machines share, at the same path"
            )
        for package, version in own.versions.items():
            other = greeting.versions.get(package, "none")
            if other != version:
                raise DataError(
                    f"machine {greeting.host} has {package} {other}, this one {version}: install the same versions, so "
                    "that all machines make the same lists"
                )
