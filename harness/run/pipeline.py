"""Pipeline of one run: fit, recommend, submit, score."""

from __future__ import annotations

import shutil
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from harness import plugin_parameters, plugins, registry
from harness.atomic import replace_folder, sweep
from harness.costs import Costs
from harness.data.store import audio_fingerprint
from harness.errors import DataError, ParameterError, PluginError, RegistryError
from harness.home import only_one
from harness.metrics.catalogue import in_order, metric_named
from harness.metrics.values import MetricValues, measure_lists
from harness.plugin_errors import described, plugin_errors
from harness.run import runs
from harness.run.key import list_closure, run_key, versions
from harness.run.leak_audit import audit
from harness.run.lists import Fallbacks, Lists, lists_are_made, make_lists
from harness.run.machine import command_line, this_machine
from harness.run.metric_data import check_metrics, metric_data
from harness.run.own_process import UnavailableError, make_lists_apart
from harness.submission.header import Team
from harness.submission.submission import Submission
from harness.submission.writer import write_submission
from harness.task.tasks import check_size, without_audio

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.metrics.metric import Metric
    from harness.task.tasks import Task
    from harness.types import Recommender


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a run that do not belong to its task or recommender.

    Attributes:
        runs: folder of all runs.
        seed: value for every recommender that has a hyper-parameter `seed`.
        form: format of the submission, `aicrowd` or `2018`.
        team: sender in the submission's first line. A field that is not named (None, or the placeholder) stays as in
            the finished run, if there is one.
        metrics: measured if the withheld tracks are known; the defaults of the split if None.
        force: repeat the run even if it is finished.
        own_process: fit and recommend in a child process, where costs are measured without other work. The calling
            process starts sooner and can be debugged, but its memory depends on what ran before.
    """

    runs: Path = Path("submissions")
    seed: int = 0
    form: str = "aicrowd"
    team: Team | None = None
    metrics: tuple[Metric, ...] | None = None
    force: bool = False
    own_process: bool = True


def evaluate(
    task: Task,
    name: str,
    params: Mapping[str, Any] | None = None,
    options: Options | None = None,
    fallbacks: Fallbacks | None = None,
) -> runs.Record:
    """Fit, recommend, submit and score one recommender; return the stored record if the same run is finished.

    If a finished run differs only in team, answers or metrics, its lists are kept and only the submission and the
    metric values are made again; metrics that it already had are measured too.

    Args:
        task: training set and challenge.
        name: a registered recommender, or `path/to/file.py:Class`.
        params: hyper-parameters; the others keep their defaults.
        options: the defaults if None.
        fallbacks: fallbacks of the same task, shared so that several runs fit them once.

    Returns:
        The run's record; its folder is `options.runs / record.run`.

    Raises:
        HarnessError: the recommender, its parameters or its lists are at fault. Checkpoints are kept.
    """
    options = options or Options()
    check_size(task)
    recommender = registry.create(name, params, options.seed)
    check_metrics(task, _metrics(task, options))
    with plugin_errors(f"recommender {name!r}", plugins.sources(type(recommender))):
        record = _new_record(task, recommender, options)
    folder = options.runs / record.run
    workplace = runs.workplace(folder)
    with only_one(folder):
        sweep(folder)
        finished = _finished_run(folder, force=options.force)
        options = replace(options, team=_team(options.team, finished))
        record.submission = _submission_header(options)
        done = None if options.force else finished
        if done and _is_current(done, record):
            return done
        earlier = _earlier_values(folder, done, record) if done else None
        if done:
            lists = _lists_of(folder, done, task)
            options = replace(options, metrics=_with_earlier(_metrics(task, options), done))
            record = _new_record(task, recommender, options)
            record.started, record.machine, record.command = done.started, done.machine, done.command
        else:
            if options.force:
                shutil.rmtree(workplace, ignore_errors=True)
            visible_task = task if registry.uses_audio(recommender) else without_audio(task)
            lists = _new_lists(workplace, visible_task, recommender, name, fallbacks or Fallbacks(task), options)
        workplace.mkdir(parents=True, exist_ok=True)
        _finish(workplace, lists, record, task, options, earlier)
        replace_folder(workplace, folder)
    return record


def _new_lists(
    workplace: Path, task: Task, recommender: Recommender, name: str, fallbacks: Fallbacks, options: Options
) -> Lists:
    """Make lists in a child process, or in this one if the options say so or the recommender exists only here."""
    label = registry.traits(recommender).name
    if options.own_process and not lists_are_made(workplace):
        with suppress(UnavailableError):
            make_lists_apart(workplace, task, name, plugin_parameters.values(recommender))
    return make_lists(workplace, task, recommender, label, fallbacks)


def _new_record(task: Task, recommender: Recommender, options: Options) -> runs.Record:
    """Record of a run before it starts, with its key; a seed is part of the key as a hyper-parameter."""
    name = registry.traits(recommender).name
    closure = list_closure(recommender)
    content: dict[str, Any] = {
        "recommender": name,
        "params": _params(recommender),
        "source_hash": closure.source_hash,
        "versions": versions(closure),
    }
    task_content = {"corpus": task.corpus.fingerprint, "challenge": task.challenge_id.fingerprint}
    audio = ""
    if registry.uses_audio(recommender) or any("audio" in metric.needs for metric in _metrics(task, options)):
        audio = audio_fingerprint(task.train.catalog)
    key = run_key({**content, **task_content, **({"audio": audio} if registry.uses_audio(recommender) else {})})
    return runs.Record(
        format=runs.FORMAT,
        run=f"{name}-{key}",
        key=key,
        **content,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=this_machine(),
        command=command_line(),
        seed=options.seed if registry.takes_seed(type(recommender)) else 0,
        corpus=task.corpus,
        audio_fingerprint=audio,
        challenge=task.challenge_id,
        n_playlists=len(task.challenge),
        n_unknown_seeds=task.n_unknown_seeds,
        deterministic=registry.is_deterministic(recommender),
        stages={},
        share_filled=0.0,
        definitions={metric.name: metric.definition for metric in _metrics(task, options)} if task.judged else {},
        means={},
        submission=_submission_header(options),
    )


def _finished_run(folder: Path, *, force: bool) -> runs.Record | None:
    """The record of the finished run in a folder; with `force`, a record that cannot be read does not matter."""
    if not (folder / runs.RECORD).is_file():
        return None
    with suppress(DataError) if force else nullcontext():
        return runs.read_record(folder)
    return None


def _team(team: Team | None, finished: runs.Record | None) -> Team:
    """The team, its unnamed fields from the finished run."""
    placeholder = Team()
    if finished is None:
        return team or placeholder
    header = finished.submission
    name, email = header.get("team", placeholder.name), header.get("email", placeholder.email)
    if team is None:
        return Team(name, email, header.get("track", placeholder.track))
    return Team(
        name if team.name == placeholder.name else team.name,
        email if team.email == placeholder.email else team.email,
        team.track,
    )


def _submission_header(options: Options) -> dict[str, str]:
    team = options.team or Team()
    return {"form": options.form, "team": team.name, "email": team.email, "track": team.track}


def _params(recommender: Recommender) -> dict[str, Any]:
    """The hyper-parameters as they are after a JSON round trip.

    Raises:
        ParameterError: a value cannot be written as JSON.
    """
    params: dict[str, Any] = {}
    for name, value in plugin_parameters.values(recommender).items():
        try:
            params[name] = msgspec.json.decode(msgspec.json.encode(value))
        except (TypeError, ValueError, OverflowError, msgspec.MsgspecError) as error:
            raise ParameterError(
                f"hyper-parameter {name!r} cannot be written to a record ({described(error)})"
            ) from error
    return params


def _metrics(task: Task, options: Options) -> tuple[Metric, ...]:
    return tuple(map(metric_named, task.metrics)) if options.metrics is None else options.metrics


def _is_current(done: runs.Record, new: runs.Record) -> bool:
    """Whether a finished run has the first line, the answers and the metric definitions of the new record."""
    same_answers = not new.definitions or _answers(done) == _answers(new)
    same_audio = new.audio_fingerprint in ("", done.audio_fingerprint)
    has_metrics = set(new.definitions.items()) <= set(done.definitions.items())
    return same_answers and same_audio and has_metrics and done.submission == new.submission


def _answers(record: runs.Record) -> str:
    return record.challenge.answers_fingerprint


def _lists_of(folder: Path, done: runs.Record, task: Task) -> Lists:
    submission = runs.submission_of(folder, task.challenge)
    return Lists(submission.tracks, Costs.from_json(done.stages), done.share_filled, done.learnt, done.measured)


def _with_earlier(chosen: tuple[Metric, ...], done: runs.Record) -> tuple[Metric, ...]:
    """The chosen metrics, and those of the finished run whose plug-ins are still installed."""
    metrics = {metric.name: metric for metric in chosen}
    for name in done.definitions:
        with suppress(ParameterError, PluginError, RegistryError):
            metrics.setdefault(name, metric_named(name))
    return tuple(metrics[name] for name in in_order(metrics))


def _earlier_values(folder: Path, done: runs.Record, record: runs.Record) -> MetricValues | None:
    """Metric values of a finished run with the same answers; they include metrics whose plug-in is gone."""
    if not done.definitions or _answers(done) != _answers(record):
        return None
    return MetricValues.load(folder / runs.VALUES)


def _finish(
    workplace: Path, lists: Lists, record: runs.Record, task: Task, options: Options, earlier: MetricValues | None
) -> None:
    """Write the submission, the metric values and the record; delete everything else from the workplace."""
    costs = lists.costs
    with costs.stage("submit"):
        submission = Submission(task.challenge, lists.tracks)
        write_submission(submission, workplace / runs.SUBMISSION, form=options.form, team=options.team or Team())
    (workplace / runs.VALUES).unlink(missing_ok=True)
    values = None
    if task.judged:
        judged_challenge, withheld = task.judged
        with costs.stage("score"):
            metrics = _metrics(task, options)
            values = measure_lists(lists.tracks, judged_challenge, withheld, metrics, metric_data(task, metrics))
        values = values.with_others(earlier) if earlier else values
        record.definitions = values.definitions
        values.save(workplace / runs.VALUES)
        record.means = {name: values.overall(name) for name in values.values}
    record.audit = audit(task, lists.tracks, values)
    record.stages = costs.as_json()
    record.share_filled = lists.share_filled
    record.measured = lists.measured
    record.learnt = lists.learnt
    runs.write_record(record, workplace)
    for path in workplace.iterdir():
        if path.name not in (runs.SUBMISSION, runs.VALUES, runs.RECORD):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
