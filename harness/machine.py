"""Machine and command line of a run, for its record."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import msgspec

from harness.kit.parallel import n_threads
from harness.printable import printable


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Hardware and system on which a run's costs were measured.

    Attributes:
        cores: processor cores that this process may use.
        memory_bytes: installed memory; 0 if the system does not report it.
        cpu: model of the processor; its architecture if the system does not report a model.
        system: name and version of the operating system.
        python: full version of Python.
    """

    cores: int
    memory_bytes: int
    cpu: str
    system: str
    python: str


def this_machine() -> Machine:
    """The machine that runs this process."""
    return Machine(
        cores=n_threads(),
        memory_bytes=_memory_bytes(),
        cpu=cpu_model(),
        system=printable(platform.platform()),
        python=platform.python_version(),
    )


def cpu_model() -> str:
    """Model of the processor; its architecture if the system does not report a model."""
    return printable(_cpu_model() or platform.machine())


def command_line() -> str:
    """The command that started this process, quoted for a shell; the program without its folder."""
    program, *arguments = sys.argv or [""]
    return printable(shlex.join([Path(program).name, *arguments]))


def _memory_bytes() -> int:
    try:
        return max(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), 0)
    except (AttributeError, ValueError, OSError):
        return 0


def _cpu_model() -> str:
    if sys.platform == "darwin":
        with suppress(OSError):
            command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
            return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()  # noqa: S603
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            field, _, model = line.partition(":")
            if field.strip() == "model name":
                return model.strip()
    return platform.processor()
