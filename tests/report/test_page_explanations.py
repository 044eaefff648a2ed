"""Direction and meaning of metrics, date and machine of runs."""

from dataclasses import replace

import pytest

from harness.metrics.catalogue import metric_named
from harness.report.page_explanations import (
    date_text,
    direction,
    hardware_text,
    machine_text,
    meaning,
    measured_notes,
)

MACHINE = {"cores": 2, "memory_bytes": 8 * 1024**3, "cpu": "Abacus", "system": "Linux", "python": "3.11.7"}


def record(day, **changes):
    return {"started": f"2026-11-{day}T02:20:51+00:00", "machine": MACHINE | changes}


@pytest.mark.parametrize(
    ("name", "words"),
    [("ndcg", "higher is better"), ("clicks", "lower is better"), ("course:numf", "informative")],
)
def test_a_direction_is_in_words(name, words):
    assert direction(metric_named(name).traits) == words


def test_a_meaning_is_the_first_line_of_the_definition_that_was_measured():
    traits = metric_named("hit@7").traits
    first_line = "1 if any of the first k tracks was withheld, else 0; with one withheld track the same as recall."
    assert meaning(traits) == first_line
    assert meaning(replace(traits, definition="old")) == ""
    assert meaning(replace(traits, name="gone")) == ""


def test_a_machine_that_does_not_report_its_memory_has_none():
    assert machine_text(MACHINE) == "Abacus, 2 cores, 8 GB, Linux, Python 3.11.7"
    assert hardware_text(MACHINE | {"cores": 1, "memory_bytes": 0}) == "Abacus, 1 core"
    assert date_text("2026-11-26T02:20:51+00:00") == "2026-11-26 02:20 UTC"


def test_runs_of_several_days_and_machines_are_so_described():
    one, other = (hardware_text(MACHINE | {"cores": cores}) for cores in (2, 8))
    assert measured_notes([]) == []
    assert measured_notes([record(26), record(24)]) == [f"Measured 2026-11-24 to 2026-11-26 on {one}"]
    several = "Measured 2026-11-26 on 2 machines; compare costs within one of them"
    assert measured_notes([record(26), record(26, cores=8), record(26)]) == [several, one, other]
