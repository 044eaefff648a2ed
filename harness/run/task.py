"""What a run is asked: a training set, a challenge, and perhaps the answers to judge by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness import rules
from harness.atomic import sweep
from harness.data import challenge_set, store
from harness.errors import DataError
from harness.fingerprint import Fingerprint
from harness.home import data_home, is_read_only, only_one
from harness.run import runs
from harness.run.corpora import SYNTHETIC, corpus
from harness.run.split_options import SplitOptions
from harness.split import next_track, stored, stratified
from harness.split.challenge import draw_challenges

if TYPE_CHECKING:
    from harness.data.store import StoredCorpus
    from harness.split.draws import Draws
    from harness.types import Challenge, Playlists, Ragged


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A training set and a challenge with their names, and apart from them what judges the lists.

    Attributes:
        train: what recommenders learn from.
        challenge: what they are asked; it holds nothing of the answers.
        judged: the same playlists and the withheld tracks, for scoring only; None if nobody knows them.
            Its catalog may go beyond the challenge's, where an answer names a track the corpus lacks.
        data: name and fingerprint of the corpus.
        split: kind and fingerprint of the challenge, and what is needed to make it again.
        notes: what a user should know, one line each.
    """

    train: Playlists
    challenge: Challenge
    judged: tuple[Challenge, Ragged] | None
    data: dict[str, str]
    split: dict[str, Any]
    notes: tuple[str, ...] = ()

    @property
    def whole_challenge(self) -> Challenge:
        """The challenge over the catalog that also names every answer, where answers are known."""
        return self.judged[0] if self.judged else self.challenge

    @property
    def n_unknown_seeds(self) -> int:
        """Seed entries whose track the training catalog lacks."""
        return int(np.count_nonzero(self.challenge.seeds.values >= self.train.catalog.n_tracks))


def open_task(
    data: str = SYNTHETIC,
    *,
    options: SplitOptions | None = None,
    challenge: Path | None = None,
    answers: Path | None = None,
) -> Task:
    """The task on a corpus: one of its own draws, or an official challenge.

    Args:
        data: the training corpus's name, or a folder or zip of MPD slices; `synthetic` is made on first use.
        options: which local draw; the first of seed 0 if None.
        challenge: a challenge file instead of a local draw.
        answers: what that challenge withholds; without it there is nothing to score.

    Raises:
        DataError: the corpus or a file is at fault.
    """
    found = corpus(data)
    if challenge is not None:
        return official_task(found, challenge, answers)
    return local_task(found, options or SplitOptions())


def local_task(corpus: StoredCorpus, options: SplitOptions) -> Task:
    """The task that one of a corpus's own draws sets; the draw is made and kept on first use."""
    playlists = corpus.playlists()
    draws = local_draws(corpus, playlists, options)
    split = draws.split(playlists, options.draw)
    named = {"kind": draws.kind, "draw": options.draw, **draws.options}
    return Task(
        split.train,
        split.challenge,
        (split.challenge, split.withheld),
        corpus.identity,
        {**named, "fingerprint": draws.fingerprint(options.draw)},
        tuple(f"left out: {reason}" for reason in draws.omitted.values()),
    )


def local_draws(corpus: StoredCorpus, playlists: Playlists, options: SplitOptions) -> Draws:
    """The corpus's draws: read if they were made before, made otherwise, and kept if the folder can be written."""
    path = split_path(corpus, options)
    with only_one(path):
        sweep(path)
        draws = stored.load(path)
        if draws is None:
            draws = _draw(playlists, options)
            try:
                stored.save(draws, path)
            except OSError as error:
                if not is_read_only(error):
                    raise
    return draws


def _draw(playlists: Playlists, options: SplitOptions) -> Draws:
    if options.kind == next_track.KIND:
        return next_track.draw_next_tracks(playlists, seed=options.seed)
    if options.kind == stratified.KIND:
        return stratified.draw_stratified(playlists, seed=options.seed)
    return draw_challenges(
        playlists, seed=options.seed, per_category=options.per_category, keep_repeats=options.keep_repeats
    )


def split_path(corpus: StoredCorpus, options: SplitOptions) -> Path:
    """The file of a corpus's draws; both draws of one seed lie in one file."""
    size = "" if options.per_category is None else f"-{options.per_category}"
    repeats = "-repeats" if options.keep_repeats else ""
    name = f"{corpus.name}-{corpus.fingerprint[:8]}-{options.kind}-seed{options.seed}{size}{repeats}.parquet"
    return data_home() / "splits" / name


