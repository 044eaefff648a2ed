"""Commands and Python of the pages in docs/ are run, each page in an empty folder."""

import importlib.util
import re
import shlex
from pathlib import Path

import pytest

from harness.data import store

DOCS = Path(__file__).parent.parent / "docs"
ENGINES = ("one-machine.md", "job-array.md", "ray-cluster.md")


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", (DOCS / page).read_text(), re.DOTALL | re.MULTILINE)


@pytest.fixture
def small(tmp_path, monkeypatch, playlists):
    monkeypatch.chdir(tmp_path)
    return store.write_corpus(playlists, "small", {"kind": "test"})


@pytest.mark.slow
@pytest.mark.parametrize("page", ENGINES)
def test_the_commands_of_a_page_run_in_its_order(page, small, command):  # noqa: ARG001 - the corpus is there
    for block in blocks(page, "console"):
        for line in block.splitlines():
            words = shlex.split(line.removeprefix("$ harness "))
            if "ray" in words and not importlib.util.find_spec("ray"):
                pytest.skip("Ray is not installed")
            code, _, err = command(*words)
            assert code == 0, f"{line}: {err}"


@pytest.mark.slow
def test_the_python_of_the_page_on_ray_runs(small, capsys):  # noqa: ARG001 - the corpus is there
    pytest.importorskip("ray", reason="the extra playlist-harness[ray] is not installed")
    (code,) = blocks("ray-cluster.md", "python")
    exec(compile(code, "ray-cluster.md", "exec"), {})
    assert "units of engine ray" in capsys.readouterr().out


@pytest.mark.parametrize("page", ENGINES)
def test_a_page_names_only_commands_and_options_that_are_there(page, command):
    text = (DOCS / page).read_text()
    lines = [line.removeprefix("$ ") for line in text.splitlines() if re.match(r"(\$ )?harness ", line)]
    assert lines
    for line in lines:
        words = shlex.split(line)[1:]
        name = words[:2] if words[0] == "data" else words[:1]
        _, out, _ = command(*name, "--help")
        for word in words:
            if word.startswith("--"):
                assert re.search(rf"^ +{re.escape(word)}\b", out, re.MULTILINE), f"{line}: {word}"
