"""Pipeline of one run: fit, recommend, submit, score."""

from __future__ import annotations

import shutil
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness import plugin_parameters, plugins, registry
from harness.atomic import new_file, sweep
from harness.costs import Costs
from harness.data.layout import audio_fingerprint
from harness.engines.claims import only_one_machine
from harness.engines.shards import Shard, perform_share
from harness.errors import DataError, ParameterError, PluginError, RegistryError
from harness.fingerprint import file_digest
from harness.home import only_one
from harness.kit.checkpoints import keeping
from harness.metrics.catalogue import in_order, metric_named
from harness.metrics.values import MetricValues
from harness.plugin_errors import plugin_errors
from harness.run import runs
from harness.run.attempts import Attempt, noted
from harness.run.identity import Origin, RunIdentity, run_identity
from harness.run.key import list_closure
from harness.run.labels import replace_run
from harness.run.leak_audit import audit
from harness.run.lists import LISTS, PARTS, Fallbacks, Lists, lists_are_made, make_lists, save_lists
from harness.run.metric_data import check_metrics
from harness.run.options import Options
from harness.run.own_process import UnavailableError, make_lists_apart
from harness.run.record import FORMAT, RunRecord, SubmissionHeader
from harness.run.scoring import need_audio, score
from harness.run.unit_plan import planned, refuse_unfinished, where_performed
from harness.run.units import Order
from harness.submission.header import SubmissionForm, Team
from harness.submission.submission import Submission
from harness.submission.writer import write_submission
from harness.task.tasks import check_size, visible_to

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from harness.interfaces import Recommender
    from harness.metrics.metric import Metric
    from harness.task.tasks import Task


def evaluate(
    task: Task,
    name: str,
    params: Mapping[str, Any] | None = None,
    options: Options | None = None,
    fallbacks: Fallbacks | None = None,
) -> RunRecord:
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
    metrics = _metrics(task, options)
    with plugin_errors(f"recommender {name!r}", plugins.sources(type(recommender))):
        identity = run_identity(task, recommender)
    folder = options.runs / identity.run
    workplace = runs.workplace(folder)
    with only_one(folder) if options.engine is None else nullcontext():  # locks do not hold between machines
        sweep(folder, only_of_dead=options.engine is not None)
        finished = _finished_run(folder, force=options.force)
        header = _header(options, finished)
        done = None if options.force else finished
        if done and _is_current(done, task, metrics, header):
            return done
        origin = Origin(done.started, done.machine, done.command) if done else Origin.of_this_process()
        if options.force:
            shutil.rmtree(workplace, ignore_errors=True)
        with noted(_attempt(task, identity, origin), workplace):
            if done:
                lists, earlier = _finished_lists(folder, done, task), _earlier_values(folder, done, task)
                metrics = _with_earlier(metrics, done)
            else:
                _perform_units(folder, task, recommender, name, options, metrics)
                visible = visible_to(recommender, task)
                lists = _new_lists(workplace, visible, recommender, name, fallbacks or Fallbacks(task), options)
                earlier = None
            with only_one_machine(folder) if options.engine else nullcontext():
                workplace.mkdir(parents=True, exist_ok=True)
                record = _finish(workplace, lists, task, identity, origin, metrics, header, earlier)
                replace_run(workplace, folder)
    return record


def share_of_run(task: Task, name: str, params: Mapping[str, Any] | None, options: Options, shard: Shard) -> str:
    """Perform a share of a run's units; `evaluate` then finishes the run. Returns the run's name.

    Raises:
        HarnessError: the recommender or its parameters are at fault, or units failed.
    """
    check_size(task)
    recommender = registry.create(name, params, options.seed)
    identity = run_identity(task, recommender)
    folder = options.runs / identity.run
    metrics = _metrics(task, options)
    if not (folder / runs.RECORD).is_file():
        order = Order.of(task, name, recommender, folder)
        with noted(_attempt(task, identity, Origin.of_this_process()), order.workplace):
            perform_share(planned(order, task, recommender, metrics), shard, identity.run)
    return identity.run


