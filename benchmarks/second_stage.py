"""Quality of a blend's members, the blend and the second stage on a synthetic corpus, with paired intervals.

    python benchmarks/second_stage.py                                       # 100,000 playlists
    python benchmarks/second_stage.py --playlists 10000 --param als.factors=32
    python benchmarks/second_stage.py --holdout test                        # final comparison, after all choices

Each run is a separate process, `harness run`; finished runs are reused. Intervals are 95 % of the paired bootstrap
over playlists; a category is named if it is significantly worse than for the best member.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

import harness
from harness.identities import Holdout
from harness.metrics.catalogue import default_metrics
from harness.metrics.values import MetricValues
from harness.run.runs import VALUES, read_record
from harness.statistics.uncertainty import bootstrap
from harness.task.corpora import synthesise
from recommenders.blend import MORE_MEMBERS

if TYPE_CHECKING:
    from harness.run.record import RunRecord


@dataclass(frozen=True)
class Run:
    """A finished run under a name for tables."""

    label: str
    record: RunRecord
    scores: MetricValues

    @property
    def values(self) -> np.ndarray:
        """(n_metrics, n)."""
        return np.array([self.scores.values[metric.name] for metric in default_metrics()])


def main(
    playlists: int = 100_000,
    holdout: Holdout = Holdout.validation,
    param: Annotated[list[str] | None, typer.Option(help="MEMBER.NAME=VALUE, for a member alone and within")] = None,
    two_stage: Annotated[list[str] | None, typer.Option(help="NAME=VALUE of the second stage")] = None,
    runs: Path = Path("build/second_stage"),
    output: Annotated[Path | None, typer.Option(help="Write the tables here too.")] = None,
) -> None:
    """Generate, run, compare and print."""
    corpus = synthesise(f"synthetic-{playlists}", playlists, seed=0).name
    params = param or []
    where = (corpus, holdout, runs)
    singles = [run_member(text, params, where) for text in MORE_MEMBERS]
    blend = run("blend", "blend", params, where)
    second = run("two-stage", "two-stage", [*(f"blend.{each}" for each in params), *(two_stage or [])], where)
    best = max(singles, key=lambda each: each.scores.overall("r_precision") + each.scores.overall("ndcg"))
    pairs = [(blend, best), (second, blend), (second, best)]
    lines = [
        f"{playlists:,} playlists, {holdout} holdout, {len(blend.scores.pids):,} incomplete playlists; {params or ''}",
        "",
    ]
    lines += [*costs([*singles, blend, second]), "", *differences(pairs), ""]
    lines += [line for pair in ((blend, best), (second, best)) for line in worse_categories(*pair)]
    print("\n".join(lines))
    if output:
        output.write_text("\n".join([*lines, ""]), encoding="utf-8")


def run_member(text: str, params: list[str], where: tuple[str, Holdout, Path]) -> Run:
    """A member of the blend alone, with the hyper-parameters it has there."""
    alias, _, name = text.rpartition("=")
    alias = alias or name
    own = {f"{key}={value}" for key, value in harness.create("blend").member_params.get(alias, {}).items()}
    given = {each.partition(".")[2] for each in params if each.startswith(f"{alias}.")}
    return run(alias, name, sorted(own | given), where)


def run(label: str, name: str, params: list[str], where: tuple[str, Holdout, Path]) -> Run:
    """One recommender by the command line; its record and scores."""
    corpus, holdout, runs = where
    options = [text for each in params for text in ("--param", f"{name}.{each}")]
    command = ["run", "--recommender", name, "--data", corpus, "--holdout", holdout, "--runs", str(runs), *options]
    done = subprocess.run(
        [sys.executable, "-m", "harness.cli.main", *command], check=True, capture_output=True, text=True
    )
    folder = next(Path(line.strip()).parent for line in done.stderr.splitlines()[::-1] if line.strip().endswith(".gz"))
    print(f"{label}: {folder}", file=sys.stderr)
    return Run(label, read_record(folder), MetricValues.load(folder / VALUES))


def costs(shown: list[Run]) -> list[str]:
    """What each run is worth and what it takes, as Markdown."""
    head = ["recommender", "R-precision", "NDCG", "clicks", "fit s", "recommend s", "MB"]
    rows = []
    for each in shown:
        stages = each.record.stages
        seconds = [f"{stages[stage].wall_seconds:.0f}" for stage in ("fit", "recommend")]
        megabytes = max(stage.peak_memory_bytes for stage in stages.values()) / 1e6
        means = [f"{each.scores.overall(metric.name):.4f}" for metric in default_metrics()]
        rows.append([each.label, *means, *seconds, f"{megabytes:,.0f}"])
    return table(head, rows)


def differences(pairs: list[tuple[Run, Run]]) -> list[str]:
    """How much the first of each pair adds to the second, with paired intervals, as Markdown."""
    rows = []
    for one, other in pairs:
        change, (low, high) = bootstrap(np.stack([one.values, other.values]), one.scores.categories).difference(0, 1)
        cells = [f"{value:+.4f} [{a:+.4f}, {b:+.4f}]" for value, a, b in zip(change, low, high, strict=True)]
        rows.append([f"{one.label} - {other.label}", *cells])
    return table(["difference", *(metric.name for metric in default_metrics())], rows)


def worse_categories(one: Run, other: Run) -> list[str]:
    """Where the first is significantly worse than the second, a line a category and metric; one line if nowhere."""
    found = []
    for category in np.unique(one.scores.categories):
        rows = one.scores.categories == category
        sample = bootstrap(np.stack([one.values[:, rows], other.values[:, rows]]), one.scores.categories[rows])
        change, (low, high) = sample.difference(0, 1)
        for metric, value, a, b in zip(default_metrics(), change, low, high, strict=True):
            if (b < 0) if metric.higher_is_better else (a > 0):
                words = f"{one.label} is worse than {other.label} in category {category}"
                found.append(f"{words}: {metric.name} {value:+.4f} [{a:+.4f}, {b:+.4f}]")
    return found or [f"{one.label} is significantly worse than {other.label} in no category"]


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Markdown."""
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]


if __name__ == "__main__":
    typer.run(main)
