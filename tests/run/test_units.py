"""Runs in units: the same bytes by one process, shards in any order, and engines; failures and missing units named."""

import importlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

import numpy as np
import pytest

import harness
from harness.engines.claims import held, holder
from harness.engines.engine import UnitsFailedError
from harness.engines.local import LocalEngine
from harness.engines.shards import Shard
from harness.engines.units import STATES, State
from harness.errors import ContractError, DataError, ParameterError, PluginError
from harness.metrics.catalogue import chosen_metrics, default_metrics
from harness.metrics.metric import metric_of
from harness.run import lists, runs, scoring, units
from harness.run.inventory import delete, inventory
from harness.run.options import Options
from harness.run.pipeline import evaluate, share_of_run
from harness.run.status import status_of
from harness.run.unit_plan import read_plan, states
from harness.run.unit_planning import plan_of
from harness.run.units import Fit, Order, units_of_run
from harness.task.tasks import open_task

BLEND = {"members": ["item-knn", "title"], "playlists": 60}
TWO_STAGE = {"blend.members": ["item-knn", "title"], "blend.playlists": 60, "playlists": 90, "rounds": 5, "min_rows": 5}

FAILS = '''
import harness, numpy as np

@harness.recommender("fails")
class Fails:
    """Fails to recommend."""

    def fit(self, train, challenge):
        pass

    def recommend(self, challenge, k):
        raise ArithmeticError("no lists today")

    def save(self, folder):
        (folder / "nothing").touch()

    def load(self, folder):
        pass
'''


@pytest.fixture
def task(corpus, monkeypatch):
    monkeypatch.setattr(lists, "BLOCK", 20)
    return open_task(corpus.name)


def options(tmp_path, name, **more):
    return Options(tmp_path / name, **more)


def files_of(folder, record):
    """Everything that a run's folder holds, without times, machine and costs."""
    run = folder / record.run
    return {name: (run / name).read_bytes() for name in (runs.SUBMISSION, lists.LISTS, runs.VALUES)}


@pytest.mark.parametrize(
    ("name", "params"),
    [("title", {}), ("blend", BLEND), pytest.param("two-stage", TWO_STAGE, marks=pytest.mark.slow)],
)
def test_shards_give_the_bytes_of_one_process(task, tmp_path, name, params):
    plain = evaluate(task, name, params, options(tmp_path, "plain"))
    expected = files_of(tmp_path / "plain", plain)
    for order in list(itertools.permutations((1, 2, 3)))[::5]:
        here = options(tmp_path, f"shards{order}")
        for number in order:
            share_of_run(task, name, params, here, Shard(number, 3))
        record = evaluate(task, name, params, here)
        assert record.run == plain.run
        assert files_of(here.runs, record) == expected


def test_the_local_engine_gives_the_bytes_of_one_process(corpus, tmp_path):
    task = open_task(corpus.name)
    plain = evaluate(task, "blend", BLEND, options(tmp_path, "plain"))
    here = options(tmp_path, "local", engine=LocalEngine(workers=2))
    record = evaluate(task, "blend", BLEND, here)
    assert files_of(here.runs, record) == files_of(tmp_path / "plain", plain)
    assert "units of engine local" in record.measured
    assert not list(here.runs.glob(".*")), "nothing but the run is left"


