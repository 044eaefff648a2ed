"""Source closures: exactly what can change a plug-in's lists is in its hash."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.sources import closure_of

ROOT = Path(__file__).parent.parent

MODULES = {
    "popularity": ["recommenders.popularity"],
    "title": ["recommenders.title"],
    "als": ["recommenders.als"],
    "playlist-knn": ["recommenders.playlist_knn"],
    "two-stage": ["recommenders.two_stage", "recommenders.blend", "recommenders.als"],
}

ALL = set(MODULES)

CHANGED_BY = {
    "harness/types.py": ALL,
    "harness/ragged.py": ALL,
    "harness/interfaces.py": ALL,
    "harness/run/lists.py": ALL,
    "harness/run/contract.py": ALL,
    "harness/kit/kernels.py": {"playlist-knn", "title"},
    "harness/kit/inner_products.py": {"als", "two-stage"},
    "harness/splits/draw_like.py": {"two-stage"},
    "recommenders/als.py": {"als", "two-stage"},
    "recommenders/two_stage/features.py": {"two-stage"},
    "recommenders/word2vec.py": set(),
    "harness/cli/running.py": set(),
    "harness/report/page.py": set(),
    "harness/search/tune.py": set(),
    "harness/synthetic/themes.py": set(),
    "harness/submission/writer.py": set(),
    "harness/data/mpd/parsing.py": set(),
    "README.md": set(),
}
"""A file -> the recommenders whose source hash an edit of it changes."""

SCRIPT = """
import json, pathlib, sys
from harness import sources

def hashes():
    sources._imports.cache_clear()
    return {name: sources.closure_of([*modules, "harness.run.lists"]).source_hash for name, modules in MODULES.items()}

MODULES = json.loads(sys.argv[1])
root = pathlib.Path(sys.argv[2])
before, found = hashes(), {}
for file in json.loads(sys.argv[3]):
    path = root / file
    text = path.read_text()
    path.write_text(text + "\\n# edited\\n")
    found[file] = [name for name, digest in hashes().items() if digest != before[name]]
    path.write_text(text)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """File -> recommenders whose hash changed when the file was edited in a copy of the sources."""
    root = tmp_path_factory.mktemp("copy")
    for name in ("harness", "recommenders"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "README.md", root)
    words = [json.dumps(MODULES), str(root), json.dumps(list(CHANGED_BY))]
    environment = os.environ | {"PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *words], cwd=root, env=environment, check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("file", CHANGED_BY)
def test_an_edit_changes_the_hash_of_those_who_use_the_file_and_of_no_other(changed, file):
    assert set(changed[file]) == CHANGED_BY[file]


def test_packages_that_the_closure_imports_count_with_their_versions():
    versions = closure_of(["recommenders.als"]).versions
    assert {"numpy", "scipy", "numba"} <= set(versions)
    assert not {"polars", "gensim", "lightgbm", "typer"} & set(versions)


def test_modules_of_a_package_of_ones_own_are_followed(tmp_path, monkeypatch):
    package = tmp_path / "mine"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "model.py").write_text("from . import parts\nfrom mine.words import WORDS\n")
    (package / "parts.py").touch()
    (package / "words.py").write_text("WORDS = 1\n")
    (package / "unused.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert list(closure_of(["mine.model"]).modules) == ["mine", "mine.model", "mine.parts", "mine.words"]


def test_imports_for_type_checkers_alone_do_not_count(tmp_path, monkeypatch):
    lines = (
        "from typing import TYPE_CHECKING",
        "if TYPE_CHECKING:",
        "    import harness.rules",
        "import harness.errors",
    )
    (tmp_path / "alone.py").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(str(tmp_path))
    assert list(closure_of(["alone"]).modules) == ["alone", "harness.errors"]
