"""Key of a run: it covers everything that can change the lists, and nothing else."""

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness import registry
from harness.run.key import list_closure, run_key, versions

ROOT = Path(__file__).parents[2]

CHANGED_BY = {
    "harness/report/page.py": set(),
    "harness/cli/running.py": set(),
    "harness/run/pipeline.py": set(),
    "harness/synthetic/themes.py": set(),
    "recommenders/word2vec.py": set(),
    "recommenders/als.py": {"blend"},
    "recommenders/blend/__init__.py": {"blend"},
    "recommenders/item_knn.py": {"blend", "item-knn"},
    "recommenders/title.py": {"blend", "item-knn", "popularity"},
    "harness/run/fallback.py": {"blend", "item-knn", "popularity"},
}
"""A file -> the recommenders whose runs get another key when it is edited; `title` completes all short lists."""

SCRIPT = """
import json, pathlib, sys
from harness import registry
from harness.identities import CorpusId, LocalSplit
from harness.run.identity import run_identity
from harness.task.tasks import open_task

root, data, files = pathlib.Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
NAMES = ("popularity", "item-knn")
task = open_task(data)

def keys():
    from harness.run.key import list_closure, run_key
    keys = {name: run_identity(task, registry.create(name)).key for name in NAMES}
    return keys | {"blend": run_key({"source": list_closure(registry.create("blend")).source_hash})}

before, changed = keys(), {}
for file in files:
    text = (root / file).read_text()
    (root / file).write_text(text + "\\n# edited\\n")
    changed[file] = [name for name, key in keys().items() if key != before[name]]
    (root / file).write_text(text)
print(json.dumps(changed))
"""


@pytest.fixture
def changed(corpus, home, tmp_path):
    """File -> recommenders whose key changed when the file was edited in a copy of the sources."""
    root = tmp_path / "copy"
    for name in ("harness", "recommenders"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    words = [str(root), corpus.name, json.dumps(list(CHANGED_BY))]
    environment = os.environ | {"PYTHONPATH": str(root), "HARNESS_DATA": str(home)}
    process = subprocess.run(
        [sys.executable, "-c", SCRIPT, *words], cwd=root, env=environment, check=False, capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
    return {file: set(names) for file, names in json.loads(process.stdout).items()}


def test_an_edit_changes_the_keys_of_the_recommenders_that_use_the_file(changed):
    assert changed == CHANGED_BY


def test_a_patch_release_of_python_changes_no_key(monkeypatch):
    closure = list_closure(registry.create("popularity"))
    for patch in ("0", "1"):
        monkeypatch.setattr(platform, "python_version_tuple", lambda patch=patch: ("3", "12", patch))
        assert versions(closure)["python"] == "3.12"


def test_versions_are_those_of_imported_packages():
    imported = versions(list_closure(registry.create("als")))
    assert {"python", "numpy", "scipy", "numba"} <= set(imported)
    assert not {"lightgbm", "gensim", "typer"} & set(imported)


def test_key_depends_on_content_and_not_on_its_order():
    assert run_key({"a": 1, "b": [2]}) == run_key({"b": [2], "a": 1})
    assert run_key({"a": 1, "b": [2]}) != run_key({"a": 1, "b": [3]})
