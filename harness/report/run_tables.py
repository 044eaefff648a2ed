"""Tables and lines on runs: a folder's inventory, one run, differences of records, a rerun."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from harness.report.exchange import csv_text, json_text
from harness.report.tables import print_fitting, print_line, text_table
from harness.run.record import RunRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from harness.run.attempts import Attempt
    from harness.run.differences import Difference
    from harness.run.inventory import Listed
    from harness.run.rerun import Rerun

_CSV_HEAD = ("run", "state", "name", "tags", "note", "started", "data", "challenge", "recommender", "remark")

_DIGITS = 12
"""Digits of a fingerprint in a table."""


def show_inventory(listed: Sequence[Listed], console: Console) -> None:
    """Print one line per run; a narrow screen hides the challenge, then the time."""
    head = ["run", "state", "started", "challenge", "tags", "note"]
    rows = [
        [
            run.labels.name or run.run,
            run.state.value,
            _minute(run.about),
            f"{run.about.corpus.name}, {run.about.challenge.label}" if run.about else "-",
            " ".join(run.labels.tags),
            run.remark or run.labels.note,
        ]
        for run in listed
    ]
    print_fitting(
        console,
        [
            text_table([name for name in head if name not in hidden], _without(rows, head, hidden), folding="note")
            for hidden in ((), ("challenge",), ("challenge", "started"))
        ],
    )


def inventory_as_json(listed: Iterable[Listed]) -> str:
    """JSON list with one object per run."""
    return json_text([_object(run) for run in listed])


def inventory_as_csv(listed: Iterable[Listed]) -> str:
    """CSV with one line per run; tags are separated by blanks."""
    objects = [_object(run) | {"tags": " ".join(run.labels.tags)} for run in listed]
    return csv_text(_CSV_HEAD, [[plain[name] for name in _CSV_HEAD] for plain in objects])


def run_as_json(run: Listed) -> str:
    """JSON object with state, labels and the whole record."""
    about = None if run.about is None else msgspec.to_builtins(run.about)
    return json_text(_object(run) | {"record": about})


def show_run(run: Listed, console: Console) -> None:
    """Print state, labels, identity, results and costs of a run, one fact per line."""
    facts: dict[str, Any] = {"run": run.run, "state": run.state.value}
    facts |= {"name": run.labels.name, "tags": " ".join(run.labels.tags), "note": run.labels.note}
    facts |= {"remark": run.remark, "folder": str(run.folder)}
    if run.about:
        facts |= {"corpus": run.about.corpus.name, "challenge": run.about.challenge.label}
        facts |= {"started": run.about.started, "command": run.about.command}
        facts |= {f"  {name}": json.dumps(value) for name, value in run.about.params.items()}
    if isinstance(run.about, RunRecord):
        facts |= _results(run.about)
    width = max(map(len, facts))
    for name, value in facts.items():
        if value not in ("", None):
            print_line(console, f"{name:<{width}}  {value}")


def show_differences(names: tuple[str, str], differences: Sequence[Difference], console: Console) -> None:
    """Print the fields in which two records differ: those that make the keys different, and the others."""
    in_key = [difference for difference in differences if difference.in_key]
    others = [difference for difference in differences if not difference.in_key]
    if in_key:
        _show_fields("The keys differ because of", names, in_key, console)
    else:
        print_line(console, f"{names[0]} and {names[1]} have equal keys: nothing that can change their lists differs")
    if others:
        console.print()
        _show_fields("Not part of the key", names, others, console)


def differences_as_json(names: tuple[str, str], differences: Sequence[Difference]) -> str:
    """JSON object with both names and a list of differing fields."""
    return json_text({"runs": list(names), "differences": [msgspec.to_builtins(each) for each in differences]})


def show_rerun(rerun: Rerun, console: Console) -> None:
    """Print which files of a rerun are equal to the run's, and the fields that explain a difference."""
    run, n = rerun.run, rerun.n_different
    verdict = "reproduced, byte by byte" if rerun.is_equal else "not reproduced"
    print_line(console, f"{run.run}: {verdict}")
    print_line(console, f"  lists       {f'differ for {n} of {run.n_playlists} playlists' if n else 'equal'}")
    print_line(console, f"  submission  {'equal' if rerun.same_submission else 'differs'}")
    for name, is_equal in rerun.values.items():
        print_line(console, f"  {name:<11} {'equal' if is_equal else 'differs'}")
    for file in rerun.damaged:
        print_line(console, f"  {file} of the run is missing or damaged: it is not what its record describes")
    if n and not run.deterministic:
        print_line(console, f"  {run.recommender} declares that two fits can differ")
    relevant = [difference for difference in rerun.differences if difference.in_key or not rerun.is_equal]
    relevant = [difference for difference in relevant if difference.field not in ("command", "measured")]
    if relevant:
        _show_fields("Fields that differ", ("run", "rerun"), relevant, console)
    elif n:
        print_line(console, "  no field of the record differs: the recommender is not deterministic on this machine")


def rerun_as_json(rerun: Rerun) -> str:
    """JSON object with the verdict, each file's result and the differing fields."""
    return json_text(
        {
            "run": rerun.run.run,
            "reproduced": rerun.is_equal,
            "different_lists": rerun.n_different,
            "submission_equal": rerun.same_submission,
            "values_equal": rerun.values,
            "damaged": list(rerun.damaged),
            "differences": [msgspec.to_builtins(each) for each in rerun.differences],
        }
    )


def _without(rows: list[list[str]], head: list[str], hidden: Sequence[str]) -> list[list[str]]:
    return [[cell for name, cell in zip(head, row, strict=True) if name not in hidden] for row in rows]


def _minute(about: RunRecord | Attempt | None) -> str:
    return about.started[:16].replace("T", " ") if about else "-"


def _object(run: Listed) -> dict[str, Any]:
    about = run.about
    return {
        "run": run.run,
        "state": run.state.value,
        "name": run.labels.name,
        "tags": list(run.labels.tags),
        "note": run.labels.note,
        "started": about.started if about else None,
        "data": about.corpus.name if about else None,
        "challenge": about.challenge.label if about else None,
        "recommender": about.recommender if about else None,
        "remark": run.remark,
    }


def _results(record: RunRecord) -> dict[str, Any]:
    memory = record.peak_memory_bytes("fit", "recommend", "fallback")
    return {
        "playlists": record.n_playlists,
        "seed": record.seed,
        "filled": f"{record.share_filled:.2%} of the tracks come from the fallback",
        **{f"{name} ({record.definitions[name]})": f"{mean:.6g}" for name, mean in record.means.items()},
        **{f"{stage} seconds": cost.wall_seconds for stage, cost in record.stages.items()},
        "peak memory": f"{(memory or 0) / 1024**2:.0f} MB",
        "machine": f"{record.machine.cpu}, {record.machine.cores} cores, Python {record.machine.python}",
        "audit": "; ".join(record.audit),
    }


def _show_fields(title: str, names: tuple[str, str], differing: Sequence[Difference], console: Console) -> None:
    print_line(console, title, "italic")
    rows = [[each.field, _value(each.a), _value(each.b)] for each in differing]
    print_fitting(console, [text_table(["field", *names], rows, folding=names[1])])


def _value(value: Any) -> str:
    if value is None:
        return "-"
    text = value if isinstance(value, str) else json.dumps(value)
    is_digest = isinstance(value, str) and len(value) > _DIGITS and all(digit in "0123456789abcdef" for digit in value)
    return text[:_DIGITS] if is_digest else text
