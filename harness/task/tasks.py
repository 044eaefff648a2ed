"""Tasks: a training set, a challenge, and the withheld tracks if they are known."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness import plugin_parameters, registry, rules
from harness.atomic import sweep
from harness.data import challenge_set, store
from harness.errors import DataError, ParameterError
from harness.fingerprint import Fingerprint
from harness.home import data_home, is_read_only, only_one
from harness.identities import ChallengeFile, Holdout, LocalSplit, TrainingSample
from harness.metrics.catalogue import DEFAULT_METRIC_NAMES
from harness.notebook import Shown
from harness.sources import closure_of
from harness.splits import stored
from harness.splits.checks import checked_cut
from harness.splits.plugins import create_split, split_file, split_traits, training_rule
from harness.splits.training_sample import training_sample
from harness.task.corpora import SYNTHETIC, corpus
from harness.task.fingerprints import answers_fingerprint, challenge_fingerprint
from harness.task.split_options import SplitOptions

if TYPE_CHECKING:
    from harness.data.store import StoredCorpus
    from harness.identities import ChallengeId, CorpusId
    from harness.interfaces import Recommender
    from harness.ragged import Ragged
    from harness.splits.holdouts import Holdouts
    from harness.types import Challenge, Playlists


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Task(Shown):
    """A training set and a challenge with their identities, and separately the withheld tracks.

    Attributes:
        train: training playlists.
        challenge: the incomplete playlists, without any information on the withheld tracks.
        judged: the same playlists and the withheld tracks, for metrics only; None if they are unknown. Its catalog
            also has the withheld tracks that the corpus lacks.
        corpus: name and fingerprint of the corpus.
        challenge_id: identity of the challenge, sufficient to make it again.
        metrics: names of the default metrics of the challenge.
        train_keeps_beginnings: whether the training set has the beginnings of the challenge's playlists.
        notes: remarks for the user, one line each.
    """

    train: Playlists
    challenge: Challenge
    judged: tuple[Challenge, Ragged] | None
    corpus: CorpusId
    challenge_id: ChallengeId
    metrics: tuple[str, ...] = DEFAULT_METRIC_NAMES
    train_keeps_beginnings: bool = False
    notes: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Names and sizes; never the withheld tracks."""
        return {
            "corpus": self.corpus.name,
            "challenge": self.challenge_id.label,
            "n_train": len(self.train),
            "n_playlists": len(self.challenge),
            "metrics": list(self.metrics) if self.judged else [],
        }

    @property
    def whole_challenge(self) -> Challenge:
        """The challenge over the catalog that also has every withheld track, if those are known."""
        return self.judged[0] if self.judged else self.challenge

    @property
    def n_unknown_seeds(self) -> int:
        """Number of seed entries whose track the training catalog lacks."""
        return int(np.count_nonzero(self.challenge.seeds.values >= self.train.catalog.n_tracks))


def open_task(
    data: str | Path = SYNTHETIC,
    *,
    options: SplitOptions | None = None,
    challenge: Path | str | None = None,
    answers: Path | str | None = None,
) -> Task:
    """Open a task on a corpus: a holdout of its split, or a challenge file.

    Args:
        data: name of the training corpus, or a source to import; `synthetic` is generated on first use.
        options: choice of the holdout; validation of the `challenge` split with seed 0 if None.
        challenge: a challenge file instead of a holdout.
        answers: withheld tracks of that challenge; without them nothing is scored.

    Raises:
        DataError: the corpus or a file is at fault.
        ParameterError: a holdout is chosen as well as a challenge file.
    """
    stored_corpus = corpus(str(data))
    if challenge is not None:
        if options not in (None, SplitOptions()):
            raise ParameterError("`challenge` is judged instead of a holdout: omit `options`")
        return official_task(stored_corpus, Path(challenge), None if answers is None else Path(answers))
    return local_task(stored_corpus, options or SplitOptions())


def local_task(corpus: StoredCorpus, options: SplitOptions) -> Task:
    """Open the task of a holdout; the corpus is split on first use, and the split is stored."""
    playlists = corpus.playlists()
    holdouts = local_holdouts(corpus, playlists, options)
    split = holdouts.split_of(playlists, options.holdout)
    traits = split_traits(options.split)
    identity = LocalSplit(
        split=traits.name,
        holdout=options.holdout,
        seed=options.seed,
        params=holdouts.params,
        fingerprint=holdouts.fingerprint(options.holdout),
        plugin=split_file(options.split),
    )
    return Task(
        split.train,
        split.challenge,
        (split.challenge, split.withheld),
        corpus.identity,
        identity,
        traits.metrics,
        traits.train_keeps_beginnings,
        tuple(f"left out: {reason}" for reason in holdouts.omitted.values()),
    )


def training_task(corpus: StoredCorpus, options: SplitOptions) -> Task:
    """Open the task of training playlists that are cut like the validation holdout; see `training_sample`."""
    task = local_task(corpus, replace(options, holdout=Holdout.validation))
    holdout = task.challenge_id
    assert isinstance(holdout, LocalSplit)
    challenge, withheld = training_sample(task.train, task.challenge, options.seed)
    content = (holdout.fingerprint, challenge_fingerprint(challenge), answers_fingerprint(challenge, withheld))
    identity = TrainingSample(
        split=holdout.split,
        seed=holdout.seed,
        params=holdout.params,
        fingerprint=str(Fingerprint().texts(content)),
        plugin=holdout.plugin,
    )
    return replace(task, challenge=challenge, judged=(challenge, withheld), challenge_id=identity)