def _metrics(task: Task, options: Options) -> tuple[Metric, ...]:
    """Metrics of the options, or those of the task's split; refused where the task lacks what they need."""
    metrics = tuple(map(metric_named, task.metrics)) if options.metrics is None else options.metrics
    check_metrics(task, metrics)
    return metrics


def _perform_units(
    folder: Path,
    task: Task,
    recommender: Recommender,
    name: str,
    options: Options,
    metrics: Sequence[Metric],
) -> None:
    """Let the engine perform the units of a run; without one, refuse a run whose shards are not done.

    Raises:
        UnitsFailedError: some failed.
        DataError: shards are not done.
    """
    if options.engine is None:
        refuse_unfinished(runs.workplace(folder))
        return
    options.engine.perform(planned(Order.of(task, name, recommender, folder), task, recommender, metrics), folder.name)


def _attempt(task: Task, identity: RunIdentity, origin: Origin) -> Attempt:
    return Attempt(
        run=identity.run,
        recommender=identity.recommender,
        plugin=identity.plugin,
        params=identity.params,
        started=origin.started,
        command=origin.command,
        corpus=task.corpus,
        challenge=task.challenge_id,
    )


def _new_lists(
    workplace: Path,
    task: Task,
    recommender: Recommender,
    name: str,
    fallbacks: Fallbacks,
    options: Options,
) -> Lists:
    """Make lists in a child process, or in this one if the options say so or the recommender exists only here.

    Where units were performed, the lists are there.
    """
    label = registry.traits(recommender).name
    if options.own_process and not lists_are_made(workplace):
        with suppress(UnavailableError):
            make_lists_apart(workplace, task, name, plugin_parameters.values(recommender))
    if not lists_are_made(workplace):
        list_closure(recommender).check_imported()
    lists = make_lists(workplace, task, recommender, label, fallbacks)
    performed = where_performed(workplace, options.engine.name if options.engine else "")
    return replace(lists, measured=performed) if performed else lists


def _finished_run(folder: Path, *, force: bool) -> RunRecord | None:
    """The record of the finished run in a folder; with `force`, a record that cannot be read does not matter."""
    if not (folder / runs.RECORD).is_file():
        return None
    with suppress(DataError) if force else nullcontext():
        return runs.read_record(folder)
    return None


def _header(options: Options, finished: RunRecord | None) -> SubmissionHeader:
    """First line of the submission; what the options do not name is kept from the finished run.

    Raises:
        ParameterError: the options name a track of the contest, which the form does not have.
    """
    form = options.form or (finished.submission.form if finished else SubmissionForm.aicrowd)
    placeholder = Team()
    sender = options.team or placeholder
    if sender.track is not None and form != SubmissionForm.contest_2018:
        raise ParameterError(f"format {form} has no track {sender.track}: pass `form` as well, or omit the track")
    if finished is None:
        return SubmissionHeader.of(form, sender)
    if sender.name == placeholder.name:
        sender = replace(sender, name=finished.submission.team)
    if sender.email == placeholder.email:
        sender = replace(sender, email=finished.submission.email)
    if sender.track is None:
        sender = replace(sender, track=finished.submission.track)
    return SubmissionHeader.of(form, sender)


def _is_current(done: RunRecord, task: Task, metrics: tuple[Metric, ...], header: SubmissionHeader) -> bool:
    """Whether a finished run has this first line, these answers, audio features, metric definitions and sources."""
    if done.submission != header:
        return False
    if not task.judged:
        return True
    same_audio = not need_audio(metrics) or done.audio_fingerprint == audio_fingerprint(task.train.catalog)
    definitions = {(metric.name, metric.traits.full_definition) for metric in metrics}
    return _same_answers(done, task) and same_audio and definitions <= set(done.full_definitions.items())


