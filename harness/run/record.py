"""Record of a run: the content of `run.json`, with its JSON Schema."""

from __future__ import annotations

from typing import Any

import msgspec

from harness.costs import Cost
from harness.identities import ChallengeId, CorpusId
from harness.machine import Machine
from harness.metrics.metric import full_definition
from harness.notebook import Shown
from harness.plugins import NAME
from harness.run.training import Training
from harness.submission.header import ContestTrack, SubmissionForm, Team

FORMAT = 5

MAX_COST = 2.0**63
"""Upper bound of a valid cost."""


class SubmissionHeader(msgspec.Struct, frozen=True, kw_only=True):
    """Format and sender in the first line of a submission.

    Attributes:
        form: format of the file.
        team: name of the team.
        email: its address.
        track: track of the contest; written only in the format of 2018.
    """

    form: SubmissionForm
    team: str
    email: str
    track: ContestTrack

    @classmethod
    def of(cls, form: SubmissionForm, sender: Team) -> SubmissionHeader:
        """The header of this format with this sender."""
        return cls(form=form, team=sender.name, email=sender.email, track=sender.written_track)

    @property
    def sender(self) -> Team:
        """Team and address, and the track if the format has it.

        Raises:
            ParameterError: a field cannot be written in a first line.
        """
        return Team(self.team, self.email, self.track if self.form == SubmissionForm.contest_2018 else None)


class RunRecord(Shown, msgspec.Struct, frozen=True, kw_only=True):
    """Identity, costs and results of a run: the content of `run.json`.

    Attributes:
        format: number of this layout.
        run: name of the folder: recommender and key.
        key: digest of everything that can change the lists.
        recommender: registered name.
        plugin: name or `path/to/file.py:Class` that finds the recommender again; empty in records of older versions, as
            are `sources` and `n_entries`.
        params: all hyper-parameters of the recommender.
        started: time at which the lists were started or resumed; UTC, ISO 8601.
        machine: machine on which the costs were measured.
        command: command line that made the lists.
        versions: versions of the imported packages, and of Python without its patch number.
        source_hash: digest of the source files that can change the lists.
        sources: module -> short fingerprint of its source, of the same files.
        seed: seed of the run's options; 0 for a recommender without a hyper-parameter `seed`.
        deterministic: whether a second run gives equal lists.
        corpus: name and fingerprint of the corpus.
        audio_fingerprint: of the audio features if lists or metric values depend on them, else empty.
        challenge: identity of the challenge, sufficient to make it again.
        n_playlists: playlists of the challenge.
        n_entries: entries of the training playlists.
        n_unknown_seeds: seeds that no training playlist has.
        stages: costs of each stage, memory above the process before fit; `compile` is the compilation of kernels,
            which no other stage includes.
        share_filled: share of the submission's tracks that come from the fallback.
        lists_digest: SHA-256 of `lists.npy`; runs of one challenge with equal digests have equal lists.
        definitions: metric -> its definition; empty if the withheld tracks are unknown.
        metric_sources: metric of a plug-in -> short fingerprint of the sources that computed its values; empty in
            records of older versions.
        means: metric -> its mean, for readers, without metrics of a group that has no playlist; leaderboards are
            computed from `values.parquet`.
        submission: format and fields of the submission's first line.
        measured: process in which the costs of fit and recommend were measured.
        audit: lines of the leak audit.
        learnt: facts about the fitted model that the recommender reports, e.g. the weights of a blend.
        training: layers and learning curves of the recommender's network, if it has one.
    """

    format: int
    run: str
    key: str
    recommender: str
    params: dict[str, Any]
    started: str
    machine: Machine
    command: str
    versions: dict[str, str]
    source_hash: str
    seed: int
    deterministic: bool
    corpus: CorpusId
    audio_fingerprint: str
    challenge: ChallengeId
    n_playlists: int
    n_unknown_seeds: int
    stages: dict[str, Cost]
    share_filled: float
    lists_digest: str
    definitions: dict[str, str]
    means: dict[str, float]
    submission: SubmissionHeader
    measured: str
    audit: list[str]
    learnt: dict[str, Any]
    training: Training | None = None
    plugin: str = ""
    sources: dict[str, str] = {}
    n_entries: int = 0
    metric_sources: dict[str, str] = {}

    def __post_init__(self) -> None:
        """Check what the types cannot express; msgspec reports the ValueError as a damaged record."""
        if not NAME.fullmatch(self.recommender):
            raise ValueError(f"invalid name of a recommender: {ascii(self.recommender)[:80]}")
        for stage, cost in self.stages.items():
            numbers = (cost.wall_seconds, cost.cpu_seconds, cost.peak_memory_bytes)
            if not all(0 <= number < MAX_COST for number in numbers):
                raise ValueError(f"a cost of stage {ascii(stage)[:80]} is out of range")

    def facts(self) -> dict[str, Any]:
        """Names of run, corpus and challenge, and the mean of each metric."""
        return {"run": self.run, "corpus": self.corpus.name, "challenge": self.challenge.label} | self.means

    @property
    def location(self) -> str:
        """Text by which `harness.create` finds the recommender again: a registered name, or that of its file."""
        return self.plugin or self.recommender

    @property
    def full_definitions(self) -> dict[str, str]:
        """Metric -> its definition, and the fingerprint of its source if it is a plug-in's."""
        return {
            name: full_definition(definition, self.metric_sources.get(name, ""))
            for name, definition in self.definitions.items()
        }

    def seconds(self, *stages: str) -> float:
        """Wall seconds of these stages together; a stage that did not run counts 0."""
        return sum(self.stages[stage].wall_seconds for stage in stages if stage in self.stages)

    def peak_memory_bytes(self, *stages: str) -> int | None:
        """Highest memory of these stages; None if none of them ran."""
        return max((self.stages[stage].peak_memory_bytes for stage in stages if stage in self.stages), default=None)


def record_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of `run.json`."""
    schema = msgspec.json.schema(RunRecord)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "run.json", **schema}
