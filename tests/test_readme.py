"""README.md: one screen, whose code, figures and links are those of the tested pages."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PLUGIN = ROOT / "tests" / "plugin"


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_it_is_about_one_screen():
    assert len(README.splitlines()) <= 90


def test_the_two_commands_are_targets_of_the_makefile():
    targets = re.findall(r"^\$ make (\w+)", README, re.MULTILINE)
    assert targets == ["run", "test"]
    for target in targets:
        assert f"\n{target}:" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_plug_in_is_the_tested_one():
    (code,) = blocks("python")
    (line,) = blocks("toml")
    assert code == (PLUGIN / "first_hit.py").read_text(encoding="utf-8")
    assert line in (PLUGIN / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("line", re.findall(r"`harness (run .+?)`", README))
def test_a_command_that_it_shows_succeeds(line, tmp_path, monkeypatch, corpus, command):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "first_hit.py").write_text(blocks("python")[0], encoding="utf-8")
    code, out, err = command(*line.split(), "--data", corpus.name)
    assert code == 0, err
    assert "First hit" in out


def test_the_board_has_the_columns_of_a_board(tmp_path, corpus, command):
    _, out, _ = command("run", "--recommender", "popularity", "--data", corpus.name, "--runs", tmp_path / "runs")
    head = next(line for line in out.splitlines() if line.startswith("rank"))
    assert any(line.split() == head.split() for block in blocks("text") for line in block.splitlines())


def test_its_figures_are_those_of_the_page():
    rows = re.findall(r"^\| (`[\w-]+`) \| (\.\d+ / \.\d+ / [\d.]+) \|", README, re.MULTILINE)
    assert len(rows) == 5
    page = (ROOT / "docs" / "recommenders.md").read_text(encoding="utf-8")
    for name, figures in rows:
        assert f"| {name} | {figures} |" in page


def test_size_and_time_are_those_of_the_page():
    page = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    facts = re.findall(r"takes ([\d.]+ GB) on disk|took (\d+ seconds)|second start (\d+ seconds)", README)
    assert len(facts) == 3
    for fact in facts:
        assert "".join(fact) in page


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#\s]+)\)", README))
def test_a_link_leads_to_a_file_or_a_folder(target):
    assert (ROOT / target).exists()
