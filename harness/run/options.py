"""Options of a run that do not belong to its task or recommender."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.metrics.catalogue import chosen_metrics

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.engines.engine import Engine
    from harness.metrics.catalogue import MetricChoice
    from harness.metrics.metric import Metric
    from harness.submission.header import SubmissionForm, Team


@dataclass(frozen=True, slots=True, init=False)
class Options:
    """Options of a run that do not belong to its task or recommender.

    Attributes:
        runs: folder of all runs.
        seed: value for every recommender that has a hyper-parameter `seed`.
        form: format of the submission. If None, that of the finished run, if there is one, else `aicrowd`.
        team: sender in the submission's first line. A field that is not named (None, or the placeholder) stays as in
            the finished run, if there is one.
        metrics: measured if the withheld tracks are known; the defaults of the split if None. Names are accepted too,
            `"recall@10,clicks"` or `("recall@10", "clicks")`, and functions that `@harness.metric` marks.
        force: repeat the run even if it is finished.
        own_process: fit and recommend in a child process, where costs are measured without other work. The calling
            process starts sooner and can be debugged, but its memory depends on what ran before.
        engine: divides the run into units and performs them, see `harness.engine`; one process makes the lists if None.
    """

    runs: Path
    seed: int
    form: SubmissionForm | None
    team: Team | None
    metrics: tuple[Metric, ...] | None
    force: bool
    own_process: bool
    engine: Engine | None

    def __init__(
        self,
        runs: Path | str = Path("submissions"),
        seed: int = 0,
        form: SubmissionForm | None = None,
        team: Team | None = None,
        metrics: MetricChoice | Iterable[MetricChoice] | None = None,
        force: bool = False,  # noqa: FBT002 - the order of the fields
        own_process: bool = True,  # noqa: FBT002 - likewise
        engine: Engine | None = None,
    ) -> None:
        """Convert texts to paths and metrics; raises ParameterError for an unknown metric."""
        for field, value in (
            ("runs", Path(runs)),
            ("seed", seed),
            ("form", form),
            ("team", team),
            ("metrics", None if metrics is None else chosen_metrics(metrics)),
            ("force", force),
            ("own_process", own_process),
            ("engine", engine),
        ):
            object.__setattr__(self, field, value)
