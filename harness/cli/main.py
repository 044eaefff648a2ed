"""The command `harness`: its groups, and the one place where errors become lines and exit codes."""

from __future__ import annotations

import errno
import os
import sys

import typer

from harness.cli import boards, data, listing, running, submissions
from harness.errors import HarnessError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

app = typer.Typer(
    name="harness",
    help="Run, submit, score and rank recommenders for automatic playlist continuation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(data.app, name="data")
app.command("split")(running.split)
app.command("run")(running.run)
app.command("list")(listing.list_recommenders)
app.command("validate")(submissions.validate)
app.command("score")(submissions.score)
app.command("leaderboard")(boards.leaderboard)


def main() -> None:
    """Run the command line; a user's mistake is one line on stderr and exit code 1."""
    try:
        app()
    except HarnessError as error:
        _fail(str(error), error)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EPERM):
            raise
        where = f" ({error.filename})" if error.filename else ""
        _fail(f"{error.strerror}{where}: nothing was changed; make room or choose another place", error)
    except SystemExit as stop:
        if stop.code == INTERRUPTED:
            print(
                "error: interrupted; what was finished is kept, run the same command to go on",
                file=sys.stderr,
            )
        raise


def _fail(message: str, error: Exception) -> None:
    if os.environ.get("HARNESS_DEBUG") == "1":
        raise error
    print(f"error: {message}", file=sys.stderr)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
