"""The recommenders that a blend is made of: made, fitted and asked together."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

import harness

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from harness import Challenge, Playlists, Ragged, Ranked

SEEN, LISTS = "seen.npy", "lists.npz"


class Members:
    """Recommenders by alias, in the order in which they are named.

    Attributes:
        models: alias -> recommender.
        seen: pids of the playlists that they were fitted on, rising.
    """

    def __init__(self, named: Sequence[str], params: Mapping[str, Mapping[str, Any]], seed: int) -> None:
        """Make each member; nothing is fitted yet.

        Args:
            named: `name`, or `alias=name` where a recommender is taken twice or is a file.
            params: alias -> hyper-parameters.
            seed: for members that have one, unless their hyper-parameters name another.

        Raises:
            RegistryError: a member is unknown.
            ParameterError: no or twice the same alias, parameters of nobody, or such as do not fit.
        """
        names = dict(_alias_and_name(text) for text in named)
        if not names or len(names) < len(named):
            raise harness.ParameterError(
                f"members={json.dumps(list(named))}: name one at least, and the same one twice as alias=name"
            )
        for alias in params:
            if alias not in names:
                raise harness.ParameterError(f"there is no member {alias!r}; there are {', '.join(names)}")
        self.models = {alias: harness.create(name, params.get(alias), seed) for alias, name in names.items()}
        self._told_by = {
            alias: json.dumps([name, params.get(alias), seed], sort_keys=True, default=str)
            for alias, name in names.items()
        }
        self.seen: NDArray[np.int64] = np.empty(0, np.int64)

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Fit one after the other; each is a part of its own."""
        self.seen = np.sort(train.info["pid"].to_numpy())
        for number, (alias, model) in enumerate(self.models.items()):
            with harness.step(f"fit {alias}"):
                if harness.can_be_kept(model):
                    harness.part(
                        f"{number}-fitted",
                        (self._told_by[alias], self.seen, challenge.pids),
                        partial(model.fit, train, challenge),
                        partial(_save, model),
                        model.load,
                    )
                else:
                    model.fit(train, challenge)

    def refuse_seen(self, challenge: Challenge) -> None:
        """Refuse to learn from playlists that the members were fitted on: they would know what was withheld.

        Raises:
            ContractError: names one of them.
        """
        seen = np.intersect1d(self.seen, challenge.pids)
        if len(seen):
            raise harness.ContractError(
                f"members were fitted on playlist {seen[0]}{f' and {len(seen) - 1} more' if len(seen) > 1 else ''} of "
                "the draw that is to be learnt from: what it withholds has leaked; fit them on its training set"
            )

    def lists(self, challenge: Challenge, k: int) -> list[Ranked]:
        """The k best tracks by each member; each member's lists are a part of their own."""
        lists = []
        for number, (alias, model) in enumerate(self.models.items()):
            with harness.step(f"recommend {alias}"):
                told = harness.part(
                    f"{number}-lists",
                    (self._told_by[alias], self.seen, challenge.pids, np.array(k)),
                    partial(model.recommend, challenge, k),
                    _save_lists,
                    _load_lists,
                )
                lists.append(told)
        return lists

    def score_by(self, alias: str, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """One member's scores of the candidates, (total,); NaN if it scores no given candidates."""
        model = self.models[alias]
        if not isinstance(model, harness.ScoresCandidates):
            return np.full(len(candidates.values), np.nan, np.float32)
        return model.score(challenge, candidates)

    def save(self, folder: Path) -> None:
        """Keep each member in a folder of its own; all can be kept."""
        for number, model in enumerate(self.models.values()):
            (folder / str(number)).mkdir()
            if isinstance(model, harness.Persistent):
                model.save(folder / str(number))
        np.save(folder / SEEN, self.seen, allow_pickle=False)

    def load(self, folder: Path) -> None:
        """Read them back."""
        for number, model in enumerate(self.models.values()):
            if isinstance(model, harness.Persistent):
                model.load(folder / str(number))
        self.seen = np.load(folder / SEEN)


def _save(model: harness.Persistent, _: None, folder: Path) -> None:
    model.save(folder)


def _save_lists(lists: Ranked, folder: Path) -> None:
    np.savez(folder / LISTS, allow_pickle=False, tracks=lists.tracks, scores=lists.scores)


def _load_lists(folder: Path) -> Ranked:
    with np.load(folder / LISTS) as arrays:
        return harness.Ranked(arrays["tracks"], arrays["scores"])


def _alias_and_name(text: str) -> tuple[str, str]:
    alias, equals, name = text.partition("=")
    return (alias, name) if equals else (text, text)
