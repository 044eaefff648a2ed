"""Runs one command line for each of many files in one process, and logs the outcome of each; not a test itself.

Usage: child.py TASKS LOG. TASKS is a JSON list of {name, home, arguments}. LOG gets a JSON line when a task starts
and another when it ends, so that the file of a crash or a hang is known.
"""

import contextlib
import faulthandler
import io
import json
import os
import re
import sys
import time
import traceback
from pathlib import Path

SECONDS = 20
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def outcome(arguments):
    """Exit code, None for an exception that was not handled, and the text on stderr."""
    from harness.cli.main import main

    sys.argv = ["harness", *arguments]
    err = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as stop:
            return stop.code or 0, err.getvalue()
        except BaseException:  # noqa: BLE001 - whatever it is, the parent reports it with the file's name
            return None, traceback.format_exc()
    return 0, err.getvalue()


def peak_kb():
    """Peak memory since the last call, 0 where the system does not say."""
    if not CLEAR.exists():
        return 0
    peak = int(re.search(r"VmHWM:\s+(\d+)", STATUS.read_text()).group(1))
    CLEAR.write_text("5")
    return peak


def run(task, log):
    """Run one task between its two lines of the log."""
    os.environ["HARNESS_DATA"] = task["home"]
    print(json.dumps({"start": task["name"]}), file=log)
    faulthandler.dump_traceback_later(SECONDS, exit=True)
    start = time.monotonic()
    code, err = outcome(task["arguments"])
    faulthandler.cancel_dump_traceback_later()
    seconds = round(time.monotonic() - start, 2)
    ended = {"end": task["name"], "code": code, "err": err, "seconds": seconds, "peak_kb": peak_kb()}
    print(json.dumps(ended), file=log)


if __name__ == "__main__":
    peak_kb()
    with Path(sys.argv[2]).open("a", buffering=1) as log_file:
        for each in json.loads(Path(sys.argv[1]).read_text()):
            run(each, log_file)
