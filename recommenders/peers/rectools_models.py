"""Guest: models of RecTools, in the interpreter of an environment that has RecTools."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Literal

import harness
from recommenders._bounds import Seed
from recommenders._interactions import interactions
from recommenders.peers.process import PeerProcess, recommended

if TYPE_CHECKING:
    from harness import Challenge, Playlists, Ranked


@harness.recommender("rectools", other_params="config")
class RecToolsModels:
    """Recommend with a model of RecTools, made from its configuration: what a user of RecTools would get.

    A training playlist is a user, a track is an item, and a distinct track counts once. Every hyper-parameter that is
    not listed below goes to the configuration, e.g. `regularization=200` for `EASEModel` or
    `model={"cls": "TFIDFRecommender", "K": 50}` for `ImplicitItemKNNWrapperModel`; those that are not named keep
    RecTools' defaults. The playlists to continue are the users of a second dataset; `PureSVDModel` projects their seeds
    onto its factors, which is what it has for a training playlist. A playlist without a known seed gets an empty list,
    which the harness fills by its fallback.

    RecTools runs in a process of the interpreter `python`. Cost: that of RecTools; `EASEModel` holds several dense
    matrices of n_tracks squared.

    Source: MTS, RecTools, https://github.com/MobileTeleSystems/RecTools.
    """

    cls: Literal["EASEModel", "PureSVDModel", "ImplicitItemKNNWrapperModel"] = "EASEModel"
    """Class of the model; other classes of RecTools have nothing for a playlist that is not in the training set."""
    python: str = ""
    """Interpreter of an environment that has RecTools; empty: the one that runs this."""
    config: dict[str, Any] = dataclasses.field(default_factory=dict)
    """The rest of the model's configuration."""
    seed: Seed = 0
    """`random_state` of `PureSVDModel`."""

    @property
    def summary(self) -> dict[str, Any]:
        """RecTools' version, the model, its process's costs, and the share of playlists that it could not serve."""
        served = {} if self.unserved_ is None else {"share_without_known_seeds": self.unserved_}
        return {"model": self.cls, **self.process_.facts, **served}

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Start the process and fit the model there."""
        del challenge
        self.unserved_: float | None = None
        self.n_tracks_ = train.catalog.n_tracks
        self.process_ = PeerProcess("rectools", self.python)
        config = {"cls": self.cls, "config": self.config}
        self.process_.fit(interactions(train.tracks, self.n_tracks_), config, self.seed)

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The model's k best tracks that are not seeds."""
        lists, self.unserved_ = recommended(self.process_, challenge, self.n_tracks_, k)
        return lists
