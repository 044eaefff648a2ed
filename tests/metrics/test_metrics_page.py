"""Names, definitions and values in the table of docs/metrics.md equal those of the code."""

import re
from pathlib import Path

import pytest

from harness.metrics.catalogue import loaded_metrics, metric_named

OFFICIAL = [
    each
    for name, each in loaded_metrics().items()
    if name.startswith(("r_precision", "ndcg", "clicks")) and "@" not in name
]
"""The challenge's three under every definition."""

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


@pytest.fixture(scope="module")
def section():
    return PAGE.read_text(encoding="utf-8").partition("# Metrics\n")[2].partition("\n## ")[0]


@pytest.fixture(scope="module")
def rows(section):
    """The cells of each row of the section's table, the header left out."""
    table = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table[2:]]


def test_the_table_names_every_metric_once_with_its_definition(rows):
    assert sorted((row[0], row[1]) for row in rows) == sorted((f"`{each.name}`", each.definition) for each in OFFICIAL)


def test_every_value_is_what_the_list_scores(section, rows, check_list):
    withheld, listed = re.search(r"^G = (.+)\nR = (.+)$", section, re.MULTILINE).groups()
    opening = re.sub(r"(\d+) fillers", lambda count: "- " * int(count[1]), listed).replace(",", " ")
    assert len(opening.split()) == 500
    evaluation = check_list(withheld, opening)
    shown = {row[0].strip("`"): row[-1] for row in rows}
    values = {name: metric_named(name).compute(evaluation)[0] for name in shown}
    assert shown == {name: f"{value:.{len(shown[name].partition('.')[2])}f}" for name, value in values.items()}
    assert all(len(text) >= len("0.00") for name, text in shown.items() if name != "clicks")


def test_the_names_in_the_text_are_known(section):
    pairs = re.findall(r"`([a-z_]+:[a-z0-9-]+)` is `([a-z_]+)`", section)
    assert pairs
    assert all(metric_named(one) is metric_named(other) for one, other in pairs)
