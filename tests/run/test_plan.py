"""Plans: read from TOML with one-line errors, forecast without running, run to the end."""

import json
from contextlib import contextmanager

import msgspec
import pytest

from harness import registry
from harness.costs import Cost
from harness.errors import DataError, PluginError
from harness.kit.progress import EXPECTED_SECONDS, listening
from harness.report.forecast_table import duration, summary
from harness.run import several
from harness.run.forecast import Stage, forecast
from harness.run.options import Options
from harness.run.pipeline import evaluate
from harness.run.plan import read_plan
from harness.run.runs import read_record
from harness.run.settings import Setting
from harness.task.tasks import open_task

PLAN = """
data = "small"
seeds = [0, 1]
holdouts = ["validation", "test"]
metrics = ["ndcg"]

[[run]]
recommender = "popularity"

[[run]]
recommender = "title"
vary = { neighbours = [3, 300], power = [0.5] }
params = { exact = 2 }

[[run]]
recommender = "word2vec"
params = { epochs = 1, vector_size = 8 }
"""


@pytest.fixture
def plan(tmp_path, corpus):  # noqa: ARG001 - the plan names the corpus
    path = tmp_path / "plan.toml"
    path.write_text(PLAN)
    return path


@pytest.fixture
def runs(tmp_path):
    return tmp_path / "runs"


def test_every_combination_is_a_setting(plan):
    assert read_plan(plan).recommenders == [
        ("popularity", {}),
        ("title", {"exact": 2, "neighbours": 3, "power": 0.5}),
        ("title", {"exact": 2, "neighbours": 300, "power": 0.5}),
        ("word2vec", {"epochs": 1, "vector_size": 8}),
    ]


@pytest.mark.slow
def test_a_plan_runs_on_every_holdout_with_every_seed_of_those_that_have_one(command, plan, runs):
    code, out, err = command("run", "--plan", plan, "--runs", runs, "--format", "json")
    assert code == 0, err
    rows = json.loads(out)
    assert {row["split"] for row in rows} == {"challenge validation", "challenge test"}
    assert sorted(row["recommender"] for row in rows) == sorted(
        2 * ["popularity", "title", "title", "word2vec", "word2vec"]
    )
    assert set(read_record(next(runs.iterdir())).definitions) == {"ndcg"}
    code, out, _ = command("run", "--plan", plan, "--runs", runs, "--dry-run")
    assert code == 0
    assert "10 runs: 10 finished, 0 to run\n" in out


def test_a_dry_run_names_the_runs_that_would_be_made_and_makes_none(command, plan, runs):
    assert command("run", "--recommender", "popularity", "--data", "small", "--runs", runs)[0] == 0
    before = sorted(runs.iterdir())
    code, out, err = command("run", "--plan", plan, "--runs", runs, "--dry-run")
    assert (code, err) == (0, "")
    assert sorted(runs.iterdir()) == before
    names = [line.split()[0] for line in out.splitlines()[2:12]]
    assert [line.split()[3] for line in out.splitlines()[2:12]] == ["finished"] + 9 * ["new"]
    command("run", "--plan", plan, "--runs", runs)
    assert {path.name for path in runs.iterdir()} == set(names)


def test_a_dry_run_needs_no_plan(command, corpus, runs):
    words = ("run", "--data", corpus.name, "--runs", runs, "--recommender", "popularity", "--dry-run")
    code, out, _ = command(*words)
    assert (code, runs.exists()) == (0, False)
    assert "1 runs: 0 finished, 1 to run; 1 without an estimate" in out


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('data = "small"', "data = small", "is not TOML: Invalid value (at line 2, column 8)"),
        ('"popularity"', '"populrity"', "no recommender 'populrity', did you mean 'popularity'?"),
        ("neighbours", "neighbors", "recommender 'title' has no hyper-parameter 'neighbors'"),
        ("[3, 300]", "3", "Expected 'array', got 'int' - at '$.run[1].vary[...]'"),
        ("[3, 300]", "[]", "'vary.neighbours' of title is empty"),
        ("exact = 2", "power = 2", "'vary.power' of title is empty, or is a fixed parameter as well"),
        ("[0, 1]", "[]", "'seeds' is empty"),
        ("[0, 1]", "[1, 1]", "'seeds' has an item twice"),
        (
            '"test"',
            '"tset"',
            "Invalid enum value 'tset' - at '$.holdouts[1]'; a plan has data, seeds, holdouts (validation, test), ",
        ),
        ("seeds", "seed", "Object contains unknown field 'seed'"),
        ("[[run]]", "[[run]]\ndata = 'small'", "Object contains unknown field 'data' - at '$.run[0]'"),
    ],
)
def test_a_faulty_plan_is_one_line(command, plan, runs, old, new, message):
    plan.write_text(PLAN.replace(old, new))
    code, out, err = command("run", "--plan", plan, "--runs", runs)
    assert (code, out) == (1, "")
    assert err.startswith(f"error: plan {plan}")
    assert message in err
    assert not runs.exists()


def test_a_plan_may_begin_with_a_byte_order_mark(plan):
    marked = plan.with_name("marked.toml")
    marked.write_text(plan.read_text(), encoding="utf-8-sig")
    assert read_plan(marked) == read_plan(plan)


