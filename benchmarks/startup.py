"""Start-up time of the command line: `harness --help` and `harness list`, beside an interpreter that does nothing.

python benchmarks/startup.py            # targets: 0.3 s and 0.5 s
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

N_TIMES = 15
HARNESS = shutil.which("harness", path=str(Path(sys.executable).parent)) or "harness"
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "python -c 'import typer'": [sys.executable, "-c", "import typer"],
    "harness --help": [HARNESS, "--help"],
    "harness list": [HARNESS, "list"],
}


def seconds(command: list[str]) -> list[float]:
    """Wall seconds of several starts, without the first, cold one."""
    taken = []
    for _ in range(N_TIMES + 1):
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - began)
    return taken[1:]


if __name__ == "__main__":
    for name, command in COMMANDS.items():
        taken = seconds(command)
        print(f"{name:<26} median {statistics.median(taken):.3f} s   fastest {min(taken):.3f} s")
