"""The command `harness`: its groups, and the one place where errors become lines and exit codes."""

from __future__ import annotations

import errno
import os
import sys
from typing import NoReturn

import typer

from harness.cli import boards, data, listing, recommending, running, studies, submissions, tuning
from harness.errors import HarnessError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

PLACES = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EPERM),
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
app.command("list", short_help="Name all recommenders, or describe one.")(listing.list_recommenders)
app.command("metrics", short_help="List all metrics, or describe one.")(listing.list_metrics)
app.command("validate", short_help="Name every fault of a submission.")(submissions.validate)
app.command("score", short_help="Score a submission that anyone made.")(submissions.score)
app.command("leaderboard", short_help="Rank all runs of a folder.")(boards.leaderboard)
app.command("compare", short_help="Set two runs beside each other.")(boards.compare)
app.command("export", short_help="Write a run for other evaluation tools.")(boards.export)


def main() -> None:
    """Run the command line; a user's mistake is one line on stderr and exit code 1."""
    try:
        app()
    except HarnessError as error:
        _fail(str(error), error)
    except OSError as error:
        if error.errno not in PLACES:
            raise
        where = f" ({error.filename})" if error.filename else ""
        _fail(f"{error.strerror}{where}: nothing was changed; make room or choose another place", error)
    except KeyboardInterrupt:
        _interrupted()
    except SystemExit as stop:
        if stop.code == INTERRUPTED:  # the app's own answer to Ctrl-C
            _interrupted()
        raise


def _interrupted() -> NoReturn:
    print("error: interrupted; what was finished is kept, run the same command to go on", file=sys.stderr)
    raise SystemExit(INTERRUPTED)


def _fail(message: str, error: Exception) -> None:
    if os.environ.get("HARNESS_DEBUG") == "1":
        raise error
    print(f"error: {message}", file=sys.stderr)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
