"""Explanations on a page: direction and meaning of each metric, date and machine of the runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.errors import HarnessError
from harness.metrics.catalogue import metric_named

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.metrics.metric import MetricTraits

GIB = 1024**3


def direction(traits: MetricTraits) -> str:
    """Direction of a metric in words."""
    if traits.informative:
        return "informative"
    return "higher is better" if traits.higher_is_better else "lower is better"


def meaning(traits: MetricTraits) -> str:
    """First sentence of a metric's description; empty if no plug-in brings the metric under this definition."""
    try:
        metric = metric_named(traits.name)
        is_the_same = metric.traits.full_definition == traits.full_definition
    except HarnessError:
        return ""
    if not is_the_same:
        return ""
    return metric.description.partition("\n")[0].replace("`", "")


def hardware_text(machine: dict[str, Any]) -> str:
    """Processor and memory of a record's machine, e.g. `AMD EPYC, 2 cores, 24 GB`."""
    memory = [f"{machine['memory_bytes'] / GIB:.0f} GB"] if machine["memory_bytes"] else []
    cores = f"{machine['cores']} core{'s' * (machine['cores'] != 1)}"
    return ", ".join([machine["cpu"], cores, *memory])


def machine_text(machine: dict[str, Any]) -> str:
    """Hardware, operating system and Python of a record's machine."""
    return ", ".join([hardware_text(machine), machine["system"], f"Python {machine['python']}"])


def date_text(started: str) -> str:
    """Date and minute of a record's start, e.g. `2026-11-26 02:20 UTC`."""
    return f"{started[:16].replace('T', ' ')} UTC"


def measured_notes(records: Iterable[dict[str, Any]]) -> list[str]:
    """Lines on when and where the runs of a leaderboard were measured; empty without records."""
    records = list(records)
    if not records:
        return []
    days = sorted({record["started"][:10] for record in records})
    machines = list(dict.fromkeys(hardware_text(record["machine"]) for record in records))
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    if len(machines) == 1:
        return [f"Measured {when} on {machines[0]}"]
    return [f"Measured {when} on {len(machines)} machines; compare costs within one of them", *machines]
