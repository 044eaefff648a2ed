"""Labels of a run: apart from its record, kept when it is made again."""

import threading

import pytest

from harness.errors import DataError, ParameterError
from harness.run.labels import LABELS, Labels, change_labels, read_labels
from harness.run.options import Options
from harness.run.pipeline import evaluate
from harness.task.tasks import open_task


@pytest.fixture
def options(tmp_path):
    return Options(tmp_path / "runs")


@pytest.fixture
def folder(corpus, options):
    record = evaluate(open_task(corpus.name), "popularity", options=options)
    return options.runs / record.run


def test_a_run_without_labels_has_empty_ones(folder):
    assert read_labels(folder) == Labels()


def test_labels_change_no_other_file_of_the_run(folder):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    change_labels(folder, name="base", note="first", add=["b", "a", "b"])
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert after.pop(LABELS)
    assert after == before
    assert read_labels(folder) == Labels("base", "first", ("a", "b"))


def test_only_what_is_named_changes(folder):
    change_labels(folder, name="base", note="first", add=["a", "b"])
    change_labels(folder, note="a\nsecond line", remove=["a"])
    assert read_labels(folder) == Labels("base", "a second line", ("b",))


def test_labels_stay_when_the_run_is_made_again(corpus, folder, options):
    change_labels(folder, note="kept")
    for changed in (Options(options.runs, force=True), Options(options.runs, form="2018")):
        evaluate(open_task(corpus.name), "popularity", options=changed)
        assert read_labels(folder).note == "kept"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "a/b"}, "'a/b' is not 1 to 64 letters"),
        ({"add": ["two words"]}, "'two words' is not"),
        ({"add": [""]}, "'' is not"),
        ({"note": "x" * 2001}, "at most 2000"),
        ({"remove": ["c"]}, "has no tag 'c'; it has a"),
    ],
)
def test_an_invalid_label_changes_nothing(folder, change, message):
    change_labels(folder, add=["a"])
    with pytest.raises(ParameterError, match=message):
        change_labels(folder, **change)
    assert read_labels(folder) == Labels(tags=("a",))


@pytest.mark.parametrize("content", [b"", b"[]", b'{"tags": ["b", "a"]}', b'{"name": "../x"}', b"\xff"])
def test_a_damaged_file_is_named_and_the_run_is_ranked_without_labels(command, folder, content):
    (folder / LABELS).write_bytes(content)
    with pytest.raises(DataError, match=r"labels\.json is damaged .*: correct or delete it, the run is intact"):
        read_labels(folder)
    code, out, err = command("leaderboard", "--runs", folder.parent)
    assert (code, folder.name in out) == (0, True)
    assert err.startswith(f"warning: without labels: {folder / LABELS} is damaged")


def test_changes_at_the_same_time_are_all_kept(folder):
    threads = [threading.Thread(target=change_labels, args=(folder,), kwargs={"add": [f"t{i}"]}) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read_labels(folder).tags == tuple(f"t{i}" for i in range(8))
