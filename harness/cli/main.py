"""The command `harness`: command groups, and the conversion of errors to messages and exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from harness.cli import (
    boards,
    data,
    doctor,
    listing,
    planning,
    recommending,
    reliability,
    running,
    runs,
    serving,
    similar,
    splitting,
    studies,
    submissions,
    tuning,
)
from harness.cli.environment import check_environment
from harness.cli.flags import with_flags
from harness.cli.streams import NoReaderError, guarded
from harness.cli.suggesting import SuggestingCommand
from harness.cli.terminal import note
from harness.errors import HarnessError
from harness.printable import one_line_warnings
from harness.system_errors import no_thread, path_message, ran_out

INTERRUPTED = 130
"""Exit code after Ctrl-C, as in shells."""

NO_READER = 141
"""Exit code, without a message, if the reader of standard output has ended, e.g. `harness list | head -1`: as after
SIGPIPE in shells."""

app = typer.Typer(
    name="harness",
    help="Run, submit, score and rank recommenders for automatic playlist continuation.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: rich help doubles the import time
)
command = partial(app.command, cls=SuggestingCommand)
app.add_typer(data.app, name="data", short_help="Import, make and describe corpora.")
command("split", short_help="Cut a corpus into training playlists and two holdouts.")(splitting.split)
command("run", short_help="Run recommenders on one challenge, and rank them.")(running.run)
command("plan", short_help="List the units of work of a run.")(planning.plan)
command("status", short_help="Show the units of unfinished runs.")(planning.status)
command("study", short_help="Compare hyper-parameters, with box plots.")(studies.study)
command("tune", short_help="Choose hyper-parameters on one holdout, evaluate them on the other.")(tuning.tune)
command("recommend", short_help="Continue your own playlist, or generate a radio.")(recommending.recommend)
command("serve", short_help="Open a local page to build and continue a playlist.")(serving.serve)
command("similar", short_help="List similar tracks by shared playlists.")(similar.similar)
command("reliability", short_help="Check the confidence of recommended tracks.")(reliability.reliability)
command("list", short_help="List recommenders, splits or readers, or describe one.")(listing.list_plugins)
command("metrics", short_help="List all metrics, or describe one.")(listing.list_metrics)
command("validate", short_help="List every fault of a submission.")(submissions.validate)
command("submit-check", short_help="Print what an organiser sees of a submission.")(submissions.submit_check)
command("score", short_help="Score a submission of any origin.")(submissions.score)
command("leaderboard", short_help="Rank all runs of a folder.")(boards.leaderboard)
command("compare", short_help="Compare two runs.")(boards.compare)
command("export", short_help="Export a run for other evaluation tools.")(boards.export)
app.add_typer(runs.app, name="runs", short_help="List, label, delete, reproduce and compare runs.")
command("rerun", short_help="Make a run again, and compare it byte by byte.")(runs.rerun)
command("doctor", short_help="Check the installation: versions, memory, extras, folders.")(doctor.doctor)


def _print_version(*, requested: bool) -> None:
    if requested:
        from harness.installation import own_version

        typer.echo(f"harness {own_version()}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=lambda value: _print_version(requested=value), is_eager=True)
    ] = False,
) -> None:
    """Run, submit, score and rank recommenders for automatic playlist continuation."""
    del version


def main() -> NoReturn:
    """Run the command line; an error is one line and exit code 1, a wrong option its usage and exit code 2."""
    with guarded(), one_line_warnings():
        raise SystemExit(_status())


def _status() -> int:
    """Run the command line and return its exit code."""
    try:
        check_environment()
        try:
            app(prog_name="harness")  # also as `python -m harness`
        except SystemExit as stop:  # the app always ends with SystemExit
            status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        sys.stdout.flush()
    except KeyboardInterrupt:
        status = INTERRUPTED
    except NoReaderError:
        return NO_READER
    except Exception as error:
        if os.environ.get("HARNESS_DEBUG") == "1":
            raise
        note(f"error: {_message(error)}")
        return 1
    if status == INTERRUPTED:  # exit code of the app after Ctrl-C
        note("error: interrupted; finished work is saved, run the same command to resume")
    return status


def _message(error: Exception) -> str:
    """Message of an error: cause, place and remedy."""
    if isinstance(error, HarnessError):
        return with_flags(str(error))
    if lacking := "memory" if ran_out(error) else "threads" if no_thread(error) else "":
        return f"out of {lacking}: free some and run the same command again; finished work is saved"
    if text := path_message(error):
        return text
    if isinstance(error, OSError):
        where = f" ({os.fsdecode(error.filename)})" if isinstance(error.filename, str | bytes) else ""
        return f"{error.strerror or error}{where}: a file or folder cannot be used; HARNESS_DEBUG=1 shows which and why"
    if isinstance(error, UnicodeEncodeError) and isinstance(error.object, str):
        return f"{error.object!r} is not a valid UTF-8 name: rename it or choose another"
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}, line {place.lineno}"
    return f"{type(error).__name__}: {error} ({where}); a bug in the harness; HARNESS_DEBUG=1 shows the traceback"


if __name__ == "__main__":
    main()
