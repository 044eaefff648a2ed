"""Terminal: suggestions for unexpected arguments, formats by ending, one-line descriptions, remaining time."""

import json
import os
import pty
import subprocess
import sys
from dataclasses import dataclass, field

import pytest

from harness.cli.remaining import remaining_seconds
from harness.kit.progress import EXPECTED_SECONDS


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "popularity"), "unexpected argument 'popularity': did you mean --recommender popularity?"),
        (
            ("run", "./file.py:Class"),
            "unexpected argument './file.py:Class': did you mean --recommender ./file.py:Class?",
        ),
        (("tune", "als", "--param", "factors=8,9"), "unexpected argument 'als': did you mean --recommender als?"),
        (("split", "small"), "unexpected argument 'small': did you mean --data small?"),
        (("leaderboard", "small"), "unexpected argument 'small': did you mean --data small?"),
        (("split", "stratified"), "unexpected argument 'stratified': did you mean --split stratified?"),
        (("run", "nothing"), "unexpected argument 'nothing'"),
        (("run",), "Missing option '--recommender' or '--plan'."),
    ],
)
@pytest.mark.usefixtures("corpus")
def test_an_unexpected_argument_names_the_option_that_takes_it(command, words, message):
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1] == f"Error: {message}"


def test_the_ending_of_the_output_file_names_the_format(command, corpus, tmp_path):
    runs = tmp_path / "runs"
    assert command("run", "--recommender", "popularity", "--data", corpus.name, "--runs", runs)[0] == 0
    begins = {
        "a.html": "<!DOCTYPE html>",
        "a.csv": "run,recommender,",
        "a.json": "[\n",
        "a.md": "### small",
        "a.tex": "\\begin{table}",
        "a.txt": "small, challenge validation",
    }
    for name, beginning in begins.items():
        assert command("leaderboard", "--runs", runs, "--output", tmp_path / name)[0] == 0
        assert (tmp_path / name).read_text().startswith(beginning), name
    assert command("leaderboard", "--runs", runs, "--output", tmp_path / "b.html", "--format", "json")[0] == 0
    assert json.loads((tmp_path / "b.html").read_text())
    listed, compared = ("runs", "list", "--runs", runs), ("compare", *["popularity"] * 2, "--runs", runs)
    for arguments in (listed, compared):
        assert command(*arguments, "--output", tmp_path / "c.json")[0] == 0
        assert (tmp_path / "c.json").read_text() == command(*arguments, "--format", "json")[1]


@pytest.mark.parametrize(
    ("arguments", "endings"),
    [
        (("leaderboard",), ".md, .tex, .csv, .json, .html, .htm, .txt"),
        (("score", "x.csv"), ".md, .tex, .csv, .json, .html, .htm, .txt"),
        (("run", "--recommender", "popularity"), ".md, .tex, .csv, .json, .html, .htm, .txt"),
        (("runs", "list"), ".csv, .json, .txt"),
        (("compare", "a", "b"), ".json, .txt"),
    ],
)
def test_an_ending_without_a_format_is_refused_before_any_work(command, arguments, endings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command(*arguments, "--output", "x.xlsx") == (
        1,
        "",
        f"error: --output x.xlsx: no format for the ending .xlsx; choose one of {endings}, or pass --format\n",
    )
    assert not list(tmp_path.iterdir())


def test_a_forecast_in_another_format_is_refused(command, tmp_path):
    arguments = ("run", "--recommender", "popularity", "--dry-run", "--output", tmp_path / "x.json")
    message = "--dry-run has no other format than terminal: omit --format, or let --output end in .txt"
    assert command(*arguments) == (1, "", f"error: {message}\n")


@pytest.mark.parametrize("kind", ["recommender", "split", "reader"])
def test_each_plug_in_has_a_one_line_description(command, kind):
    code, out, _ = command("list", "--kind", kind)
    assert code == 0
    for line in out.splitlines():
        assert line.split(None, 1)[1].endswith("."), line


def in_a_terminal(columns, *words):
    """Output of a command in a pseudo-terminal of this width."""
    controller, terminal = pty.openpty()
    code = "import sys; from harness.cli.main import main; sys.argv[0] = 'harness'; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)],
        stdout=terminal,
        stderr=terminal,
        env=os.environ | {"COLUMNS": str(columns), "TERM": "dumb"},
    ) as process:
        os.close(terminal)
        parts = []
        while True:
            try:
                part = os.read(controller, 65536)
            except OSError:  # Linux: the other side is closed
                break
            if not part:
                break
            parts.append(part)
    os.close(controller)
    assert process.returncode == 0
    return b"".join(parts).decode()


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals of POSIX")
def test_on_80_columns_no_line_is_longer_and_no_name_or_mean_is_folded(command, corpus, tmp_path):
    runs = tmp_path / "runs"
    both = ("--recommender", "popularity", "--recommender", "title")
    assert command("run", *both, "--data", corpus.name, "--runs", runs)[0] == 0
    text = in_a_terminal(80, "leaderboard", "--runs", runs)
    assert max(map(len, text.splitlines())) <= 80
    for path in runs.iterdir():
        means = json.loads((path / "run.json").read_text())["means"]
        (line,) = [line for line in text.splitlines() if path.name in line]
        assert {f"{means['ndcg']:.4f}", f"{means['clicks']:.2f}"} <= set(line.split())
    compared = in_a_terminal(80, "compare", "title", "popularity", "--runs", runs, "--playlists", 0)
    assert "Hidden at this width: effect, wins/ties/losses; a wider terminal shows all" in compared
    assert "…" not in compared
    assert "4 first 5, no title" in compared
    assert max(map(len, in_a_terminal(80, "list").splitlines())) <= 80
    listed = in_a_terminal(80, "runs", "list", "--runs", runs)
    assert max(map(len, listed.splitlines())) <= 80
    assert all(path.name in listed for path in runs.iterdir())


@dataclass
class BarState:
    """The fields of a rich task that the remaining time depends on."""

    total: float | None
    completed: float
    elapsed: float | None
    advanced_at: float = 0.0
    description: str = "steps"
    fields: dict = field(default_factory=dict)

    def __post_init__(self):
        self.fields = {"advanced_at": self.advanced_at}


@pytest.mark.parametrize(
    ("state", "seconds"),
    [
        (BarState(None, 3, 10), None),
        (BarState(10, 0, None), None),
        (BarState(10, 0, 4), None),
        (BarState(10, 4, 20, 20), 30),
        (BarState(10, 4, 26, 20), 24),
        (BarState(10, 4, 99, 20), None),
        (BarState(100, 0, 30, description=EXPECTED_SECONDS), 70),
        (BarState(100, 20, 50, 40, description=EXPECTED_SECONDS), 150),
    ],
)
def test_the_remaining_time_counts_down_between_updates(state, seconds):
    assert remaining_seconds(state) == seconds