def _same_answers(done: RunRecord, task: Task) -> bool:
    return done.challenge.answers_fingerprint == task.challenge_id.answers_fingerprint


def _finished_lists(folder: Path, done: RunRecord, task: Task) -> Lists:
    lists = runs.lists_of(folder, done.lists_digest, task.challenge)
    return Lists(lists, Costs(done.stages), done.share_filled, done.learnt, done.training, done.measured)


def _with_earlier(chosen: tuple[Metric, ...], done: RunRecord) -> tuple[Metric, ...]:
    """The chosen metrics, and those of the finished run whose plug-ins are still installed."""
    metrics = {metric.name: metric for metric in chosen}
    for name in done.definitions:
        with suppress(ParameterError, PluginError, RegistryError):
            metrics.setdefault(name, metric_named(name))
    return tuple(metrics[name] for name in in_order(metrics))


def _earlier_values(folder: Path, done: RunRecord, task: Task) -> MetricValues | None:
    """Metric values of a finished run with the same answers; they include metrics whose plug-in is gone."""
    if not done.definitions or not _same_answers(done, task):
        return None
    return MetricValues.load(folder / runs.VALUES)


def _scored(
    workplace: Path, lists: Lists, task: Task, metrics: tuple[Metric, ...], earlier: MetricValues | None
) -> MetricValues | None:
    """Measure the lists, or load what a unit measured, and write the values; None without answers."""
    (workplace / runs.VALUES).unlink(missing_ok=True)
    if task.judged is None:
        return None
    with keeping(workplace / PARTS) as checkpoints, lists.costs.stage("score"):
        values = score(task, task.judged, lists.tracks, metrics)
    lists.costs.add("score", checkpoints.regained)
    values = values.with_others(earlier) if earlier else values
    values.save(workplace / runs.VALUES)
    return values


def _finish(
    workplace: Path,
    lists: Lists,
    task: Task,
    identity: RunIdentity,
    origin: Origin,
    metrics: tuple[Metric, ...],
    header: SubmissionHeader,
    earlier: MetricValues | None,
) -> RunRecord:
    """Write the lists, the submission, the metric values and the record; delete all else from the workplace."""
    costs = lists.costs
    with costs.stage("submit"):
        submission = Submission(task.challenge, lists.tracks)
        write_submission(submission, workplace / runs.SUBMISSION, form=header.form, team=header.sender)
    with new_file(workplace / LISTS) as partial:
        save_lists(lists.tracks, partial)
    values = _scored(workplace, lists, task, metrics, earlier)
    needs_audio = bool(identity.audio_fingerprint) or need_audio(metrics)
    record = RunRecord(
        format=FORMAT,
        run=identity.run,
        key=identity.key,
        recommender=identity.recommender,
        params=identity.params,
        started=origin.started,
        machine=origin.machine,
        command=origin.command,
        versions=identity.versions,
        source_hash=identity.source_hash,
        seed=identity.seed,
        deterministic=identity.deterministic,
        corpus=task.corpus,
        audio_fingerprint=audio_fingerprint(task.train.catalog) if needs_audio else "",
        challenge=task.challenge_id,
        n_playlists=len(task.challenge),
        n_unknown_seeds=task.n_unknown_seeds,
        stages=costs.rounded(),
        share_filled=lists.share_filled,
        lists_digest=file_digest(workplace / LISTS),
        definitions=values.definitions if values else {},
        means={name: values.overall(name) for name in values.values if values.measured(name).any()} if values else {},
        submission=header,
        measured=lists.measured,
        audit=audit(task, lists.tracks, values),
        learnt=lists.learnt,
        training=lists.training,
        plugin=identity.plugin,
        sources=identity.sources,
        n_entries=len(task.train.tracks.values),
        metric_sources={name: one.source for name, one in values.traits.items() if one.source} if values else {},
    )
    runs.write_record(record, workplace)
    for path in workplace.iterdir():
        if path.name not in (runs.SUBMISSION, LISTS, runs.VALUES, runs.RECORD):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return record
