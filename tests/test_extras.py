"""Optional packages: a missing one is one line that names its extra; the lists agree with pyproject.toml."""

import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from harness import extras
from harness.errors import MissingExtraError
from harness.extras import EXTRAS, require_extra

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_that_is_installed_is_accepted(extra):
    require_extra(extra)


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "altair" else object())
    with pytest.raises(MissingExtraError) as caught:
        require_extra("page")
    assert str(caught.value) == "altair is not installed: run pip install 'playlist-harness[page]'"


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("page", ("leaderboard", "--format", "html")),
        ("page", ("run", "--recommender", "popularity", "--format", "html")),
        ("page", ("study", "--param", "clusters=2")),
        ("tune", ("tune", "--recommender", "title", "--param", "power=1..2", "--trials", "2")),
        ("serve", ("serve",)),
    ],
)
def test_a_command_without_its_extra_ends_in_one_line_before_any_run(
    command, corpus, monkeypatch, tmp_path, extra, words
):
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    runs = () if extra == "serve" else ("--runs", tmp_path / "runs")
    code, out, err = command(*words, "--data", corpus.name, *runs)
    assert (code, out) == (1, "")
    assert err == f"error: {', '.join(EXTRAS[extra])} is not installed: run pip install 'playlist-harness[{extra}]'\n"
    assert not (tmp_path / "runs").exists()


def test_the_extras_are_those_of_the_distribution():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = project["optional-dependencies"]
    in_all = [extra for extra in EXTRAS if extra != "ray"]  # larger than the rest of these together
    assert declared.pop("all") == [f"{project['name']}[{','.join(in_all)}]"]
    installs = packages_distributions()
    for extra, packages in EXTRAS.items():
        named = {line.split(">")[0] for line in declared[extra]}
        assert named == {each.lower() for package in packages for each in installs[package]}
