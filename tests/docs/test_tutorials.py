"""Tutorials are notebooks in percent format that run from the first to the last cell."""

import ast
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from harness.data import store

TUTORIALS = sorted((Path(__file__).parents[2] / "docs" / "tutorials").glob("*.py"))
MOST_SECONDS = 30
"""Processor time of a tutorial; unlike its duration, it does not depend on the machine's other work."""

PRINTED = {
    "first_submission": (r"\brank +tie +run\b", r"title-", r": valid .* 0 errors"),
    "write_and_tune_a_recommender": (
        r"\d+% of the tracks come from the fallback",
        r"broken: playlist \d+, rank \d+: track \d+ is a seed",
        r"per_artist=80: NDCG 0\.\d+",
    ),
    "read_a_leaderboard_critically": (r"\brank +tie +run\b", r"'ndcg': 0\.\d+", r"on validation, 0\.\d+ on test"),
}
N_RUNS = {"first_submission": 2, "write_and_tune_a_recommender": 5, "read_a_leaderboard_critically": 7}


def processor_seconds():
    """Processor time of all finished child processes."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def test_every_tutorial_is_tested():
    assert {path.stem for path in TUTORIALS} == set(PRINTED) == set(N_RUNS)


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_is_a_notebook_in_percent_format(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# ---\n# jupyter:\n#   jupytext:\n")
    cells = re.split(r"^# %%", text, flags=re.MULTILINE)[1:]
    prose = [cell for cell in cells if cell.startswith(" [markdown]\n")]
    assert len(prose) >= 5
    assert prose[0].splitlines()[1].startswith("# # "), "it begins with its title"
    for cell in prose:
        assert not ast.parse(cell.split("\n", 1)[1]).body, "a cell of text has no code"
    for target in re.findall(r"\]\((\w+\.py)\)", text):
        assert (path.parent / target).is_file()


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_runs(path, playlists, home, tmp_path):
    store.write_corpus(playlists, "synthetic", {"kind": "test"})
    environment = os.environ | {"HARNESS_DATA": str(home)}
    before = processor_seconds()
    done = subprocess.run(
        [sys.executable, path], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    for pattern in PRINTED[path.stem]:
        assert re.search(pattern, done.stdout), f"{pattern} is not in\n{done.stdout}"
    assert len(list(tmp_path.glob("*/*/run.json"))) == N_RUNS[path.stem]
    assert processor_seconds() - before < MOST_SECONDS
