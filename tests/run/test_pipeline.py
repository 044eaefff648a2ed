"""One run: contents of its folder, reuse of finished runs, and recovery after an interruption."""

from __future__ import annotations

import errno
import gzip
import importlib
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

import harness
from harness import registry
from harness.atomic import PARTIAL
from harness.errors import DataError, HarnessError, PluginError, RegistryError
from harness.machine import this_machine
from harness.metrics.catalogue import metrics_named
from harness.metrics.values import MetricValues
from harness.report.cells import caption
from harness.run import pipeline
from harness.run.lists import Fallbacks, lists_are_made, make_lists
from harness.run.options import Options
from harness.run.pipeline import evaluate
from harness.run.runs import lists_of, read_record, run_folders
from harness.submission.header import SubmissionForm, Team
from harness.task.tasks import SplitOptions, open_task

RECOMMENDER = '''
import numpy as np
import harness

@harness.recommender("mine")
class Mine:
    """The first tracks of the catalog, few of them."""
    width: int = 3
    """How many."""
    seed: int = 0
    """Not used."""
    def fit(self, train, challenge):
        (train.catalog, challenge)
    def recommend(self, challenge, k):
        lists = np.tile(np.arange(self.width + 300, dtype=np.int32), (len(challenge), 1))
        return harness.kit.without_seeds(lists, -lists.astype(np.float32), challenge.seeds, self.width)
'''


@pytest.fixture
def task(corpus):
    return open_task(corpus.name)


@pytest.fixture
def options(tmp_path):
    return Options(tmp_path / "runs")


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(RECOMMENDER)
    return f"{path}:Mine"


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "run.json"}


def test_a_run_leaves_a_submission_scores_and_a_record(task, options):
    record = evaluate(task, "popularity", options=options)
    folder = options.runs / record.run
    assert sorted(path.name for path in folder.iterdir()) == [
        *("lists.npy", "run.json", "submission.csv.gz", "values.parquet")
    ]
    written = json.loads((folder / "run.json").read_text())
    assert set(written["stages"]) == {"fit", "recommend", "fallback", "submit", "score", "compile"}
    assert all(
        stage.keys() == {"wall_seconds", "cpu_seconds", "peak_memory_bytes"} for stage in written["stages"].values()
    )
    assert written["definitions"] == {"r_precision": "final", "ndcg": "start-kit", "clicks": "rules"}
    assert written["corpus"] == {"name": task.corpus.name, "fingerprint": task.corpus.fingerprint}
    assert written["challenge"] == {"type": "local", **msgspec.to_builtins(task.challenge_id)}
    assert written["share_filled"] == 0


def test_the_same_run_answers_at_once(task, options, monkeypatch):
    first = evaluate(task, "popularity", options=options)
    monkeypatch.setattr(pipeline, "make_lists", pytest.fail)
    assert evaluate(task, "popularity", options=options) == first


def test_force_makes_the_same_bytes_again(task, options):
    first = evaluate(task, "title", options=options)
    before = content(options.runs / first.run)
    second = evaluate(task, "title", options=Options(options.runs, force=True))
    assert content(options.runs / second.run) == before
    assert first.run == second.run


def test_an_edited_recommender_is_a_new_run(task, options, mine, tmp_path):
    first = evaluate(task, mine, options=options)
    (tmp_path / "mine.py").write_text(RECOMMENDER.replace("-lists", "2 - lists"))
    assert evaluate(task, mine, options=options).run != first.run


@pytest.fixture
def helped(tmp_path, monkeypatch):
    """The recommender `mine` with a module `mine_helper` beside it; returns its name and the path of that module."""
    helper = tmp_path / "mine_helper.py"
    helper.write_text("WIDTH = 3\n")
    (tmp_path / "mine.py").write_text(RECOMMENDER.replace("import harness", "import harness, mine_helper", 1))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(sys.modules, "mine_helper", None)
    del sys.modules["mine_helper"]
    return f"{tmp_path / 'mine.py'}:Mine", helper


def test_lists_of_code_that_changed_since_its_import_are_not_stored(task, options, helped):
    name, helper = helped
    first = evaluate(task, name, options=options)
    helper.write_text("WIDTH = 30\n")
    with pytest.raises(RegistryError) as caught:
        evaluate(task, name, options=options)
    assert str(caught.value) == f"{helper}: its source changed since it was imported: start a new Python session"
    assert [folder.name for folder in run_folders(options.runs)] == [first.run]
    importlib.reload(sys.modules["mine_helper"])
    assert evaluate(task, name, options=options).run != first.run


