"""Members of a blend: created, fitted and queried together."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

import harness
from recommenders._item_weights import HasItemWeights
from recommenders._visible_parts import with_visible_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from harness import Challenge, Playlists, Ragged, Ranked

    Preparation = Callable[[], object]

SEEN, LISTS = "seen.npy", "lists.npz"


class Members:
    """Recommenders by alias, in the order of their names.

    Attributes:
        models: alias -> recommender.
        seen: pids of the playlists on which they were fitted, rising.
    """

    def __init__(
        self, named: Sequence[str], params: Mapping[str, Mapping[str, Any]], seed: int, *, visible: bool
    ) -> None:
        """Create the members, without fitting them.

        Args:
            named: `name`, or `alias=name` for a file or a recommender that is used twice.
            params: alias -> hyper-parameters.
            seed: for members that have a seed, unless their hyper-parameters have another.
            visible: fit them on the visible parts of the challenge too.

        Raises:
            RegistryError: a member is unknown.
            ParameterError: there is no member, an alias is repeated, or a hyper-parameter is unknown or invalid.
        """
        names = dict(_alias_and_name(text) for text in named)
        if not names or len(names) < len(named):
            raise harness.ParameterError(
                f"members={json.dumps(list(named))}: name at least one member, and a repeated one as alias=name"
            )
        for alias in params:
            if alias not in names:
                raise harness.ParameterError(f"there is no member {alias!r}; there are {', '.join(names)}")
        self.models = {alias: harness.create(name, params.get(alias), seed) for alias, name in names.items()}
        self.visible = visible
        self._described = {
            alias: json.dumps([name, params.get(alias), seed, visible], sort_keys=True, default=str)
            for alias, name in names.items()
        }
        self.seen: NDArray[np.int64] = np.empty(0, np.int64)

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Fit the members in turn, with a checkpoint for each."""
        fitted_on = self._fitted_on(train, challenge)
        for alias in self.models:
            self._fit_member(alias, fitted_on, challenge)

    def preparations(self, label: str, train: Playlists, challenge: Challenge, k: int = 0) -> dict[str, Preparation]:
        """Independent parts of `fit`, and of `lists` if k is positive, by name.

        Args:
            label: begins the names.
            train: training set of `fit`.
            challenge: challenge of `fit`.
            k: length of the lists for this challenge; 0 for none.
        """
        kept = [alias for alias, model in self.models.items() if harness.can_be_kept(model)]
        return {
            f"{label}-{re.sub('[^0-9A-Za-z_-]', '-', alias)}": partial(self._prepare, alias, train, challenge, k)
            for alias in kept
        }

    def _prepare(self, alias: str, train: Playlists, challenge: Challenge, k: int) -> None:
        self._fit_member(alias, self._fitted_on(train, challenge), challenge)
        if k:
            self._lists_of(alias, challenge, k)

    def _fitted_on(self, train: Playlists, challenge: Challenge) -> Playlists:
        """The playlists on which members are fitted; sets `seen`."""
        self.seen = np.sort(train.info["pid"].to_numpy())
        return with_visible_parts(train, challenge) if self.visible else train

    def _fit_member(self, alias: str, train: Playlists, challenge: Challenge) -> None:
        """Fit one member, with a checkpoint if its model can be saved."""
        model = self.models[alias]
        with harness.kit.step(f"fit {alias}"):
            if harness.can_be_kept(model):
                harness.kit.part(
                    f"{self._number(alias)}-fitted",
                    (self._described[alias], self.seen, challenge.pids),
                    partial(model.fit, train, challenge),
                    partial(_save, model),
                    model.load,
                )
            else:
                model.fit(train, challenge)

    def refuse_seen(self, challenge: Challenge) -> None:
        """Refuse to train on playlists on which the members were fitted: they have seen the withheld tracks.

        Raises:
            ContractError: the members were fitted on one of the playlists.
        """
        seen = np.intersect1d(self.seen, challenge.pids)
        if len(seen):
            raise harness.ContractError(
                f"members were fitted on playlist {seen[0]}{f' and {len(seen) - 1} more' if len(seen) > 1 else ''} of "
                "the inner draw: its withheld tracks have leaked; fit the members on the inner training set"
            )

    def lists(self, challenge: Challenge, k: int) -> list[Ranked]:
        """Lists of k tracks by each member, with a checkpoint for each."""
        return [self._lists_of(alias, challenge, k) for alias in self.models]

    def _lists_of(self, alias: str, challenge: Challenge, k: int) -> Ranked:
        with harness.kit.step(f"recommend {alias}"):
            return harness.kit.part(
                f"{self._number(alias)}-lists",
                (self._described[alias], self.seen, challenge.pids, np.array(k)),
                partial(self.models[alias].recommend, challenge, k),
                _save_lists,
                _load_lists,
            )

    def _number(self, alias: str) -> int:
        return list(self.models).index(alias)

    def score_by(self, alias: str, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """Scores of the candidates by one member, (total,); NaN if it does not implement `score`."""
        model = self.models[alias]
        if not isinstance(model, harness.ScoresCandidates):
            return np.full(len(candidates.values), np.nan, np.float32)
        return model.score(challenge, candidates)

    def item_weights(self) -> csr_array | None:
        """Weights between tracks, (n_tracks, n_tracks), of the first member that is an item model; None without one."""
        models = [model for model in self.models.values() if isinstance(model, HasItemWeights)]
        return models[0].item_weights() if models else None

    def save(self, folder: Path) -> None:
        """Save each member in a separate folder; all are persistent."""
        for number, model in enumerate(self.models.values()):
            (folder / str(number)).mkdir()
            if isinstance(model, harness.Persistent):
                model.save(folder / str(number))
        np.save(folder / SEEN, self.seen, allow_pickle=False)

    def load(self, folder: Path) -> None:
        """Load them."""
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
