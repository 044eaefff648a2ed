"""Command `doctor`: the state of the installation, one line per check."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.terminal import note
from harness.printable import printable


def doctor(
    *,
    runs: Annotated[Path, typer.Option(help="Folder of runs that must be writable.")] = Path("submissions"),
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON instead of lines.")] = False,
) -> None:
    """Check versions, memory, extras, plug-ins and folders; exit code 1 if something must be corrected."""
    from harness.installation import installation

    checks = installation(runs)
    if as_json:
        print(json.dumps([asdict(check) for check in checks], indent=2))
    else:
        width = max(len(check.name) for check in checks)
        for check in checks:
            mark = "!" if check.is_fault else " "
            remedy = f"  -> {check.remedy}" if check.remedy else ""
            print(printable(f"{mark} {check.name:<{width}}  {check.state}{remedy}"))
    faults = sum(check.is_fault for check in checks)
    if faults:
        note(f"error: {faults} of {len(checks)} checks failed: the lines that start with ! have the remedies")
        raise typer.Exit(1)
