"""Benchmark of engines against a plain loop in the same run, and a simulation of more machines from measured units.

Overhead: units of about ten seconds of computation, performed by a plain loop, by one shard, by the local engine and by
Ray (its start is printed apart). Speed-up: eight trials of `item-knn`, one after the other and two at a time on a Ray
cluster of two machines of one core each. Simulation: a `two-stage` run is performed in units; list scheduling of their
measured times on 1 to 256 machines gives the time of one run, with its critical path, and of a search of 40 trials.

    python benchmarks/scale.py                        # needs the extra `ray`
    python benchmarks/scale.py --only simulation --data mpd
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported: the plain loop has the threads of a unit

import argparse
import heapq
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import harness
from harness.engines.local import LocalEngine
from harness.engines.shards import Shard, perform_share
from harness.engines.units import Unit, done_of
from harness.run.pipeline import Options
from harness.run.units import Order, units_of_run

if TYPE_CHECKING:
    from harness.engines.engine import Engine

UNITS, SECONDS = 3, 10.0
MACHINES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
TRIALS = 40
PARAMS = {f"neighbours={n}": {"neighbours": n} for n in (20, 40, 60, 80, 100, 120, 140, 160)}


@dataclass(frozen=True)
class Compute:
    """Multiply matrices a given number of times, then write a file."""

    file: Path
    times: int

    def __call__(self) -> None:
        matrix = np.random.default_rng(0).random((256, 256))
        for _ in range(self.times):
            matrix = matrix @ matrix
            matrix /= np.abs(matrix).max()
        self.file.write_bytes(matrix.tobytes())


def times_for(seconds: float) -> int:
    """Number of multiplications that take so long on this machine."""
    begin = time.perf_counter()
    Compute(Path(tempfile.mkdtemp()) / "x", 300)()
    return int(300 * seconds / (time.perf_counter() - begin))


def overhead() -> None:
    """Print the time of each engine over that of the plain loop."""
    from harness.engines.cluster import RayEngine

    times = times_for(SECONDS)
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)

        def units(name: str) -> list[Unit]:
            folder = root / name
            folder.mkdir()
            return [Unit(f"unit-{i}", folder, Compute(folder / f"unit-{i}", times)) for i in range(UNITS)]

        plain = units("plain")
        begin = time.perf_counter()
        for unit in plain:
            unit.work()
        base = time.perf_counter() - begin
        print(f"{UNITS} units, plain loop: {base / UNITS:.1f} s each")
        ray = RayEngine(cpus=1)
        begin = time.perf_counter()
        ray.perform(units("start of Ray")[:1], "start")
        print(f"Ray with its first unit: {time.perf_counter() - begin:.1f} s")
        engines: dict[str, Engine | None] = {"one shard": None, "local, 1 worker": LocalEngine(1), "ray, 1 core": ray}
        for name, engine in engines.items():
            work = units(name)
            begin = time.perf_counter()
            if engine is None:
                perform_share(work, Shard(1, 1), name)
            elif name.startswith("ray"):
                for unit in work:  # one at a time, as in the loop
                    engine.perform([unit], name)
            else:
                engine.perform(work, name)
            print(f"{name:16} {(time.perf_counter() - begin) / base - 1:+.1%} of the plain loop (target at most +5 %)")


def speed_up(data: str) -> None:
    """Print the time of eight trials one after the other over that of two at a time."""
    from concurrent.futures import ThreadPoolExecutor

    import ray
    from ray.cluster_utils import Cluster

    from harness.engines.cluster import RayEngine

    task = harness.open_task(data)
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["HARNESS_THREADS"] = os.environ["NUMBA_NUM_THREADS"] = "1"
        begin = time.perf_counter()
        for params in PARAMS.values():
            harness.evaluate(task, "item-knn", params, Options(Path(temporary) / "one"))
        alone = time.perf_counter() - begin
        node = {"num_cpus": 1, "object_store_memory": 80_000_000}
        cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
        cluster.add_node(**node)
        ray.init(address=cluster.address, log_to_driver=False, configure_logging=False)
        options = Options(Path(temporary) / "two", engine=RayEngine(address="auto"))
        begin = time.perf_counter()
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(lambda params: harness.evaluate(task, "item-knn", params, options), PARAMS.values()))
        together = time.perf_counter() - begin
        ray.shutdown()
        cluster.shutdown()
    print(f"8 trials of item-knn: {alone:.0f} s in turn, {together:.0f} s on two machines of one core: ", end="")
    print(f"{alone / together:.2f} x (target 1.7)")


def simulate(data: str) -> None:
    """Perform a two-stage run in units and print simulated times."""
    task = harness.open_task(data)
    with tempfile.TemporaryDirectory() as temporary:
        runs = Path(temporary)
        recommender = harness.create("two-stage", {}, 0)
        order = Order.of(task, "two-stage", recommender, runs / _run_name(task, recommender))
        units = units_of_run(order, task, recommender)
        LocalEngine(1).perform(units, "units")
        seconds = {unit.name: done.wall_seconds for unit in units if (done := done_of(unit.files))}
    needs = {unit.name: unit.needs for unit in units}
    path = critical_path(seconds, needs)
    total = sum(seconds.values())
    longest = sum(seconds[name] for name in path)
    print(f"two-stage on {data}: {len(units)} units, {total:.0f} s in all; critical path {longest:.0f} s:")
    print("  " + " -> ".join(f"{name} {seconds[name]:.0f} s" for name in path))
    trials = {f"{trial}/{name}": value for trial in range(TRIALS) for name, value in seconds.items()}
    of_trials = {
        f"{trial}/{name}": tuple(f"{trial}/{other}" for other in needs[name])
        for trial in range(TRIALS)
        for name in needs
    }
    print(f"{'machines':>9}{'one run':>12}{'speed-up':>10}{f'{TRIALS} trials':>14}{'speed-up':>10}")
    for machines in MACHINES:
        one, many = (schedule(s, n, machines) for s, n in ((seconds, needs), (trials, of_trials)))
        print(f"{machines:>9}{one:>10.0f} s{total / one:>9.1f}x{many:>12.0f} s{TRIALS * total / many:>9.1f}x")


def _run_name(task: harness.Task, recommender: harness.Recommender) -> str:
    from harness.run.identity import run_identity

    return run_identity(task, recommender).run


def critical_path(seconds: dict[str, float], needs: dict[str, tuple[str, ...]]) -> list[str]:
    """The chain of units that takes longest; units are in an order in which one process could perform them."""
    end: dict[str, float] = {}
    before: dict[str, str | None] = {}
    for name, required in needs.items():
        last = max(required, key=end.__getitem__, default=None)
        end[name] = seconds[name] + (end[last] if last else 0.0)
        before[name] = last
    path: list[str] = []
    name: str | None = max(end, key=end.__getitem__)
    while name is not None:
        path.insert(0, name)
        name = before[name]
    return path


def schedule(seconds: dict[str, float], needs: dict[str, tuple[str, ...]], machines: int) -> float:
    """Time at which all units are done, if every free machine takes the first unit that is ready."""
    missing = {name: len(required) for name, required in needs.items()}
    dependents: dict[str, list[str]] = {name: [] for name in needs}
    for name, required in needs.items():
        for other in required:
            dependents[other].append(name)
    ready = [name for name in needs if not missing[name]]
    running: list[tuple[float, str]] = []
    now = 0.0
    while ready or running:
        while ready and len(running) < machines:
            name = ready.pop(0)
            heapq.heappush(running, (now + seconds[name], name))
        now, name = heapq.heappop(running)
        for other in dependents[name]:
            missing[other] -= 1
            if not missing[other]:
                ready.append(other)
    return now


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", choices=("overhead", "speed-up", "simulation"))
    parser.add_argument("--data", default="synthetic", help="name of a corpus")
    options = parser.parse_args()
    if options.only in (None, "overhead"):
        overhead()
    if options.only in (None, "speed-up"):
        speed_up(options.data)
    if options.only in (None, "simulation"):
        simulate(options.data)


if __name__ == "__main__":
    main()