def official_task(corpus: StoredCorpus, challenge_file: Path, answers_file: Path | None) -> Task:
    """The task that a challenge file sets; it can be scored only if there is an answers file."""
    playlists = corpus.playlists()
    challenge, challenge_notes = challenge_set.read_incomplete(challenge_file, playlists.catalog)
    clash = np.intersect1d(challenge.pids, playlists.info["pid"].to_numpy())
    if len(clash):
        raise DataError(
            f"{challenge_file}: playlist {clash[0]} is also in corpus {corpus.name!r}"
            f"{f' (as are {len(clash) - 1} more)' if len(clash) > 1 else ''}: its withheld tracks would be known; "
            "take a corpus without the challenge's playlists"
        )
    split: dict[str, Any] = {
        "kind": "file",
        "file": str(challenge_file.resolve()),
        "fingerprint": _challenge_fingerprint(challenge),
    }
    judged: tuple[Challenge, Ragged] | None = None
    answer_notes: tuple[str, ...] = ()
    if answers_file is not None:
        judged_challenge, withheld, answer_notes = challenge_set.read_judged(answers_file, challenge)
        judged = (judged_challenge, withheld)
        split["answers"] = str(answers_file.resolve())
        split["answers_fingerprint"] = str(
            Fingerprint().array(withheld.indptr).texts(_uris(judged_challenge, withheld.values))
        )
    task = Task(playlists, challenge, judged, corpus.identity, split)
    n_unknown = task.n_unknown_seeds
    lacking = (f"{n_unknown} of {len(challenge.seeds.values)} seed entries name tracks that the corpus lacks",)
    notes = (*challenge_notes, *(lacking if n_unknown else ()), *answer_notes)
    return Task(playlists, challenge, judged, task.data, split, notes)


def task_again(data: dict[str, str], split: dict[str, Any]) -> Task:
    """The task that a run's record names.

    Raises:
        DataError: the corpus or a file is gone, or is no longer what it was.
    """
    corpus = store.open_corpus(data["name"])
    if split["kind"] == "file":
        answers = split.get("answers")
        task = official_task(corpus, Path(split["file"]), Path(answers) if answers else None)
    else:
        named = ("draw", "seed", "per_category", "keep_repeats", "kind")
        options = SplitOptions(**{name: split[name] for name in named if name in split})
        task = local_task(corpus, options)
    if (task.data["fingerprint"], task.split["fingerprint"]) != (data["fingerprint"], split["fingerprint"]):
        raise DataError(
            f"corpus {corpus.name!r} or its split is no longer what this run was made on: "
            "name the challenge with --challenge or --data"
        )
    return task


def task_of(folder: Path) -> Task:
    """The task that a run's folder answers.

    Raises:
        DataError: its corpus or challenge is gone, or is no longer what it was.
    """
    record = runs.read_record(folder)
    return task_again(record.data, record.split)


def check_size(task: Task) -> None:
    """Refuse a corpus too small for any submission.

    Raises:
        DataError: some playlist cannot get 500 tracks that are not its seeds.
    """
    known = task.challenge.seeds.keep(task.challenge.seeds.values < task.train.catalog.n_tracks)
    free = task.train.catalog.n_tracks - int(known.lengths.max(initial=0))
    if free < rules.TRACKS_PER_PLAYLIST:
        raise DataError(
            f"corpus {task.data['name']!r} has {task.train.catalog.n_tracks} tracks: too few to recommend "
            f"{rules.TRACKS_PER_PLAYLIST} beside the seeds of every playlist; import more slices"
        )


def without_audio(task: Task) -> Task:
    """The same task, its training set and challenge without audio features."""
    if task.train.catalog.audio is None:
        return task
    train = replace(task.train, catalog=replace(task.train.catalog, audio=None))
    challenge = replace(task.challenge, catalog=replace(task.challenge.catalog, audio=None))
    return replace(task, train=train, challenge=challenge)


def _uris(challenge: Challenge, ids: Any) -> list[str]:
    uris: list[str] = challenge.catalog.tracks["uri"][ids].to_list()
    return uris


def _challenge_fingerprint(challenge: Challenge) -> str:
    digest = Fingerprint().array(challenge.pids).texts(challenge.info["name"].to_list())
    digest.array(challenge.info["num_holdouts"].to_numpy()).array(challenge.seeds.indptr)
    return str(digest.texts(_uris(challenge, challenge.seeds.values)))
