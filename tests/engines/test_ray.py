"""Engine `ray` on a cluster of two machines of one core each, which run on this one."""

import json
import os
import subprocess
import sys
import threading
import time

import pytest

from harness.engines.claims import holder
from harness.engines.cluster import Greeting, RayEngine, check_greetings, greet
from harness.engines.engine import UnitsFailedError
from harness.engines.units import State, Unit, state_of
from harness.errors import DataError, MissingExtraError, ParameterError
from harness.run import lists, runs
from harness.run.options import Options
from harness.run.pipeline import evaluate
from harness.task.tasks import open_task

ray = pytest.importorskip("ray", reason="the extra playlist-harness[ray] is not installed")
cluster_utils = pytest.importorskip("ray.cluster_utils")

STORE_BYTES = 80_000_000
MINE = '''
import harness, numpy as np

@harness.recommender("mine")
class Mine:
    """Frequent tracks, from a file that no distribution brings."""

    def fit(self, train, challenge):
        self.order = np.argsort(-train.track_counts(), kind="stable").astype(np.int32)

    def recommend(self, challenge, k):
        return harness.kit.without_seeds(
            np.tile(self.order[: k + 300], (len(challenge), 1)),
            np.zeros((len(challenge), min(k + 300, len(self.order))), np.float32), challenge.seeds, k
        )

    def save(self, folder):
        np.save(folder / "order.npy", self.order)

    def load(self, folder):
        self.order = np.load(folder / "order.npy")
'''


@pytest.fixture(scope="module")
def cluster(work):  # noqa: ARG001 - its folder is on the path before Ray starts
    node = {"num_cpus": 1, "object_store_memory": STORE_BYTES}
    patch = pytest.MonkeyPatch()
    patch.setenv("RAY_AUTH_MODE", "disabled")
    patch.setenv("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    cluster.add_node(**node)
    ray.init(address=cluster.address, log_to_driver=False, configure_logging=False)
    yield cluster
    ray.shutdown()
    cluster.shutdown()
    patch.undo()


@pytest.fixture
def engine(cluster):  # noqa: ARG001 - it is running
    return RayEngine(address="auto")


def test_a_divided_run_has_the_bytes_of_one_process(engine, corpus, tmp_path):
    task = open_task(corpus.name)
    params = {"members": ["playlist-knn", "title"], "playlists": 60}
    plain = evaluate(task, "blend", params, Options(tmp_path / "plain"))
    record = evaluate(task, "blend", params, Options(tmp_path / "ray", engine=engine))
    for name in (runs.SUBMISSION, lists.LISTS, runs.VALUES):
        one, other = (tmp_path / folder / record.run / name for folder in ("plain", "ray"))
        assert one.read_bytes() == other.read_bytes(), name
    assert plain.run == record.run
    assert "units of engine ray" in record.measured


@pytest.mark.slow
def test_a_divided_run_has_the_same_bytes_on_one_and_on_three_machines(cluster, corpus, home, tmp_path):
    task, params = open_task(corpus.name), {"members": ["item-knn", "title"], "playlists": 60}
    plain = evaluate(task, "blend", params, Options(tmp_path / "plain"))
    third = cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES)
    evaluate(task, "blend", params, Options(tmp_path / "three", engine=RayEngine(address="auto")))
    cluster.remove_node(third)
    command = [sys.executable, "-m", "harness", "run", "--recommender", "blend", "--data", corpus.name]
    command += [f"--param={name}={json.dumps(value)}" for name, value in params.items()]
    command += ["--engine", "ray", "--address", "local", "--cpus", "1", "--runs", str(tmp_path / "one")]
    environment = {**os.environ, "HARNESS_DATA": str(home)}
    environment.pop("RAY_ADDRESS", None)
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for name in (runs.SUBMISSION, lists.LISTS, runs.VALUES):
        contents = {(tmp_path / folder / plain.run / name).read_bytes() for folder in ("plain", "three", "one")}
        assert len(contents) == 1, name
    for folder in ("three", "one"):
        assert "units of engine ray" in (tmp_path / folder / plain.run / runs.RECORD).read_text()


