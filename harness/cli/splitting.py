"""Command `split`: cuts a corpus into training playlists and two holdouts."""

from __future__ import annotations

import typer

from harness.cli.holdouts import holdout_options
from harness.cli.task_options import DataOption
from harness.task.split_options import SplitOptions


@holdout_options("--seed")
def split(
    data: DataOption = "synthetic",
    *,
    split_options: SplitOptions,
) -> None:
    """Cut a corpus into training playlists and two holdouts, store the split, and describe the selected holdout."""
    from harness.cli.terminal import bars
    from harness.task.corpora import corpus
    from harness.task.tasks import local_holdouts, split_path

    with bars():
        stored = corpus(data)
        holdouts = local_holdouts(stored, stored.playlists(), split_options)
        train = holdouts.train(stored.playlists())
    holdout = split_options.holdout
    selected = holdouts.of(holdout)
    typer.echo(f"split {holdouts.split} of {stored.name}, holdout {holdout}: {holdouts.fingerprint(holdout)}")
    path = split_path(stored, split_options)
    typer.echo(f"  file        {path if path.exists() else 'none: the data folder is read-only'}")
    typer.echo(f"  training    {len(train)} playlists")
    typer.echo(f"  challenge   {len(selected.rows)} playlists, {len(selected.seeds.values)} seeds shown")
    typer.echo(f"  withheld    {len(selected.withheld.values)} tracks")
    for reason, n in holdouts.dropped.items():
        typer.echo(f"  dropped     {n} entries of both holdouts: {reason}")
    for reason in holdouts.omitted.values():
        typer.echo(f"  left out    {reason}")
