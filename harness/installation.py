"""State of an installation: versions, machine, extras, plug-ins and folders, each with its remedy if it has a fault."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING

from harness import plugins
from harness.atomic import check_writable
from harness.errors import HarnessError
from harness.extras import EXTRAS, require_extra
from harness.home import data_home
from harness.machine import this_machine

if TYPE_CHECKING:
    from pathlib import Path

DISTRIBUTION = "playlist-harness"

FULL_SIZE_DISK = 12e9
"""Bytes that the whole MPD takes as a corpus, with splits, models and runs."""

FULL_SIZE_MEMORY = 16e9
"""Bytes of memory for the second stage on the whole MPD."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report.

    Attributes:
        name: what was examined.
        state: what was found.
        remedy: how to correct a fault; empty if there is none.
        is_fault: the harness cannot work like this; otherwise the remedy is advice.
    """

    name: str
    state: str
    remedy: str = ""
    is_fault: bool = False


def installation(runs: Path) -> list[Check]:
    """Every check, in a fixed order; none raises an exception.

    Args:
        runs: folder of runs, whose place must be writable.
    """
    return [*_versions(), *_machine(), *_extras(), *_plugins(), *_folders(runs)]


def own_version() -> str:
    """Version of the installed distribution; "unknown" where the source is used without one."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"


def _versions() -> list[Check]:
    checks = [Check("harness", own_version())]
    try:
        required = requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        return [*checks, Check("packages", "unknown", "install the project with pip", is_fault=True)]
    from packaging.requirements import Requirement

    present, faults = [], []
    for requirement in map(Requirement, required):
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            installed = version(requirement.name)
        except PackageNotFoundError:
            faults.append(Check(requirement.name, "missing", f"pip install '{requirement}'", is_fault=True))
            continue
        if requirement.specifier.contains(installed, prereleases=True):
            present.append(f"{requirement.name} {installed}")
        else:
            faults.append(Check(requirement.name, installed, f"pip install '{requirement}'", is_fault=True))
    return [*checks, Check("packages", ", ".join(present)), *faults]


def _machine() -> list[Check]:
    machine = this_machine()
    memory = machine.memory_bytes
    enough = memory == 0 or memory >= FULL_SIZE_MEMORY
    size = f"{memory / 1e9:.1f} GB" if memory else "unknown"
    return [
        Check("python", f"{machine.python} on {machine.system}"),
        Check("processor", f"{machine.cpu}, {machine.cores} cores"),
        Check("memory", size, "" if enough else "the whole MPD needs 16 GB for `two-stage`; use fewer slices"),
    ]


def _extras() -> list[Check]:
    checks = []
    for extra in EXTRAS:
        try:
            require_extra(extra)
            checks.append(Check(f"extra {extra}", "installed"))
        except HarnessError as error:
            checks.append(Check(f"extra {extra}", "not installed", str(error).rpartition(": run ")[2]))
    return checks


def _plugins() -> list[Check]:
    return [check for kind in plugins.KINDS for check in _plugins_of(kind)]


def _plugins_of(kind: plugins.Kind) -> list[Check]:
    """Whether every plug-in of a kind can be imported."""
    try:
        points = plugins.registered(kind)
    except HarnessError as error:
        return [Check(f"{kind.noun}s", str(error), "uninstall one of the two", is_fault=True)]
    faults = []
    for name, point in points.items():
        try:
            plugins.load(kind, point)
        except HarnessError as error:
            remedy = f"correct or uninstall {plugins.distribution(point)}"
            faults.append(Check(f"{kind.noun} {name}", str(error), remedy, is_fault=True))
    return [Check(f"{kind.noun}s", f"{len(points) - len(faults)} of {len(points)} can be imported"), *faults]


def _folders(runs: Path) -> list[Check]:
    try:
        home = data_home()
    except HarnessError as error:
        return [Check("data folder", str(error), "set $HARNESS_DATA", is_fault=True), _folder("runs", runs)]
    return [_folder("data folder", home, "set $HARNESS_DATA to a writable folder"), _folder("runs", runs)]


def _folder(name: str, folder: Path, remedy: str = "name another folder for the runs") -> Check:
    """Whether a file can be written in a folder or, where it does not exist yet, beside it; nothing is left there."""
    place = folder.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        check_writable(place)
        free = shutil.disk_usage(place).free
    except OSError as error:
        return Check(name, f"{folder} is not writable ({error.strerror})", remedy, is_fault=True)
    advice = "" if free >= FULL_SIZE_DISK else "the whole MPD takes 12 GB here"
    return Check(name, f"{folder}, {free / 1e9:.1f} GB free", advice)
