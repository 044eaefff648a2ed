"""The Python, the commands and the plug-ins that README.md shows are run."""

from __future__ import annotations

import re
import shlex
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from harness.data import store
from harness.task.contest import write_contest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working folder, so that `./submissions` is nobody's."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_python_of_the_first_page_ends_with_a_board(folder, playlists, capsys):
    store.write_corpus(playlists, "synthetic", {"kind": "test"})
    code = next(block for block in blocks("python") if "open_task" in block)
    exec(compile(code, "README.md", "exec"), {})
    out = capsys.readouterr().out
    assert re.search(r"^ *1( \(1-2\))? +A +(popularity|title)\b", out, re.MULTILINE)
    assert len(list((folder / "submissions").glob("*/run.json"))) == 2


def test_the_commands_for_the_real_data_run_on_data_of_their_layout(folder, playlists, command):
    write_contest(playlists, folder / "contest")
    shutil.move(folder / "contest" / "challenge_set.json", folder)
    with zipfile.ZipFile(folder / "spotify_million_playlist_dataset.zip", "w") as archive:
        for path in (folder / "contest").rglob("*"):
            archive.write(path, path.relative_to(folder / "contest"))
    block = next(block for block in blocks("console") if "data import" in block)
    for line in block.splitlines():
        words = shlex.split(line.removeprefix("$ harness "))
        words = [str(match) for word in words for match in (sorted(folder.glob(word)) if "*" in word else [word])]
        code, _, err = command(*words)
        assert code == 0, f"{line}: {err}"


def run_lines(block, command, skipped=()):
    for line in block.splitlines():
        words = shlex.split(line.removeprefix("$ harness "))
        if words[0] not in skipped:
            code, _, err = command(*words)
            assert code == 0, f"{line}: {err}"


def test_the_commands_for_other_layouts_run_on_files_of_their_layout(folder, playlists, command):
    store.write_corpus(playlists, "synthetic", {"kind": "test"})
    lists = np.empty(40, object)
    lists[:] = [[f"track_{track}" for track in range(start % 7, start % 7 + 4)] for start in range(40)]
    np.save(folder / "playlists.npy", lists, allow_pickle=True)
    rows = "".join(f"{number},Hexagone {number},Renaud,https://p.example/{number}\n" for number in range(8))
    (folder / "TracksArtists.csv").write_text(f"track_id,track_name,artist_name,preview_url\n{rows}")
    (folder / "playlists.csv").write_text("playlist,track\n1,a\n1,b\n2,a\n")
    run_lines(next(block for block in blocks("console") if "playlists.npy" in block), command, skipped=("run",))


def test_the_commands_that_continue_a_playlist_find_their_words(folder, playlists, command):
    del folder
    store.write_corpus(playlists, "synthetic", {"kind": "test"})
    run_lines(next(block for block in blocks("console") if "harness tune" in block), command, skipped=("tune",))


def test_the_plan_and_the_commands_that_manage_runs_work(folder, playlists, command):
    store.write_corpus(playlists, "synthetic", {"kind": "test"})
    (folder / "plan.toml").write_text(next(block for block in blocks("toml") if "[[run]]" in block))
    block = next(block for block in blocks("console") if "runs rename" in block)
    outputs = {}
    for line in block.splitlines():
        code, outputs[line], err = command(*shlex.split(line.removeprefix("$ harness ")))
        assert code == 0, f"{line}: {err}"
    assert "8 runs: 0 finished, 8 to run" in outputs["$ harness run --plan plan.toml --dry-run"]
    assert ": reproduced, byte by byte" in outputs["$ harness rerun baseline"]
    assert "baseline" in (folder / "paper.tex").read_text()


def test_every_command_that_it_names_is_there(command):
    named = set(re.findall(r"`harness ((?:data )?[a-z-]+)", README))
    assert {"run", "split", "validate", "score", "leaderboard", "list", "metrics", "data import", "data synth"} <= named
    assert {
        "compare",
        "export",
        "recommend",
        "study",
        "tune",
        "data features",
        "data pca",
        "data filter",
        "data tracks",
        "runs",
        "rerun",
        "serve",
    } <= named
    for words in named:
        assert command(*words.split(), "--help")[0] == 0, words


def test_the_board_has_the_columns_of_a_board(folder, corpus, command):
    _, out, _ = command("run", "--recommender", "popularity", "--data", corpus.name, "--runs", folder / "runs")
    head = next(line for line in out.splitlines() if line.startswith("rank"))
    assert any(line.split() == head.split() for block in blocks("text") for line in block.splitlines())


@pytest.mark.parametrize("file", ["artist_recommender.py", "first_hit.py", "one_list_per_line.py", "pyproject.toml"])
def test_the_plug_in_is_the_tested_one(file):
    content = (ROOT / "tests" / "plugin" / file).read_text(encoding="utf-8")
    assert any(block == content for language in ("python", "toml") for block in blocks(language))


def test_every_recommender_is_described():
    from harness.registry import names

    for name in names():
        assert f"| `{name}` |" in README
