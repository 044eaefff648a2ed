"""Pages of the site: their commands and Python run, each page in an empty folder; nothing is missing from the site."""

import importlib.util
import re
import shlex
from pathlib import Path

import msgspec
import pytest
import typer

from harness.data import store
from harness.run.labels import Labels
from harness.synthetic import Model, generate

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
RUN = (
    "challenge",
    "file-formats",
    "guests",
    "index",
    "install",
    "statistics",
    "write-a-metric",
    "write-a-reader",
    "write-a-recommender",
    "write-a-split",
)
"""Pages whose code needs nothing but a corpus."""

GUIDES = ("import-your-data", "many-runs", "tuning")
"""Pages whose code tests/docs/test_guides.py runs."""

SLOW = ("neumf",)
"""Pages that take longer."""

ENGINES = ("job-array", "one-machine", "ray-cluster")
"""Pages whose code tests/test_docs.py runs."""

CONFIG = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
NAV = re.findall(r"([\w/-]+\.md)$", CONFIG.partition("\nnav:")[2], re.MULTILINE)

BLOCK = re.compile(r'^```(\w+)(?: title="([\w.]+)")?\n(.*?)^```$', re.DOTALL | re.MULTILINE)
"""Code block: language, the file that a reader saves it as, code."""

CODE = re.compile(r"^```(console|python)", re.MULTILINE)


def loaded(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hooks = loaded(DOCS / "hooks.py", "docs_hooks")


def links(text):
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", BLOCK.sub("", text))
    return [target for target in targets if "://" not in target]


def read(page):
    return (DOCS / f"{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [*RUN, *(pytest.param(page, marks=pytest.mark.slow) for page in SLOW)])
def test_the_code_of_a_page_runs_in_its_order(page, playlists, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("harness.synthetic.generate", lambda n, seed: generate(n, seed, Model.small()))
    store.write_corpus(playlists, "synthetic", {"kind": "test"})
    namespace = {}
    for language, file, code in BLOCK.findall(read(page)):
        if file:
            (tmp_path / file).write_text(code, encoding="utf-8")
        elif language == "console":
            for line in code.replace("\\\n", "").splitlines():
                status, _, err = command(*shlex.split(line.removeprefix("$ harness ")))
                assert status == 0, f"{line}: {err}"
        elif language == "python":
            exec(compile(code, f"{page}.md", "exec"), namespace)


def test_each_page_with_code_is_run():
    pages = {path.stem for path in DOCS.glob("*.md") if CODE.search(path.read_text(encoding="utf-8"))}
    assert pages == {*RUN, *GUIDES, *SLOW, *ENGINES}


def test_the_example_of_labels_is_valid():
    (example,) = [code for language, _, code in BLOCK.findall(read("file-formats")) if language == "json"]
    labels = msgspec.json.decode(example, type=Labels)
    assert labels.tags == ("paper",)


def test_every_page_is_in_the_navigation_and_there():
    there = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} | set(hooks.other_pages())
    assert sorted(NAV) == sorted(there)


def test_every_generated_reference_is_included_once():
    parts = [part for path in DOCS.glob("*.md") for part in hooks.INCLUDED.findall(path.read_text(encoding="utf-8"))]
    assert sorted(parts) == sorted(hooks.GENERATED)
    for name in parts:
        assert len(hooks.GENERATED[name]()) > 100, name


def test_every_link_leads_to_a_page_or_a_file():
    own = {path.name: hooks.on_page_markdown(path.read_text(encoding="utf-8")) for path in DOCS.glob("*.md")}
    for page, text in (own | hooks.other_pages()).items():
        for target in links(text):
            place = (Path(page).parent / target).as_posix()
            assert place in NAV or (DOCS / place).is_file(), f"{page}: {target}"


def test_every_link_between_the_sources_leads_to_a_file():
    for path in DOCS.glob("*.md"):
        for target in links(path.read_text(encoding="utf-8")):
            made_by_the_build = target.startswith("tutorials/")
            assert made_by_the_build or (DOCS / target).is_file(), f"{path.name}: {target}"


def test_the_command_reference_has_every_command_and_option():
    from harness.cli.main import app

    text = hooks.commands()
    group = typer.main.get_command(app)
    commands = {name: one for name, one in group.commands.items() if not hasattr(one, "commands")}
    for name, inner in group.commands.items():
        commands |= {f"{name} {sub}": one for sub, one in getattr(inner, "commands", {}).items()}
    for name, one in commands.items():
        section = re.search(rf"^## harness {name}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)[1]
        for parameter in one.params:
            assert max(getattr(parameter, "opts", ()), key=len).lower() in section.lower(), f"{name}: {parameter.name}"


def test_the_reference_of_the_metrics_has_every_metric():
    from harness.metrics.catalogue import registered_metrics

    assert re.findall(r"^### `(.+)`$", hooks.metrics(), re.MULTILINE) == list(registered_metrics())


@pytest.mark.parametrize("package", ["harness", "harness.kit", "harness.plot"])
def test_the_reference_has_every_public_name(package):
    public = set(importlib.import_module(package).__all__) - {"kit", "plot"}
    assert set(hooks.public_names(package)) == public


def test_a_tutorial_keeps_its_text_and_its_code():
    source = "# ---\n# %% [markdown]\n# # Title\n#\n# See [next](other.py).\n\n# %%\nx = 1  # one\n"
    assert hooks.tutorial(source) == "# Title\n\nSee [next](other.md).\n\n```python\nx = 1  # one\n```\n"


def test_the_site_loads_nothing_from_another_host():
    assert "font: false" in CONFIG
    assert "http" not in CONFIG
