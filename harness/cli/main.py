"""The command `harness`: its groups, and the one place where errors become lines and exit codes."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from pathlib import Path
from typing import NoReturn

import typer

from harness.cli import boards, data, listing, recommending, running, studies, submissions, tuning
from harness.cli.environment import check_environment
from harness.cli.streams import guarded
from harness.cli.terminal import note
from harness.errors import HarnessError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

PLACES = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EPERM, errno.ELOOP),
    *(errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG),
}
"""What is wrong with a place that a user chose: no room, no right, or a file where a folder is meant."""

app = typer.Typer(
    name="harness",
    help="Run, submit, score and rank recommenders for automatic playlist continuation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: what draws boxes takes as long to import as all the rest
)
app.add_typer(data.app, name="data", short_help="Import, make and describe corpora.")
app.command("split", short_help="Draw a corpus's two local challenges.")(running.split)
app.command("run", short_help="Run recommenders on one challenge, and rank them.")(running.run)
app.command("study", short_help="Compare hyper-parameters, with box plots.")(studies.study)
app.command("tune", short_help="Choose hyper-parameters on one draw, judge them on the other.")(tuning.tune)
app.command("recommend", short_help="Continue a playlist of your own, or play a radio.")(recommending.recommend)
app.command("list", short_help="List recommenders, splits or readers, or describe one.")(listing.list_plugins)
app.command("metrics", short_help="List all metrics, or describe one.")(listing.list_metrics)
app.command("validate", short_help="Name every fault of a submission.")(submissions.validate)
app.command("score", short_help="Score a submission that anyone made.")(submissions.score)
app.command("leaderboard", short_help="Rank all runs of a folder.")(boards.leaderboard)
app.command("compare", short_help="Set two runs beside each other.")(boards.compare)
app.command("export", short_help="Write a run for other evaluation tools.")(boards.export)


def main() -> NoReturn:
    """Run the command line; whatever goes wrong is one line on stderr and exit code 1."""
    with guarded():
        raise SystemExit(_status())


def _status() -> int:
    """Run the command line; its exit code."""
    try:
        check_environment()
        try:
            app()
        except SystemExit as stop:  # how the app ends, in any case
            status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        sys.stdout.flush()
    except KeyboardInterrupt:
        status = INTERRUPTED
    except Exception as error:
        if os.environ.get("HARNESS_DEBUG") == "1":
            raise
        note(f"error: {_in_words(error)}")
        return 1
    if status == INTERRUPTED:  # the app's own answer to Ctrl-C
        note("error: interrupted; what was finished is kept, run the same command to go on")
    return status


def _in_words(error: Exception) -> str:
    """What went wrong, where, and the remedy."""
    if isinstance(error, HarnessError):
        return str(error)
    if isinstance(error, OSError):
        where = f" ({os.fsdecode(error.filename)})" if isinstance(error.filename, str | bytes) else ""
        if error.errno in PLACES:
            return f"{error.strerror}{where}: nothing was changed; make room or choose another place"
        return f"{error.strerror or error}{where}: a file or folder cannot be used; HARNESS_DEBUG=1 shows which and why"
    if isinstance(error, MemoryError):
        return "out of memory: free some and run the same command again; what was finished is kept"
    if isinstance(error, UnicodeEncodeError) and isinstance(error.object, str):
        return f"{error.object!r} is a name that is not UTF-8: rename it or choose another"
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}, line {place.lineno}"
    return f"{type(error).__name__}: {error} ({where}); a fault of the harness, HARNESS_DEBUG=1 shows all of it"


if __name__ == "__main__":
    main()
