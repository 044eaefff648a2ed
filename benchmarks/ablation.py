"""Worth of each member of the first stage and of each group of features: the second stage without it, paired.

    python benchmarks/ablation.py                                    # 100,000 playlists, validation holdout
    python benchmarks/ablation.py --playlists 10000 --param als.factors=32 --only title --only order

A value below zero in R-precision and NDCG is the loss without that part; the seconds are the time that it takes.
Each run is a separate process, `harness run`; finished runs are reused.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from second_stage import costs, differences, run

from harness.identities import Holdout
from harness.task.corpora import synthesise
from recommenders.blend import MORE_MEMBERS
from recommenders.two_stage.features import GROUPS


def main(
    playlists: int = 100_000,
    holdout: Holdout = Holdout.validation,
    param: Annotated[list[str] | None, typer.Option(help="MEMBER.NAME=VALUE")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Members and groups to leave out; each, by default.")] = None,
    runs: Path = Path("build/second_stage"),
    output: Annotated[Path | None, typer.Option(help="Write the tables here too.")] = None,
) -> None:
    """Generate, run with everything, run without each part, and print."""
    where = (synthesise(f"synthetic-{playlists}", playlists, seed=0).name, holdout, runs)
    params = [f"blend.{each}" for each in param or []]
    aliases = [text.partition("=")[0] for text in MORE_MEMBERS]
    whole = run("everything", "two-stage", without_member(None, params), where)
    shorter = []
    for part in only or [*aliases, *GROUPS]:
        options = without_member(part, params)
        options += [f"without={json.dumps([part])}"] if part not in aliases else []
        shorter.append(run(f"without {part}", "two-stage", options, where))
    lines = [f"{playlists:,} playlists, {holdout} holdout; {param or ''}", "", *costs([whole, *shorter]), ""]
    lines += differences([(each, whole) for each in shorter])
    print("\n".join(lines))
    if output:
        output.write_text("\n".join([*lines, ""]), encoding="utf-8")


def without_member(alias: str | None, params: list[str]) -> list[str]:
    """The options of a second stage whose blend lacks this member; the same members otherwise at every size."""
    kept = [text for text in MORE_MEMBERS if text.partition("=")[0] != alias]
    rest = [each for each in params if not each.startswith(f"blend.{alias}.")]
    return [*rest, f"blend.members={json.dumps(kept)}"]


if __name__ == "__main__":
    typer.run(main)