@pytest.mark.own_process
def test_a_process_of_its_own_runs_the_changed_code(task, options, helped):
    name, helper = helped
    first = evaluate(task, name, options=options)
    helper.write_text("WIDTH = 30\n")
    second = evaluate(task, name, options=options)
    assert (second.run != first.run, second.measured) == (True, "in a process of its own")


def test_other_parameters_seeds_and_draws_are_other_runs(corpus, task, options, mine):
    runs = [
        evaluate(task, mine, options=options),
        evaluate(task, mine, {"width": "4"}, options),
        evaluate(task, mine, options=Options(options.runs, seed=1)),
        evaluate(open_task(corpus.name, options=SplitOptions(holdout="test")), mine, options=options),
    ]
    assert len({record.run for record in runs}) == len(runs)


def test_short_lists_are_completed_and_the_share_is_recorded(task, options, mine):
    record = evaluate(task, mine, options=options)
    assert record.share_filled == pytest.approx(1 - 3 / 500)
    lists = harness.leaderboard(options.runs)[0].rows[0].entry.metric_values
    assert len(lists.pids) == len(task.challenge)


def test_other_metrics_and_another_team_keep_the_lists(task, options, monkeypatch):
    first = evaluate(task, "popularity", options=options)
    monkeypatch.setattr(pipeline, "make_lists", pytest.fail)
    changed = Options(options.runs, team=Team("Us", "us@example.org"), metrics=metrics_named("ndcg:log2i,clicks"))
    second = evaluate(task, "popularity", options=changed)
    assert second.run == first.run
    assert set(second.means) == {"r_precision", "ndcg", "ndcg:log2i", "clicks"}
    assert second.stages["fit"] == first.stages["fit"]


def first_line(options, record):
    with gzip.open(options.runs / record.run / "submission.csv.gz", "rt", encoding="utf-8") as file:
        return next(file).strip()


METRIC = """
import numpy as np
import harness
import metric_helper

@harness.metric("constant", title="Constant", definition="same")
def constant(evaluation):
    return np.full(len(evaluation), metric_helper.VALUE)
"""


@pytest.fixture
def constant(tmp_path, monkeypatch):
    """Writes a metric in a file, whose every value is a number in the file beside it, and returns its name."""

    def write(value):
        size = "#" * int(100 * value)  # byte code of the same second counts as current if the size is the same
        (tmp_path / "metric_helper.py").write_text(f"VALUE = {value}  {size}\n")
        (tmp_path / "constant.py").write_text(METRIC)
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, "metric_helper", raising=False)
        return f"{tmp_path / 'constant.py'}:constant"

    return write


def test_a_metric_is_measured_again_after_its_source_changed(task, options, constant, monkeypatch):
    first = evaluate(task, "popularity", options=replace(options, metrics=(constant(0.25),)))
    assert list(first.metric_sources) == ["constant"]
    monkeypatch.setattr(pipeline, "make_lists", None)
    second = evaluate(task, "popularity", options=replace(options, metrics=(constant(0.75),)))
    assert (first.means["constant"], second.means["constant"]) == (0.25, 0.75)
    assert second.metric_sources != first.metric_sources
    monkeypatch.setattr(pipeline, "score", None)
    assert evaluate(task, "popularity", options=replace(options, metrics=(constant(0.75),))) == second


def test_values_of_a_metric_whose_code_changed_since_its_import_are_not_stored(task, options, constant, tmp_path):
    name = constant(0.25)
    evaluate(task, "popularity", options=replace(options, metrics=(name,)))
    (tmp_path / "metric_helper.py").write_text("VALUE = 0.75\n")
    with pytest.raises(RegistryError, match=r"metric_helper.py: its source changed since it was imported"):
        evaluate(task, "popularity", options=replace(options, metrics=(name,)))


