"""Pages whose commands need files of the reader's own run on files of their layout."""

import re
import shlex
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from harness.data import store
from harness.task.contest import write_contest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def blocks(page, language):
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}[^\n]*\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.fixture
def folder(tmp_path, monkeypatch, playlists):
    """An empty working folder, and a small corpus under the name `synthetic`."""
    monkeypatch.chdir(tmp_path)
    store.write_corpus(playlists, "synthetic", {"kind": "test"})
    return tmp_path


@pytest.fixture
def outputs(command):
    """Runs each line of a block, which must succeed: line -> what it printed."""

    def run(block, skipped=()):
        shown = {}
        for line in block.splitlines():
            words = shlex.split(line.removeprefix("$ harness "))
            words = [str(match) for word in words for match in (sorted(Path().glob(word)) if "*" in word else [word])]
            if words[0] in skipped:
                continue
            code, shown[line], err = command(*words)
            assert code == 0, f"{line}: {err}"
        return shown

    return run


def test_the_commands_for_the_mpd_run_on_data_of_its_layout(folder, playlists, outputs):
    write_contest(playlists, folder / "contest")
    shutil.move(folder / "contest" / "challenge_set.json", folder)
    with zipfile.ZipFile(folder / "spotify_million_playlist_dataset.zip", "w") as archive:
        for path in (folder / "contest").rglob("*"):
            archive.write(path, path.relative_to(folder / "contest"))
    shown = outputs(blocks("import-your-data", "console")[0])
    assert len(shown) == 5


def test_the_commands_for_other_layouts_run_on_files_of_their_layout(folder, outputs):
    lists = np.empty(40, object)
    lists[:] = [[f"track_{track}" for track in range(start % 7, start % 7 + 4)] for start in range(40)]
    np.save(folder / "playlists.npy", lists, allow_pickle=True)
    rows = "".join(f"{number},Hexagone {number},Renaud,https://p.example/{number}\n" for number in range(8))
    (folder / "TracksArtists.csv").write_text(f"track_id,track_name,artist_name,preview_url\n{rows}")
    (folder / "playlists.csv").write_text("playlist,track\n1,a\n1,b\n2,a\n")
    shown = outputs(blocks("import-your-data", "console")[1], skipped=("run",))
    assert len(shown) == 4


def test_the_commands_that_continue_a_playlist_find_their_words(folder, outputs):
    del folder
    (block,) = blocks("tuning", "console")
    assert len(outputs(block, skipped=("tune",))) == 5


def test_the_plan_and_the_commands_that_manage_runs_work(folder, outputs):
    (plan,) = blocks("many-runs", "toml")
    (folder / "plan.toml").write_text(plan)
    (block,) = blocks("many-runs", "console")
    shown = outputs(block)
    assert "8 runs: 0 finished, 8 to run" in shown["$ harness run --plan plan.toml --dry-run"]
    assert ": reproduced, byte by byte" in shown["$ harness rerun baseline"]
    assert "baseline" in (folder / "paper.tex").read_text()


def test_the_overview_has_every_command(command):
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `harness ((?:data )?[a-z-]+)", text, re.MULTILINE))
    assert len(named) > 25
    assert {"run", "split", "validate", "leaderboard", "data import", "data filter", "runs", "serve", "tune"} <= named
    for words in named:
        assert command(*words.split(), "--help")[0] == 0, words


def test_every_recommender_is_described():
    from harness.registry import names

    text = (DOCS / "recommenders.md").read_text(encoding="utf-8")
    for name in names():
        assert f"| `{name}` |" in text


@pytest.mark.parametrize(
    ("page", "file"),
    [
        ("write-a-recommender", "artist_recommender.py"),
        ("write-a-recommender", "pyproject.toml"),
        ("write-a-metric", "first_hit.py"),
        ("write-a-reader", "one_list_per_line.py"),
        ("write-a-split", "half_split.py"),
    ],
)
def test_the_plug_in_of_a_page_is_the_tested_one(page, file):
    content = (ROOT / "tests" / "plugin" / file).read_text(encoding="utf-8")
    assert content in [block for language in ("python", "toml") for block in blocks(page, language)]
