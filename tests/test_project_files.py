"""Files beside the code: citation, changelog, workflow, examples, and texts without a machine's paths."""

import re
import runpy
import tomllib
from pathlib import Path

import pytest

from harness.data import store

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
FILES = ("CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "SECURITY.md", ".github/workflows/ci.yml", "mkdocs.yml")


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_citation_has_the_version_and_the_licence_of_the_package():
    assert re.search(r"^version: (.+)$", text("CITATION.cff"), re.MULTILINE)[1] == PROJECT["version"]
    assert re.search(r"^license: (.+)$", text("CITATION.cff"), re.MULTILINE)[1] == PROJECT["license"]


def test_the_changelog_names_the_version():
    assert PROJECT["version"] in text("CHANGELOG.md")


def test_the_workflow_runs_on_the_supported_versions_of_python():
    (listed,) = re.findall(r"python: \[(.+)\]", text(".github/workflows/ci.yml"))
    (checked,) = re.findall(r"for version in (.+); do", text(".ci/wheel"))
    assert re.findall(r"[\d.]+", listed) == checked.split()
    assert PROJECT["requires-python"] == ">=3.11,<3.14"


def test_the_workflow_names_only_commands_that_are_there():
    commands = re.findall(r"run: (.+)$", text(".github/workflows/ci.yml"), re.MULTILINE)
    assert ".ci/run" in commands
    for command in commands:
        first, *rest = command.split()
        assert (
            first == "python" or (first == "make" and f"\n{rest[0]}:" in text("Makefile")) or (ROOT / first).is_file()
        )


def test_contributing_names_only_targets_of_the_makefile():
    targets = re.findall(r"^\$ make ([\w-]+)", text("CONTRIBUTING.md"), re.MULTILINE)
    assert len(targets) == 4
    for target in targets:
        assert f"\n{target}:" in text("Makefile")


@pytest.mark.parametrize("name", FILES)
def test_a_text_names_no_folder_of_a_machine(name):
    assert not re.findall(r"(?<![\w.])/(?:home|root|work|opt|tmp|Users)/", text(name))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs(path, playlists, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    store.write_corpus(playlists, "synthetic", {"kind": "test"})
    runpy.run_path(str(path))["main"]()
    out = capsys.readouterr().out
    assert "rank" in out
    assert re.search(r"^ndcg: [+-]0\.\d{4} \(", out, re.MULTILINE)