def local_holdouts(corpus: StoredCorpus, playlists: Playlists, options: SplitOptions) -> Holdouts:
    """Load the stored holdouts of a corpus, or make them and store them if the folder is writable.

    Raises:
        RegistryError: the split is unknown, or its holdouts have the name of another one.
        ParameterError: a parameter of the split is unknown or invalid.
        DataError: the corpus is too small, or the holdouts break a rule.
        PluginError: the split raised another exception.
    """
    plugin = create_split(options.split, options.params)
    training = training_rule(plugin)
    path = split_path(corpus, options)
    name = split_traits(options.split).name
    with only_one(path):
        sweep(path)
        holdouts = stored.load(path, training)
        if holdouts is None:
            holdouts = replace(checked_cut(plugin, name, playlists, options.seed), training=training)
            try:
                stored.save(holdouts, path)
            except OSError as error:
                if not is_read_only(error):
                    raise
    return holdouts


def split_path(corpus: StoredCorpus, options: SplitOptions) -> Path:
    """File of a corpus's two holdouts; its name covers everything that can change them."""
    plugin = create_split(options.split, options.params)
    source = closure_of([type(plugin).__module__]).source_hash
    params = plugin_parameters.values(plugin)
    key = Fingerprint().texts([json.dumps(params, sort_keys=True), source])
    name = split_traits(options.split).name
    file = f"{corpus.name}-{corpus.fingerprint[:8]}-{name}-seed{options.seed}-{str(key)[:8]}.parquet"
    return data_home() / "splits" / file


def official_task(corpus: StoredCorpus, challenge_file: Path, answers_file: Path | None) -> Task:
    """Open the task of a challenge file; it can be scored only with an answers file."""
    playlists = corpus.playlists()
    challenge, challenge_notes = challenge_set.read_incomplete(challenge_file, playlists.catalog)
    shared_pids = np.intersect1d(challenge.pids, playlists.info["pid"].to_numpy())
    if len(shared_pids):
        raise DataError(
            f"{challenge_file}: playlist {shared_pids[0]} is also in corpus {corpus.name!r}"
            f"{f' (as are {len(shared_pids) - 1} more)' if len(shared_pids) > 1 else ''}: its "
            "withheld tracks would be known; use a corpus without the challenge's playlists"
        )
    judged: tuple[Challenge, Ragged] | None = None
    answer_notes: tuple[str, ...] = ()
    if answers_file is not None:
        judged_challenge, withheld, answer_notes = challenge_set.read_judged(answers_file, challenge)
        judged = (judged_challenge, withheld)
    identity = ChallengeFile(
        file=str(challenge_file.resolve()),
        fingerprint=challenge_fingerprint(challenge),
        answers=str(answers_file.resolve()) if answers_file is not None else None,
        answers_fingerprint=answers_fingerprint(*judged) if judged else "",
    )
    task = Task(playlists, challenge, judged, corpus.identity, identity)
    n_unknown = task.n_unknown_seeds
    unknown_note = (f"{n_unknown} of {len(challenge.seeds.values)} seed entries name tracks that the corpus lacks",)
    return replace(task, notes=(*challenge_notes, *(unknown_note if n_unknown else ()), *answer_notes))


def task_again(corpus: CorpusId, challenge: ChallengeId) -> Task:
    """Open the task of a run's record.

    Raises:
        DataError: the corpus or a file is missing or has changed.
    """
    stored_corpus = store.open_corpus(corpus.name)
    if isinstance(challenge, ChallengeFile):
        answers = Path(challenge.answers) if challenge.answers else None
        task = official_task(stored_corpus, Path(challenge.file), answers)
    else:
        options = SplitOptions(challenge.plugin or challenge.split, seed=challenge.seed, params=dict(challenge.params))
        if isinstance(challenge, LocalSplit):
            task = local_task(stored_corpus, replace(options, holdout=challenge.holdout))
        else:
            task = training_task(stored_corpus, options)
    same_corpus = task.corpus.fingerprint == corpus.fingerprint
    if not same_corpus or task.challenge_id.fingerprint != challenge.fingerprint:
        raise DataError(
            f"corpus {corpus.name!r} or its split has changed since this run: name the challenge file or the corpus"
        )
    return task


def check_size(task: Task) -> None:
    """Refuse a corpus that is too small for a submission.

    Raises:
        DataError: a playlist cannot receive 500 tracks that are not its seeds.
    """
    known_seeds = task.challenge.seeds.keep(task.challenge.seeds.values < task.train.catalog.n_tracks)
    n_available = task.train.catalog.n_tracks - int(known_seeds.lengths.max(initial=0))
    if n_available < rules.TRACKS_PER_PLAYLIST:
        raise DataError(
            f"corpus {task.corpus.name!r} has {task.train.catalog.n_tracks} tracks: too few to recommend "
            f"{rules.TRACKS_PER_PLAYLIST} in addition to the seeds of every playlist; import more slices"
        )


def visible_to(recommender: Recommender, task: Task) -> Task:
    """The task as a recommender receives it: without audio features unless it or a component declares them."""
    if task.train.catalog.audio is None or registry.uses_audio(recommender):
        return task
    train = replace(task.train, catalog=replace(task.train.catalog, audio=None))
    challenge = replace(task.challenge, catalog=replace(task.challenge.catalog, audio=None))
    return replace(task, train=train, challenge=challenge)