def test_the_parts_of_a_fit_are_units_that_the_fit_only_loads(task, tmp_path):
    here = options(tmp_path, "runs")
    share_of_run(task, "blend", BLEND, here, Shard(1, 1))
    (workplace,) = here.runs.glob(".partial-*")
    plan = read_plan(workplace)
    prepared = [name for name in plan.units if name.startswith("prepare-")]
    assert {"prepare-whole-item-knn", "prepare-whole-title", "prepare-inner-0-title"} <= set(prepared)
    assert prepared[-1] == "prepare-weights"
    assert set(plan.units["prepare-weights"]) == set(prepared[:-1])
    assert set(plan.units["fit"]) == set(prepared)
    assert [name for name in plan.units if name.startswith("lists-")] == [
        f"lists-{number:04d}" for number in range(-(-len(task.challenge) // 20))
    ]
    assert set(states(workplace, plan).values()) == {State.done}


def test_a_part_of_a_fit_is_computed_once(task, tmp_path, monkeypatch):
    from recommenders.item_knn import ItemKnn

    fits = []
    fit = ItemKnn.fit
    monkeypatch.setattr(ItemKnn, "fit", lambda self, train, challenge: fits.append(1) or fit(self, train, challenge))
    here = options(tmp_path, "runs")
    share_of_run(task, "blend", BLEND, here, Shard(1, 1))
    evaluate(task, "blend", BLEND, here)
    workplace_plan = plan_of(task, "blend", BLEND, 1, here.runs)
    n_training_sets = sum(unit.name.endswith("item-knn") for unit in workplace_plan.units)
    assert len(fits) == n_training_sets > 1


@pytest.mark.parametrize(
    ("name", "params", "module", "function"),
    [
        ("blend", BLEND, "recommenders.blend", "learn"),
        pytest.param("two-stage", TWO_STAGE, "recommenders.two_stage", "train_trees", marks=pytest.mark.slow),
    ],
)
def test_weights_and_trees_are_trained_once_in_a_divided_run_and_recorded_as_in_one_process(
    task, tmp_path, monkeypatch, name, params, module, function
):
    plain = evaluate(task, name, params, options(tmp_path, "plain"))
    calls = []
    original = getattr(importlib.import_module(module), function)
    monkeypatch.setattr(f"{module}.{function}", lambda *values: calls.append(1) or original(*values))
    here = options(tmp_path, "runs")
    for number in (1, 2, 3):
        units._opened.clear()  # another process
        share_of_run(task, name, params, here, Shard(number, 3))
    units._opened.clear()
    record = evaluate(task, name, params, here)
    assert len(calls) == 1
    assert record.learnt == plain.learnt


def test_lists_are_merged_and_measured_once_in_units_of_their_own(task, tmp_path, monkeypatch):
    here = options(tmp_path, "runs")
    calls = []
    for module, function in ((units, "merge_lists"), (scoring, "measure_lists")):
        original = getattr(module, function)
        monkeypatch.setattr(
            module, function, lambda *values, of=function, made=original: calls.append(of) or made(*values)
        )
    share_of_run(task, "title", {}, here, Shard(1, 1))
    (workplace,) = here.runs.glob(".partial-*")
    plan = read_plan(workplace)
    *blocks, merge, values = list(plan.units)[1:]
    assert (merge, plan.units[merge]) == ("merge", ("fit", *blocks))
    assert values.startswith("values-")
    assert plan.units[values] == ("merge",)
    record = evaluate(task, "title", {}, here)
    assert calls == ["merge_lists", "measure_lists"]
    assert record.measured.startswith(f"in {len(plan.units)} units by shards on ")
    assert record.seconds("score") > 0


def test_other_metrics_than_those_of_the_shards_are_measured_where_the_run_is_finished(task, tmp_path):
    share_of_run(task, "title", {}, options(tmp_path, "runs"), Shard(1, 1))
    record = evaluate(task, "title", {}, options(tmp_path, "runs", metrics="recall@10"))
    assert list(record.definitions) == ["recall@10"]
    planned = {
        metrics: plan_of(task, "title", {"power": 2.0}, 0, tmp_path, chosen_metrics(metrics)).units[-1].key
        for metrics in ("ndcg", "recall@10")
    }
    assert len(set(planned.values())) == 2, "other metrics are another unit"


def test_metrics_that_other_processes_do_not_find_by_name_are_no_unit(task, tmp_path):
    @harness.metric("nameless", title="Nameless", definition="test")
    def nameless(evaluation):
        """Only this process has it."""
        return np.ones(len(evaluation))

    own = metric_of(nameless)
    units_planned = plan_of(task, "title", {}, 0, tmp_path, (own,)).units
    assert [unit.name for unit in units_planned][-1] == "merge"
    here = options(tmp_path, "runs", metrics=(own,))
    share_of_run(task, "title", {}, here, Shard(1, 1))
    assert evaluate(task, "title", {}, here).means["nameless"] == 1


def test_a_run_whose_shards_are_not_done_is_refused_and_says_what_is_missing(task, tmp_path):
    here = options(tmp_path, "runs")
    share_of_run(task, "title", {}, here, Shard(1, 3))
    with pytest.raises(DataError, match=r"units are not done \(\d+ missing: lists-"):
        evaluate(task, "title", {}, here)
    for number in (2, 3):
        share_of_run(task, "title", {}, here, Shard(number, 3))
    evaluate(task, "title", {}, here)
    assert share_of_run(task, "title", {}, here, Shard(1, 3)).startswith("title-"), "a finished run has no shares left"


def test_force_repeats_a_run_whose_shards_are_not_done(task, tmp_path):
    here = options(tmp_path, "runs", force=True)
    share_of_run(task, "title", {}, here, Shard(1, 3))
    assert evaluate(task, "title", {}, here).run.startswith("title-")


def test_a_failed_unit_is_an_error_of_its_own_and_the_others_are_done(task, tmp_path):
    plugin = tmp_path / "fails.py"
    plugin.write_text(FAILS)
    name = f"{plugin}:Fails"
    here = options(tmp_path, "runs")
    with pytest.raises(UnitsFailedError) as failed:
        share_of_run(task, name, {}, here, Shard(1, 1))
    n_blocks = -(-len(task.challenge) // 20)
    errors = list(map(str, failed.value.errors))
    assert sum("ArithmeticError" in error and "no lists today" in error for error in errors) == n_blocks
    assert sum("it needs" in error and "which failed" in error for error in errors) == len(errors) - n_blocks == 2
    (status,) = status_of(here.runs)
    assert status.counts == {State.done: 1, State.failed: n_blocks, State.missing: 2}
    with pytest.raises(DataError, match="the first failure: recommender 'fails': ArithmeticError"):
        evaluate(task, name, {}, here)


@pytest.mark.parametrize(
    ("returned", "kind"),
    [
        ("5", "int"),
        ("None", "NoneType"),
        ("{'a': print}", "dict"),
        ("[print]", "list"),
        ("[{'a b': print}]", "list"),
        ("[{'a': 3}]", "list"),
        ("[{'a': print}, {'a': print}]", "list"),
    ],
)
def test_parts_of_a_fit_that_are_no_stages_are_an_error_of_the_recommender(task, tmp_path, returned, kind):
    plugin = tmp_path / "fails.py"
    plugin.write_text(f"{FAILS}\n    def preparations(self, train, challenge):\n        return {returned}\n")
    with pytest.raises(PluginError) as caught:
        plan_of(task, f"{plugin}:Fails", {}, 0, tmp_path)
    assert str(caught.value) == (
        f"recommender '{plugin}:Fails': `preparations` returned {kind}: return a list of stages, each a dict of names "
        "to functions; a name has letters, digits, - and _, and occurs in one stage"
    )


def test_a_model_that_cannot_be_saved_is_not_divided(task, tmp_path):
    planned = plan_of(task, "popularity", {}, 0, tmp_path)
    assert planned.units == []
    assert not planned.finished
    record = evaluate(task, "popularity", {}, options(tmp_path, "runs", engine=LocalEngine(workers=1)))
    assert record.measured == lists.CALLER


def test_an_order_is_refused_by_a_process_with_other_sources(task, tmp_path):
    recommender = harness.create("title", {})
    order = Order.of(task, "title", recommender, tmp_path / "title-0000000000")
    with pytest.raises(ContractError, match=r"makes run title-\w{10} of what should be title-0000000000"):
        Fit(order)()


def test_a_plan_has_keys_and_the_costs_of_an_earlier_run(task, tmp_path):
    assert plan_of(task, "title", {}, 0, tmp_path).seconds is None
    evaluate(task, "title", {}, Options(tmp_path))
    assert plan_of(task, "title", {}, 0, tmp_path).finished
    planned = plan_of(task, "title", {"power": 2.0}, 0, tmp_path)
    assert [unit.name for unit in planned.units][:2] == ["fit", "lists-0000"]
    assert planned.units[0].key == f"{planned.run.rpartition('-')[2]}/fit"
    assert planned.seconds > 0
    assert planned.memory_bytes >= 0


def test_the_status_counts_units_and_estimates_the_time_left(task, tmp_path):
    here = options(tmp_path, "runs")
    assert status_of(here.runs) == []
    share_of_run(task, "title", {}, here, Shard(1, 3))
    (status,) = status_of(here.runs)
    assert status.counts[State.done] >= 1
    assert status.counts[State.missing] >= 1
    assert status.seconds_left > 0
    (workplace,) = here.runs.glob(".partial-*")
    plan = json.loads((workplace / "plan.json").read_text())
    assert [unit.name for unit in status.units] == list(plan["units"])
    shutil.rmtree(workplace)
    assert status_of(here.runs) == []


def test_a_run_is_running_while_a_process_performs_one_of_its_units_and_cannot_be_deleted(task, tmp_path):
    here = options(tmp_path, "runs")
    share_of_run(task, "title", {}, here, Shard(1, 3))
    (listed,) = inventory(here.runs)
    assert listed.state == "unfinished"
    (missing, *_) = [unit for unit in status_of(here.runs)[0].units if unit.state is State.missing]
    with held(listed.folder / STATES / f"{missing.name}.claim.json"):
        (running,) = inventory(here.runs)
        assert running.state == "running"
        with pytest.raises(ParameterError, match="is running"):
            delete(running)
    delete(listed)
    assert inventory(here.runs) == []


def test_a_process_that_finishes_late_changes_nothing(task, tmp_path):
    """Its units are taken over, and it performs them too."""
    here = options(tmp_path, "runs")
    share_of_run(task, "title", {}, here, Shard(1, 1))
    (workplace,) = here.runs.glob(".partial-*")
    recommender = harness.create("title", {})
    order = Order.of(task, "title", recommender, here.runs / workplace.name.removeprefix(".partial-"))
    before = {path: path.read_bytes() for path in (workplace / "parts").rglob("*.npy")}
    for unit in units_of_run(order, task, recommender, default_metrics()):
        unit.work()
    assert before
    assert {path: path.read_bytes() for path in (workplace / "parts").rglob("*.npy")} == before
    record = evaluate(task, "title", {}, here)
    assert record.lists_digest == evaluate(task, "title", {}, options(tmp_path, "plain")).lists_digest


@pytest.mark.slow
@pytest.mark.own_process
def test_kills_of_command_and_workers_at_random_moments_change_no_byte(corpus, tmp_path):
    task = open_task(corpus.name)
    plain = evaluate(task, "blend", BLEND, options(tmp_path, "plain"))
    params = [f"--param={name}={json.dumps(value)}" for name, value in BLEND.items()]
    command = [sys.executable, "-m", "harness", "run", "--recommender", "blend", "--data", corpus.name, *params]
    command += ["--engine", "local", "--workers", "2", "--runs", str(tmp_path / "killed")]
    random = np.random.default_rng(0)
    for attempt in range(10):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(random.uniform(1, 6))
        claims = [holder(path) for path in (tmp_path / "killed").glob(".partial-*/units/*.claim.json")]
        victim = next((claim.process for claim in claims if claim and attempt % 2), process.pid)
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        if victim == process.pid:
            process.wait()
        else:
            process.wait(300)
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    assert files_of(tmp_path / "killed", plain) == files_of(tmp_path / "plain", plain)
