"""Source closures: exactly what can change a plug-in's lists is in its hash."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness import registry, sources
from harness.run.key import list_closure
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


RECOMMENDER = """
import harness

@harness.recommender("rec")
class Rec:
    def fit(self, train, challenge):
        pass
    def recommend(self, challenge, k):
        pass
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


@pytest.fixture
def distribution(monkeypatch):
    """Writes modules and the metadata of a distribution `sib` that brings them, in the same folder or in another."""

    def write(modules, metadata):
        for folder in {modules, metadata}:
            folder.mkdir()
            monkeypatch.syspath_prepend(str(folder))
        (modules / "sibrec.py").write_text("import sibhelper\nimport numpy\n")
        (modules / "sibhelper.py").write_text("FACTOR = 1\n")
        info = metadata / "sib-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sib\nVersion: 1.0\n")
        (info / "top_level.txt").write_text("sibrec\nsibhelper\n")
        sources._installed.cache_clear()

    yield write
    sources._installed.cache_clear()


@pytest.mark.parametrize("folder", ["source", "site-packages"])
def test_modules_of_the_distribution_of_a_plug_in_are_followed(tmp_path, distribution, folder):
    modules = tmp_path / folder
    distribution(modules, tmp_path / "site-packages")
    before = closure_of(["sibrec"])
    assert list(before.modules) == ["sibhelper", "sibrec"]
    assert list(before.versions) == ["numpy"]
    digest = before.source_hash
    (modules / "sibhelper.py").write_text("FACTOR = 2\n")
    assert closure_of(["sibrec"]).source_hash != digest


def test_a_file_beside_that_of_a_recommender_is_followed_if_it_can_be_imported(tmp_path, monkeypatch):
    (tmp_path / "rec.py").write_text(f"import helper_beside\n{RECOMMENDER}")
    (tmp_path / "helper_beside.py").write_text("def late():\n    from tools.inner import x\n")
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "inner.py").write_text("raise RuntimeError('a closure imports nothing')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    recommender = registry.create(f"{tmp_path / 'rec.py'}:Rec")
    assert {"helper_beside", "tools.inner"} <= set(list_closure(recommender).modules)
    digest = list_closure(recommender).source_hash
    (tmp_path / "tools" / "inner.py").write_text("x = 1\n")
    assert list_closure(recommender).source_hash != digest


def test_packages_in_a_folder_of_installed_ones_are_not_followed(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text("import other\n")
    target = tmp_path / "target"
    (target / "other-1.0.dist-info").mkdir(parents=True)
    (target / "other.py").touch()
    monkeypatch.syspath_prepend(str(target))
    monkeypatch.syspath_prepend(str(tmp_path))
    assert list(closure_of(["mine"]).modules) == ["mine"]
