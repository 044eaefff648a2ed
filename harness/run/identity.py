"""Identity of a run before it starts, and the process that made its lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from harness import plugin_parameters, registry
from harness.data.layout import audio_fingerprint
from harness.errors import ParameterError
from harness.machine import Machine, command_line, this_machine
from harness.plugin_errors import described
from harness.run.key import key_content, list_closure, run_key, versions

if TYPE_CHECKING:
    from harness.interfaces import Recommender
    from harness.task.tasks import Task


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """What determines a run's lists, with the key made from it; see `RunRecord` for the fields.

    Attributes:
        audio_fingerprint: of the audio features that the lists depend on; empty if they depend on none.
    """

    run: str
    key: str
    recommender: str
    plugin: str
    params: dict[str, Any]
    seed: int
    versions: dict[str, str]
    source_hash: str
    sources: dict[str, str]
    deterministic: bool
    audio_fingerprint: str


@dataclass(frozen=True, slots=True)
class Origin:
    """When, where and by which command lists were made; see `RunRecord`."""

    started: str
    machine: Machine
    command: str

    @classmethod
    def of_this_process(cls) -> Origin:
        """Now, here, by this process."""
        return cls(datetime.now(UTC).isoformat(timespec="seconds"), this_machine(), command_line())


def run_identity(task: Task, recommender: Recommender) -> RunIdentity:
    """Identity of the run of a recommender that is not fitted yet; a seed is part of the key as a hyper-parameter.

    Raises:
        ParameterError: a hyper-parameter cannot be written as JSON.
    """
    name = registry.traits(recommender).name
    closure = list_closure(recommender)
    audio = audio_fingerprint(task.train.catalog) if registry.uses_audio(recommender) else ""
    content = key_content(
        name,
        _params(recommender),
        closure.source_hash,
        versions(closure),
        task.corpus.fingerprint,
        task.challenge_id.fingerprint,
        audio,
    )
    key = run_key(content)
    return RunIdentity(
        run=f"{name}-{key}",
        key=key,
        recommender=name,
        plugin=registry.location(recommender),
        params=content["params"],
        seed=_seed(content["params"]),
        versions=content["versions"],
        source_hash=closure.source_hash,
        sources=closure.digests,
        deterministic=registry.is_deterministic(recommender),
        audio_fingerprint=audio,
    )


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


def _seed(params: dict[str, Any]) -> int:
    seed = params.get("seed", 0)
    return seed if isinstance(seed, int) else 0
