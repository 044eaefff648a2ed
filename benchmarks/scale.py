"""Benchmark of engines against a plain loop in the same run, and a simulation of more machines from measured units.

Overhead: units of about ten seconds of computation, performed by a plain loop, by one shard, by the local engine and by
Ray (its start is printed apart). Speed-up: eight trials of `item-knn`, in turn, two at a time in plain processes, and
two at a time on a Ray cluster of two machines of one core each. Simulation: a `two-stage` run is performed in units;
list scheduling of their measured times on 1 to 256 machines gives the time of one run, with its critical path, and of a
search of 40 trials.

    python benchmarks/scale.py                        # needs the extra `ray`
    python benchmarks/scale.py --only speed-up
    python benchmarks/scale.py --only simulation --data mpd
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported: the plain loop has the threads of a unit

import argparse
import heapq
import tempfile
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

import harness
from harness.engines.local import LocalEngine
from harness.engines.shards import Shard, perform_share
from harness.engines.units import Unit, done_of
from harness.metrics.catalogue import metric_named
from harness.run.identity import run_identity
from harness.run.options import Options
from harness.run.unit_plan import planned
from harness.run.units import Order
from harness.task.corpora import SYNTHETIC, synthesise

if TYPE_CHECKING:
    from harness.engines.engine import Engine

UNITS, SECONDS = 3, 10.0
LARGE = "synthetic-100000"
"""Corpus of the speed-up: on a smaller one the start of a process takes as long as a trial."""
MACHINES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
TRIALS = 40
BLOCKS = 20
"""Blocks of 500 playlists of a challenge of 10,000."""
MEMBERS = {
    "slim": (160, 31),
    "als": (993, 123),
    "playlist-knn": (7, 115),
    "cosine": (6, 539),
    "rp3beta": (6, 539),
    "title": (10, 101),
}
"""Member of the blend -> seconds of its fit and of its lists of the challenge, in the table of `full_size.md`."""
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


class Work(NamedTuple):
    """Units for the simulation, in an order in which one machine could perform them.

    Attributes:
        seconds: name -> seconds on one core.
        needs: name -> names of the units whose output it reads.
    """

    seconds: dict[str, float]
    needs: dict[str, tuple[str, ...]]

    def repeated(self, n: int) -> Work:
        """These units n times, independent of each other."""
        seconds = {f"{copy}/{name}": value for copy in range(n) for name, value in self.seconds.items()}
        needs = {
            f"{copy}/{name}": tuple(f"{copy}/{other}" for other in required)
            for copy in range(n)
            for name, required in self.needs.items()
        }
        return Work(seconds, needs)


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
    """Print the time of eight trials in turn over that of two at a time, in plain processes and on Ray."""
    from concurrent.futures import ThreadPoolExecutor

    import ray
    from ray.cluster_utils import Cluster

    from harness.engines.cluster import RayEngine

    task = _task(data)
    node = {"num_cpus": 1, "object_store_memory": 80_000_000}
    os.environ["HARNESS_THREADS"] = os.environ["NUMBA_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as temporary:

        def seconds(name: str, at_once: int, engine: Engine | None = None) -> float:
            options = Options(Path(temporary) / name, engine=engine)
            begin = time.perf_counter()
            with ThreadPoolExecutor(at_once) as threads:
                list(threads.map(lambda params: harness.evaluate(task, "item-knn", params, options), PARAMS.values()))
            return time.perf_counter() - begin

        first = next(iter(PARAMS.values()))
        harness.evaluate(task, "item-knn", first, Options(Path(temporary) / "first"))  # kernels compiled, files read
        in_turn, plain = seconds("in turn", 1), seconds("plain", 2)
        cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
        cluster.add_node(**node)
        ray.init(address=cluster.address, log_to_driver=False, configure_logging=False)
        driver = time.process_time()
        on_ray = seconds("ray", 2, RayEngine(address="auto"))
        driver = time.process_time() - driver
        ray.shutdown()
        cluster.shutdown()
    print(f"{len(PARAMS)} trials of item-knn, one core each: {in_turn:.0f} s in turn")
    print(f"two plain processes at once: {plain:.0f} s, {in_turn / plain:.2f} x (limit of this machine)")
    print(f"two machines of one core: {on_ray:.0f} s, {in_turn / on_ray:.2f} x (target 1.7)")
    print(f"CPU time of the driver of Ray: {driver:.0f} s")


def measure_units(data: str, folder: Path) -> Work:
    """Perform the units of a `two-stage` run, or only those that are missing in the folder; CPU seconds of each."""
    task = _task(data)
    recommender = harness.create("two-stage", {}, 0)
    run = run_identity(task, recommender).run
    order = Order.of(task, "two-stage", recommender, folder / run)
    units = planned(order, task, recommender, tuple(map(metric_named, task.metrics)))
    LocalEngine(1).perform(units, "units")
    seconds = {unit.name: done.cpu_seconds for unit in units if (done := done_of(unit.files))}
    return Work(seconds, {unit.name: unit.needs for unit in units})


def simulate(work: Work, title: str) -> None:
    """Print simulated times of one run and of a search on more and more machines."""
    path = critical_path(work)
    longest, total = sum(work.seconds[name] for name in path), sum(work.seconds.values())
    print(f"{title}: {len(work.seconds)} units, {total:.0f} s in all; critical path {longest:.0f} s:")
    print("  " + " -> ".join(f"{name} {work.seconds[name]:.0f} s" for name in path))
    trials = work.repeated(TRIALS)
    print(f"{'machines':>9}{'one run':>12}{'speed-up':>10}{f'{TRIALS} trials':>14}{'speed-up':>10}")
    for machines in MACHINES:
        one, many = schedule(work, machines), schedule(trials, machines)
        print(f"{machines:>9}{one:>10.0f} s{total / one:>9.1f}x{many:>12.0f} s{TRIALS * total / many:>9.1f}x")
    for name, kind, limit in (("one run", work, longest), (f"{TRIALS} trials", trials, longest)):
        print(f"{name}: within 5 % of the critical path from {_enough(kind, limit)} machines on")


def full_size() -> Work:
    """Units of a `two-stage` run on 1,000,000 playlists, from the times of `full_size.md`.

    Its runs were not divided. A fit is that of the member alone; times of a stage are shared among its units: lists of
    inner playlists in proportion to the lists of the challenge, features and trees by halves, all blocks alike.
    """
    every = 60 * 5 / sum(lists for _, lists in MEMBERS.values())
    seconds: dict[str, float] = {}
    for name, (fit, lists) in MEMBERS.items():
        seconds[f"prepare-inner-0-{name}"] = fit + every * lists
        seconds[f"prepare-whole-{name}"] = fit
    needs: dict[str, tuple[str, ...]] = dict.fromkeys(seconds, ())
    for name, minutes in (("prepare-weights", 2), ("prepare-features-0", 3), ("prepare-trees", 3), ("fit", 0)):
        needs[name] = tuple(needs) if name in ("prepare-weights", "fit") else (list(needs)[-1],)
        seconds[name] = 60.0 * minutes
    for number in range(BLOCKS):
        seconds[f"lists-{number:04d}"] = 60 * (6 + 7) / BLOCKS
        needs[f"lists-{number:04d}"] = ("fit",)
    return Work(seconds, needs)


def _enough(work: Work, longest: float) -> int:
    """Smallest number of machines on which all units are done at most 5 % after the critical path."""
    machines = 1
    while schedule(work, machines) > 1.05 * longest:
        machines += 1
    return machines


def _task(data: str) -> harness.Task:
    """The task of a corpus; `synthetic-N` is generated with N playlists."""
    name, _, n = data.partition("-")
    if name == SYNTHETIC and n.isdecimal():
        synthesise(data, int(n), seed=0)
    return harness.open_task(data)


def critical_path(work: Work) -> list[str]:
    """The chain of units that takes longest."""
    end: dict[str, float] = {}
    before: dict[str, str | None] = {}
    for name, required in work.needs.items():
        last = max(required, key=end.__getitem__, default=None)
        end[name] = work.seconds[name] + (end[last] if last else 0.0)
        before[name] = last
    path: list[str] = []
    name: str | None = max(end, key=end.__getitem__)
    while name is not None:
        path.insert(0, name)
        name = before[name]
    return path


def schedule(work: Work, machines: int) -> float:
    """Time at which all units are done, if every free machine takes the first unit that is ready."""
    missing = {name: len(required) for name, required in work.needs.items()}
    dependents: dict[str, list[str]] = {name: [] for name in work.needs}
    for name, required in work.needs.items():
        for other in required:
            dependents[other].append(name)
    ready = deque(name for name in work.needs if not missing[name])
    running: list[tuple[float, str]] = []
    now = 0.0
    while ready or running:
        while ready and len(running) < machines:
            name = ready.popleft()
            heapq.heappush(running, (now + work.seconds[name], name))
        now, name = heapq.heappop(running)
        for other in dependents[name]:
            missing[other] -= 1
            if not missing[other]:
                ready.append(other)
    return now


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", choices=("overhead", "speed-up", "simulation", "full-size"))
    parser.add_argument("--data", help="name of a corpus; synthetic-N is generated; by default 100,000 or 10,000")
    parser.add_argument("--runs", type=Path, default=Path("build/scale"), help="folder of the simulated run")
    options = parser.parse_args()
    if options.only in (None, "overhead"):
        overhead()
    if options.only in (None, "speed-up"):
        speed_up(options.data or LARGE)
    if options.only in (None, "full-size"):
        simulate(full_size(), "two-stage on 1,000,000 playlists, a machine being one of two cores")
    if options.only in (None, "simulation"):
        os.environ["HARNESS_THREADS"] = "1"
        data = options.data or SYNTHETIC
        simulate(measure_units(data, options.runs), f"two-stage on {data}")


if __name__ == "__main__":
    main()