@pytest.mark.slow
def test_a_recommender_in_a_file_is_opened_by_the_machines(engine, corpus, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(MINE)
    task = open_task(corpus.name)
    plain = evaluate(task, "./mine.py:Mine", None, Options(tmp_path / "plain"))
    record = evaluate(task, "./mine.py:Mine", None, Options(tmp_path / "ray", engine=engine))
    assert record.lists_digest == plain.lists_digest
    assert "units of engine ray" in record.measured


def test_failures_and_dead_and_hanging_processes_cost_only_their_units(engine, writing, work):
    folder = writing[0].folder
    units = [
        *writing,
        Unit("dies", folder, work.DieOnce(folder, "dies")),
        Unit("fails", folder, work.Fail("it broke")),
        Unit("needs", folder, work.Write(folder, "needs"), ("fails",)),
        Unit("hangs", folder, work.Sleep(600)),
    ]
    engine.time_limit = 10  # Ray needs seconds on a busy machine to notice a dead process
    with pytest.raises(UnitsFailedError) as failed:
        engine.perform(units, "units")
    assert failed.value.failures == {
        "fails": "it broke",
        "hangs": "it took longer than 10 seconds and was ended",
    }
    assert (folder / "c").read_text() == "abc"
    assert (folder / "dies.attempts").read_text() == "xx"
    states = {unit.name: state_of(unit.files) for unit in units}
    assert states == {
        **dict.fromkeys(("a", "b", "c", "dies"), State.done),
        **dict.fromkeys(("fails", "hangs"), State.failed),
        "needs": State.missing,
    }


@pytest.mark.slow
def test_units_of_a_machine_that_is_lost_are_performed_on_another(engine, cluster, tmp_path, work):
    lost = cluster.add_node(num_cpus=2, object_store_memory=STORE_BYTES)
    units = [Unit(f"unit-{number}", tmp_path, work.Sleep(6)) for number in range(4)]

    def remove_when_all_are_running():
        deadline = time.monotonic() + 60
        while any(holder(unit.files.claim) is None for unit in units) and time.monotonic() < deadline:
            time.sleep(0.1)
        cluster.remove_node(lost, allow_graceful=False)

    remover = threading.Thread(target=remove_when_all_are_running)
    remover.start()
    engine.perform(units, "units")
    remover.join()
    assert {state_of(unit.files) for unit in units} == {State.done}


@pytest.mark.parametrize(("largest", "second"), [(100.0, 6_000_000_000), (4.0, 4_000_000_000)])
def test_out_of_memory_is_tried_once_more_with_twice_the_memory_or_all_of_a_machine(
    engine, tmp_path, work, monkeypatch, largest, second
):
    asked = []

    class Reply:
        def options(self, **options):
            asked.append(options["memory"])
            return self

        def remote(self, unit):
            return unit.name

    def out_of_memory(_):
        raise ray.exceptions.OutOfMemoryError("worker killed")

    monkeypatch.setattr(engine, "_greet", lambda _: None)
    monkeypatch.setattr("harness.engines.ray_tasks._largest_memory_gb", lambda: largest)
    monkeypatch.setattr(ray, "remote", lambda _: Reply())
    monkeypatch.setattr(ray, "wait", lambda tasks, timeout: (tasks, []))  # noqa: ARG005
    monkeypatch.setattr(ray, "get", out_of_memory)
    engine.memory_gb = 3.0
    with pytest.raises(UnitsFailedError, match=rf"out of memory twice, the second time with {second / 1e9:g} GB"):
        engine.perform([Unit("a", tmp_path, work.OutOfMemory())], "units")
    assert asked == [3_000_000_000, second]


@pytest.mark.slow
def test_memory_that_runs_out_inside_a_plug_in_is_tried_once_more(engine, tmp_path, work):
    allocate = work.Allocate(tmp_path, "a", 10**12)
    with pytest.raises(UnitsFailedError, match=r"out of memory twice: recommender 'hog': MemoryError"):
        engine.perform([Unit("a", tmp_path, allocate)], "units")
    assert (tmp_path / "a.attempts").read_text() == "xx"


@pytest.mark.slow
def test_threads_of_a_unit_are_limited_to_its_cores(engine, tmp_path, work):
    engine.perform([Unit("a", tmp_path, work.Threads(tmp_path, "a"))], "units")
    assert set((tmp_path / "a").read_text().split()) == {"1"}


def test_a_machine_that_does_not_share_the_folder_or_has_other_versions_is_refused(tmp_path):
    own = greet(tmp_path)
    check_greetings(own, [own], tmp_path)
    with pytest.raises(DataError, match=r"machine far does not see .*must be on a disk that all machines share"):
        check_greetings(own, [own, Greeting("far", sees_folder=False, versions=own.versions, cpu="x")], tmp_path)
    older = own.versions | {"numpy": "1.26.4"}
    with pytest.raises(DataError, match=r"machine far has numpy 1\.26\.4, this one 2\."):
        check_greetings(own, [Greeting("far", sees_folder=True, versions=older, cpu="x")], tmp_path)


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (ray.exceptions.OutOfMemoryError("killed"), "usually its memory ran out: end other programs there"),
        (ray.exceptions.WorkerCrashedError(), "usually its memory ran out: end other programs there"),
        (ray.exceptions.RayTaskError("greet", "traceback", ImportError("x")), "is the same playlist-harness installed"),
    ],
)
@pytest.mark.usefixtures("cluster")
def test_a_machine_that_does_not_answer_is_an_error_with_the_likely_reason(monkeypatch, writing, error, remedy):
    def refuse(*_, **__):
        raise error

    monkeypatch.setattr(ray, "get", refuse)
    with pytest.raises(DataError, match=remedy):
        RayEngine(address="auto").perform(writing, "units")


def test_a_cluster_that_is_not_there_is_named(monkeypatch, writing):
    monkeypatch.setattr(ray, "is_initialized", lambda: False)

    def refuse(**_):
        raise ConnectionError("Could not find any running Ray instance")

    monkeypatch.setattr(ray, "init", refuse)
    with pytest.raises(ParameterError, match=r"no Ray cluster at address='auto' \(Could not find"):
        RayEngine(address="auto").perform(writing, "units")


def test_without_ray_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("harness.extras.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"playlist-harness\[ray\]"):
        RayEngine()
