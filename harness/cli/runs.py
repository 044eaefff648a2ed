"""`harness runs`: list, show, note, tag, rename, delete, rerun, diff."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.completion import complete_run, complete_tag
from harness.cli.terminal import RUNS, FileTableFormatOption, OutputOption, RunsOption, TableFormat

app = typer.Typer(
    help="Runs of a folder: list, label, delete, reproduce and compare them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

RunArgument = Annotated[
    str,
    typer.Argument(help="Name of a run, its own name, or a unique beginning.", autocompletion=complete_run),
]
TagOption = Annotated[
    list[str] | None,
    typer.Option("--tag", help="Only runs with this tag; repeatable.", autocompletion=complete_tag),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print a JSON object.")]


@app.command("list", short_help="List the finished, failed and unfinished runs.")
def list_runs(
    runs: RunsOption = RUNS,
    tag: TagOption = None,
    form: FileTableFormatOption = None,
    output: OutputOption = None,
) -> None:
    """List all runs of a folder with state, time, challenge, tags and note: also failed and unfinished ones."""
    from harness.cli.terminal import chosen_format, note, printed, write_text
    from harness.report.run_tables import inventory_as_csv, inventory_as_json, show_inventory
    from harness.run.inventory import inventory

    form = chosen_format(form, output, TableFormat)
    listed = inventory(runs, tag or ())
    if form is not TableFormat.terminal:
        write_text(inventory_as_json(listed) if form is TableFormat.json else inventory_as_csv(listed), output)
    elif listed:
        printed(lambda console: show_inventory(listed, console), output)
    else:
        note(f"no runs{' with these tags' if tag else ''} in {runs}")


@app.command(short_help="Show what is known of a run.")
def show(run: RunArgument, runs: RunsOption = RUNS, as_json: JsonOption = False) -> None:
    """Show state, labels, hyper-parameters, results and costs of a run of any state."""
    from harness.cli.terminal import printed, write_text
    from harness.report.run_tables import run_as_json, show_run
    from harness.run.inventory import listed_run

    listed = listed_run(runs, run)
    if as_json:
        write_text(run_as_json(listed), None)
    else:
        printed(lambda console: show_run(listed, console), None)


@app.command(short_help="Write a note on a run.")
def note(
    run: RunArgument,
    text: Annotated[str, typer.Argument(help="One line; an empty text deletes the note.")],
    runs: RunsOption = RUNS,
) -> None:
    """Write a note on a finished run; the run's record and key do not change."""
    from harness.run.labels import change_labels
    from harness.run.runs import run_named

    change_labels(run_named(runs, run), note=text)


@app.command(short_help="Add or remove tags of a run.")
def tag(
    run: RunArgument,
    tags: Annotated[list[str] | None, typer.Argument(help="Tags to add.", autocompletion=complete_tag)] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", help="Tag to remove; repeatable.", autocompletion=complete_tag),
    ] = None,
    runs: RunsOption = RUNS,
) -> None:
    """Add or remove tags of a finished run, and print its tags; `harness leaderboard --tag` selects by them."""
    from harness.run.labels import change_labels
    from harness.run.runs import run_named

    labels = change_labels(run_named(runs, run), add=tags or (), remove=remove or ())
    typer.echo(" ".join(labels.tags))


@app.command(short_help="Give a run a name of its own.")
def rename(
    run: RunArgument,
    name: Annotated[str, typer.Argument(help="Letters, digits and . _ + -; an empty text removes the name.")],
    runs: RunsOption = RUNS,
) -> None:
    """Give a finished run a name for tables and commands; its folder, record and key do not change."""
    from harness.run.inventory import rename as give_name
    from harness.run.runs import run_named

    give_name(runs, run_named(runs, run), name)


@app.command(short_help="Delete runs.")
def delete(
    names: Annotated[
        list[str],
        typer.Argument(help="Names of runs, or unique beginnings.", metavar="RUN...", autocompletion=complete_run),
    ],
    runs: RunsOption = RUNS,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Delete runs of any state with everything in their folders; asks first."""
    from harness.cli.terminal import note
    from harness.run.inventory import delete as delete_run
    from harness.run.inventory import listed_run

    listed = [listed_run(runs, name) for name in dict.fromkeys(names)]
    if not yes:
        for run in listed:
            typer.echo(f"{run.folder} ({run.state})", err=True)
        typer.confirm(f"Delete {len(listed)} {'run' if len(listed) == 1 else 'runs'}?", abort=True, err=True)
    for run in listed:
        delete_run(run)
        note(f"deleted {run.folder}")


@app.command(short_help="Make a run again, and compare it byte by byte.")
def rerun(
    run: RunArgument,
    runs: RunsOption = RUNS,
    keep: Annotated[
        Path | None, typer.Option("--keep", help="Another folder of runs, in which the rerun stays.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a finished run again from its record, and compare lists, submission and values; exit code 1 if they differ.

    The run itself is not changed. Fields that differ, e.g. the version of a package, are shown.
    """
    from harness.cli.terminal import bars, printed, write_text
    from harness.report.run_tables import rerun_as_json, show_rerun
    from harness.run.rerun import rerun as run_again
    from harness.run.runs import run_named

    folder = run_named(runs, run)
    with bars():
        result = run_again(folder, keep)
    if as_json:
        write_text(rerun_as_json(result), None)
    else:
        printed(lambda console: show_rerun(result, console), None)
    if not result.is_equal:
        raise typer.Exit(1)


@app.command(short_help="Explain why the keys of two runs differ.")
def diff(
    a: RunArgument,
    b: RunArgument,
    runs: RunsOption = RUNS,
    as_json: JsonOption = False,
) -> None:
    """Show the fields in which the records of two finished runs differ, and which of them are part of the key."""
    from harness.cli.terminal import printed, write_text
    from harness.report.run_tables import differences_as_json, show_differences
    from harness.run.differences import differences
    from harness.run.runs import read_record, run_named

    first, second = (read_record(run_named(runs, name)) for name in (a, b))
    differing = differences(first, second)
    names = (first.run, second.run)
    if as_json:
        write_text(differences_as_json(names, differing), None)
    else:
        printed(lambda console: show_differences(names, differing, console), None)