def test_no_board_ranks_by_two_sources_of_a_metric(task, options, constant):
    evaluate(task, "popularity", options=replace(options, metrics=(constant(0.25),)))
    evaluate(task, "title", options=replace(options, metrics=(constant(0.75),)))
    boards = harness.leaderboard(options.runs)
    assert len(boards) == 2
    records = [read_record(options.runs / board.rows[0].entry.run) for board in boards]
    notes = [f"definitions: constant: same (source {record.metric_sources['constant']})" for record in records]
    assert [caption(board)[1][0] for board in boards] == notes


def test_no_column_has_values_of_two_sources_of_a_metric(task, options, constant):
    evaluate(task, "popularity", options=replace(options, metrics=("ndcg", constant(0.25))))
    evaluate(task, "title", options=replace(options, metrics=("ndcg", constant(0.75))))
    (board,) = harness.leaderboard(options.runs)
    assert sorted(board.to_polars()["constant"].is_null()) == [False, True]


def test_values_of_an_older_version_have_no_source_and_remain_readable(task, options, constant):
    record = evaluate(task, "popularity", options=replace(options, metrics=(constant(0.25),)))
    path = options.runs / record.run / "values.parquet"
    values = MetricValues.load(path)
    traits = {name: replace(one, source="") for name, one in values.traits.items()}
    replace(values, traits=traits).save(path)
    assert b"source" not in path.read_bytes()
    assert MetricValues.load(path).traits == traits
    content = msgspec.to_builtins(record)
    del content["metric_sources"]
    assert msgspec.convert(content, type(record)) == msgspec.structs.replace(record, metric_sources={})


def test_a_run_without_a_team_has_the_placeholder(task, options):
    assert first_line(options, evaluate(task, "popularity", options=options)).startswith("team_info,my-team (placeh")


@pytest.mark.parametrize("force", [False, True])
def test_a_rerun_without_a_team_keeps_that_of_the_finished_run(task, options, force):
    of_2018 = replace(options, form="2018", team=Team("Us", "us@example.org", "creative"))
    evaluate(task, "popularity", options=of_2018)
    again = replace(options, metrics=metrics_named("ndcg:log2i"), force=force)
    record = evaluate(task, "popularity", options=again)
    expected = {"form": "2018", "team": "Us", "email": "us@example.org", "track": "creative"}
    assert msgspec.to_builtins(record.submission) == expected
    assert "ndcg:log2i" in record.means
    assert first_line(options, record) == "team_info,creative,Us,us@example.org"


def test_a_rerun_with_another_team_name_keeps_the_address(task, options):
    evaluate(task, "popularity", options=replace(options, team=Team("Us", "us@example.org")))
    record = evaluate(task, "popularity", options=replace(options, team=Team("We")))
    assert first_line(options, record) == "team_info,We,us@example.org"


def test_a_record_states_start_machine_and_command_of_its_lists(task, options, monkeypatch):
    monkeypatch.setattr("sys.argv", ["/bin/harness", "run"])
    before = datetime.now(UTC).replace(microsecond=0)
    first = evaluate(task, "popularity", options=options)
    assert before <= datetime.fromisoformat(first.started) <= datetime.now(UTC)
    assert first.command == "harness run"
    assert first.machine == this_machine()
    monkeypatch.setattr("sys.argv", ["harness", "other"])
    again = evaluate(task, "popularity", options=replace(options, metrics=metrics_named("ndcg:log2i")))
    assert (again.started, again.command) == (first.started, first.command), "the lists are still the first run's"


def test_a_record_of_another_format_names_the_remedy(task, options):
    folder = options.runs / evaluate(task, "popularity", options=options).run
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({"format": 3, "run": record["run"]}))
    with pytest.raises(DataError, match="is of format 3, this version reads 5: delete the folder and run again"):
        read_record(folder)
    assert evaluate(task, "popularity", options=replace(options, force=True)).format == 5


def test_a_full_disk_leaves_no_run_and_the_next_start_resumes(task, options, monkeypatch):
    whole = evaluate(task, "title", options=Options(options.runs.parent / "others"))

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(pipeline, "write_submission", full)
        with pytest.raises(OSError, match="No space left"):
            evaluate(task, "title", options=options)
    assert harness.leaderboard(options.runs) == []
    with monkeypatch.context() as resumed:
        resumed.setattr("recommenders.title.Title.fit", pytest.fail)
        record = evaluate(task, "title", options=options)
    assert content(options.runs / record.run) == content(options.runs.parent / "others" / whole.run)
    assert not list(options.runs.glob(f"{PARTIAL}*"))