def test_a_missing_plan_is_one_line(tmp_path):
    with pytest.raises(DataError, match=r"plan .*nowhere\.toml cannot be read \(No such file"):
        read_plan(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("words", [("--recommender", "title"), ("--data", "small"), ("--split", "challenge")])
def test_a_plan_and_the_options_that_it_contains_exclude_each_other(command, plan, words):
    code, _, err = command("run", "--plan", plan, *words)
    assert (code, err) == (1, f"error: {words[0]} and --plan exclude each other: write it in the plan\n")


@pytest.fixture
def earlier(corpus, runs):
    """A record of `title` whose costs are round numbers."""
    record = evaluate(open_task(corpus.name), "title", options=Options(runs))
    costs = {"fit": 8.0, "recommend": 2.0, "fallback": 1.0, "submit": 0.25, "score": 0.25}
    stages = {name: Cost(seconds, seconds, 1000) for name, seconds in costs.items()}
    return msgspec.structs.replace(record, stages=stages)


def forecast_of(corpus, runs, records, **params):
    return forecast(open_task(corpus.name), Setting("title", {"power": 2.0, **params}, 0), runs, records)


def test_costs_scale_with_the_entries_and_the_number_of_playlists(corpus, runs, earlier):
    assert forecast_of(corpus, runs, [earlier]).seconds == pytest.approx(8 + 3 + 0.5)
    smaller = msgspec.structs.replace(earlier, n_entries=earlier.n_entries // 2, n_playlists=earlier.n_playlists // 2)
    ratio, of_playlists = earlier.n_entries / smaller.n_entries, earlier.n_playlists / smaller.n_playlists
    scaled = forecast_of(corpus, runs, [smaller])
    assert scaled.seconds == pytest.approx(8 * ratio + 3 * ratio * of_playlists + 0.5 * of_playlists)
    assert scaled.memory_bytes == round(1000 * ratio)


def test_the_basis_has_the_most_equal_hyper_parameters_and_then_the_nearest_size(corpus, runs, earlier):
    def like(run, factor, **params):
        n_entries = round(earlier.n_entries * factor)
        return msgspec.structs.replace(earlier, run=run, n_entries=n_entries, params=earlier.params | params)

    records = [like("far", 8), like("near", 0.9), like("other", 1, power=3.0, exact=5.0), like("same", 9, power=2.0)]
    assert forecast_of(corpus, runs, records).based_on == "same"
    assert forecast_of(corpus, runs, records[:3]).based_on == "near"


def test_an_old_record_without_a_size_counts_for_its_own_corpus_only(corpus, runs, earlier):
    old = msgspec.structs.replace(earlier, n_entries=0)
    assert forecast_of(corpus, runs, [old]).seconds == pytest.approx(11.5)
    other = msgspec.structs.replace(old, corpus=msgspec.structs.replace(old.corpus, fingerprint="f"))
    assert forecast_of(corpus, runs, [other]).seconds is None
    assert forecast_of(corpus, runs, [other]).based_on == ""


@pytest.mark.usefixtures("earlier")
def test_a_run_that_failed_resumes_and_a_forced_one_is_new(corpus, runs, monkeypatch):
    task, setting = open_task(corpus.name), Setting("title", {}, 0)
    assert forecast(task, setting, runs, []).stage is Stage.finished
    assert forecast(task, setting, runs, [], force=True).stage is Stage.new

    def fails(*_):
        raise RuntimeError

    monkeypatch.setattr(registry.find("title"), "fit", fails)
    with pytest.raises(PluginError):
        evaluate(task, "title", {"power": 2.0}, Options(runs))
    assert forecast_of(corpus, runs, []).stage is Stage.resumes


class Listener:
    """Listens to the bar of the whole command."""

    def __init__(self):
        self.total, self.advanced = None, []

    @contextmanager
    def __call__(self, what, total):
        advanced = []

        class Bar:
            def advance(self, amount=1, detail=""):  # noqa: ARG002
                advanced.append(amount)

        yield Bar()
        if what == EXPECTED_SECONDS:
            self.total, self.advanced = total, advanced


def test_the_whole_command_has_a_bar_of_expected_seconds(corpus, runs, earlier, monkeypatch):
    monkeypatch.setattr(several, "earlier_runs", lambda _: [earlier])
    listener = Listener()
    settings = [("title", {"power": 2.0}), ("nobody", {}), ("popularity", {})]
    with listening(listener):
        outcome = several.evaluate_all(open_task(corpus.name), settings, options=Options(runs))
    assert [record.recommender for record in outcome.records] == ["title", "popularity"]
    assert listener.advanced == [12, 1, 12], "11.5 s; a failure; without an estimate as the others"
    assert listener.total == 25


def test_a_single_run_has_no_bar_of_the_whole_command(corpus, runs):
    listener = Listener()
    with listening(listener):
        several.evaluate_all(open_task(corpus.name), {"popularity": {}}, options=Options(runs))
    assert listener.total is None


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.4, "59 s"), (61, "1 min 01 s"), (3600, "1 h 00 min"), (7500, "2 h 05 min")]
)
def test_a_duration_is_in_words(seconds, text):
    assert duration(seconds) == text


def test_an_empty_forecast_has_a_summary():
    assert summary([]) == "0 runs: 0 finished, 0 to run"