def test_a_seed_makes_another_run_only_where_numbers_are_drawn(task, options, mine):
    runs = [
        evaluate(task, name, options=replace(options, seed=seed)) for name in ("popularity", mine) for seed in (0, 1)
    ]
    assert runs[0] == runs[1]
    assert (runs[2].seed, runs[3].seed) == (0, 1)
    assert runs[2].run != runs[3].run
    named = evaluate(task, mine, {"seed": 1}, options)
    assert named.run == runs[3].run, "the seed that a parameter names is the run's"


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("    summary = property(lambda self: {}['a'])", "KeyError: 'a' (own.py, line 6)"),
        ("    summary = {'a': object()}", "`summary` must be a mapping that JSON can represent (TypeError: "),
        ("    text: str = '\\ud800'", "hyper-parameter 'text' cannot be written to a record (UnicodeEncodeError: "),
        (
            "    def fit(self, train, challenge): raise RuntimeError('own fault')",
            "RuntimeError: own fault (own.py, line 6)",
        ),
        ("    def recommend(self, challenge, k): raise SystemExit(0)", "SystemExit: 0 (own.py, line 6)"),
        (
            "    def save(self, folder): raise OSError('full')\n    def load(self, folder): ...",
            "OSError: full (own.py, line 6)",
        ),
    ],
)
def test_an_exception_of_a_recommender_is_one_line_with_its_place(task, options, tmp_path, body, line):
    (tmp_path / "own.py").write_text(
        "import harness\n@harness.recommender('own')\nclass Own:\n"
        "    def fit(self, train, challenge): ...\n"
        "    def recommend(self, challenge, k): return harness.Ranked.empty(len(challenge), k)\n" + body
    )
    with pytest.raises(HarnessError) as caught:
        evaluate(task, f"{tmp_path / 'own.py'}:Own", options=options)
    assert str(caught.value).startswith("recommender '")
    assert line in str(caught.value)
    assert not run_folders(options.runs)


def test_an_exception_of_a_trait_is_one_line_with_its_place(task, options, tmp_path):
    (tmp_path / "own.py").write_text(
        "import harness\n@harness.recommender('own', deterministic='steady')\nclass Own:\n"
        "    steady = property(lambda self: 1 / 0)\n"
        "    def fit(self, train, challenge): ...\n"
        "    def recommend(self, challenge, k): return harness.Ranked.empty(len(challenge), k)\n"
    )
    name = f"{tmp_path / 'own.py'}:Own"
    with pytest.raises(HarnessError) as caught:
        evaluate(task, name, options=options)
    assert str(caught.value) == f"recommender {name!r}: ZeroDivisionError: division by zero (own.py, line 4)"


def test_a_result_of_another_type_names_the_recommender_and_the_place(task, options, tmp_path):
    (tmp_path / "own.py").write_text(
        "import harness, numpy as np\n@harness.recommender('own')\nclass Own:\n"
        "    def fit(self, train, challenge): ...\n"
        "    def recommend(self, challenge, k):\n"
        "        zeros = np.zeros((len(challenge), k), np.float32)\n"
        "        return harness.Ranked(zeros.astype(np.int64), zeros)"
    )
    with pytest.raises(DataError) as caught:
        evaluate(task, f"{tmp_path / 'own.py'}:Own", options=options)
    assert str(caught.value) == (
        "recommender 'own': tracks must be 2-dimensional int32, not 2-dimensional int64 (own.py, line 7)"
    )


def test_a_stopped_force_leaves_the_old_run(task, options, monkeypatch):
    first = evaluate(task, "popularity", options=options)
    before = content(options.runs / first.run)
    monkeypatch.setattr("recommenders.popularity.Popularity.recommend", lambda *_: 1 / 0)
    with pytest.raises(PluginError, match=r"recommender 'popularity': ZeroDivisionError: division by zero"):
        evaluate(task, "popularity", options=Options(options.runs, force=True))
    assert content(options.runs / first.run) == before


def test_a_challenge_file_without_answers_gives_an_unscored_run(corpus, options, tmp_path):
    from harness.task.contest import write_contest

    write_contest(corpus.playlists(), tmp_path / "contest")
    from harness.data.importing import import_corpus

    import_corpus(tmp_path / "contest", "training")
    challenge, answers = tmp_path / "contest" / "challenge_set.json", tmp_path / "contest" / "answers.json"
    unscored = evaluate(open_task("training", challenge=challenge), "popularity", options=options)
    assert unscored.means == {}
    assert [board.definitions for board in harness.leaderboard(options.runs)] == [{}]
    scored = evaluate(open_task("training", challenge=challenge, answers=answers), "popularity", options=options)
    assert scored.run == unscored.run
    local = evaluate(open_task("small", options=SplitOptions(holdout="test")), "popularity", options=options)
    # Equally frequent tracks stand in another order in a catalog that was numbered from files.
    assert scored.means == pytest.approx(local.means, rel=0.2)


def test_a_corpus_too_small_for_500_tracks_is_refused(playlists, options):
    from harness.data import store

    few = playlists.take(np.arange(600) < 150)
    used = np.unique(few.tracks.values)[:400]
    kept = np.isin(few.tracks.values, used)
    catalog = harness.Catalog(
        few.catalog.tracks[:400],
        few.catalog.artists,
        few.catalog.albums,
        few.catalog.artist_of[:400],
        few.catalog.album_of[:400],
        few.catalog.duration_ms[:400],
    )
    rows = few.tracks.keep(kept)
    renamed = harness.Ragged(rows.indptr, np.searchsorted(used, rows.values).astype(np.int32))
    small = harness.Playlists(few.info, renamed, catalog)
    store.write_corpus(small, "tiny", {"kind": "test"})
    with pytest.raises(harness.DataError, match=r"corpus 'tiny' has 400 tracks: too few to recommend 500"):
        evaluate(open_task("tiny", options=SplitOptions(params={"per_category": 1})), "popularity", options=options)


@pytest.mark.parametrize(("name", "at"), [("lists.npy", 200), ("lists.npy", -1), ("state", 80), ("state", 0)])
def test_lists_of_an_interrupted_run_are_made_again_if_they_are_damaged(task, tmp_path, name, at):
    expected = make_lists(tmp_path, task, registry.create("popularity"), "popularity", Fallbacks(task)).tracks
    assert lists_are_made(tmp_path)
    content = bytearray((tmp_path / name).read_bytes())
    content[at] ^= 1
    (tmp_path / name).write_bytes(content)
    assert not lists_are_made(tmp_path)
    again = make_lists(tmp_path, task, registry.create("popularity"), "popularity", Fallbacks(task)).tracks
    assert np.array_equal(again, expected)


def test_a_rerun_without_a_format_keeps_that_of_the_finished_run(task, options):
    evaluate(
        task, "popularity", options=replace(options, form=SubmissionForm.contest_2018, team=Team("Us", "us@x.org"))
    )
    record = evaluate(task, "popularity", options=replace(options, metrics=metrics_named("ndcg:log2i")))
    assert first_line(options, record) == "team_info,main,Us,us@x.org"
    changed = evaluate(task, "popularity", options=replace(options, form=SubmissionForm.aicrowd))
    assert first_line(options, changed) == "team_info,Us,us@x.org"


def test_lists_are_read_from_their_array_and_from_the_submission_if_it_is_damaged(task, options):
    record = evaluate(task, "popularity", options=options)
    folder, digest = options.runs / record.run, record.lists_digest
    lists = lists_of(folder, digest, task.challenge)
    assert np.array_equal(lists, np.load(folder / "lists.npy"))
    content = bytearray((folder / "lists.npy").read_bytes())
    content[-1] ^= 1
    (folder / "lists.npy").write_bytes(content)
    assert np.array_equal(lists_of(folder, digest, task.challenge), lists)
    (folder / "lists.npy").unlink()
    assert np.array_equal(lists_of(folder, digest, task.challenge), lists)


def test_runs_with_equal_lists_are_named_on_the_leaderboard(task, options, mine):
    names = [evaluate(task, mine, {"seed": seed}, options).run for seed in (0, 1)]
    evaluate(task, "popularity", options=options)
    (board,) = harness.leaderboard(options.runs)
    assert [sorted(group) for group in board.equal_lists] == [sorted(names)]
    _, notes = caption(board)
    assert notes[-1] == f"Equal lists: {', '.join(board.equal_lists[0])}"
