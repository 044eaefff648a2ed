"""Guest: the scorers of LensKit, in the interpreter of an environment that has LensKit."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import harness
from recommenders._bounds import Seed
from recommenders._interactions import interactions
from recommenders.peers.process import PeerProcess, recommended

if TYPE_CHECKING:
    from harness import Challenge, Playlists, Ranked


TEXT = "pipeline_text"
"""Key of the configuration that holds the text of a pipeline file."""

SUFFIXES = (".json", ".yaml", ".yml", ".toml")


@harness.recommender("lenskit", other_params="config")
class LensKitModels:
    """Recommend with a scorer of LensKit in a top-N pipeline, or with a pipeline of the user's own.

    A training playlist is a user, a track is an item, and a distinct track counts once. Every hyper-parameter that is
    not listed below goes to the scorer's configuration, e.g. `max_nbrs=50` for `ItemKNNScorer`; those that are not
    named keep LensKit's defaults, except that `feedback` is `implicit`, since playlists have no ratings. The seeds of
    a playlist to continue are the history of a query. A playlist without a known seed gets an empty list, which the
    harness fills by its fallback.

    A pipeline file is what `Pipeline.config` of LensKit gives, as JSON, YAML or TOML; its components keep the
    configuration that it has, so set `feedback` to `implicit` there. Its content is a part of the run's identity.

    LensKit runs in a process of the interpreter `python`. Cost: that of LensKit, one query at a time.

    Source: Ekstrand, LensKit for Python, https://lenskit.org.
    """

    scorer: str = "lenskit.knn.ItemKNNScorer"
    """Import path of the scorer, e.g. `lenskit.als.ImplicitMFScorer` or `lenskit.knn.EASEScorer`."""
    pipeline: str = ""
    """Path of a pipeline file (.json, .yaml, .toml), instead of `scorer` and its configuration."""
    python: str = ""
    """Interpreter of an environment that has LensKit; empty: the one that runs this."""
    config: dict[str, Any] = dataclasses.field(default_factory=dict)
    """Configuration of the scorer; of a pipeline file, its text."""
    seed: Seed = 0
    """Seed of LensKit's random numbers."""

    def __post_init__(self) -> None:
        """Check the import path, or read the pipeline file; raises ValueError."""
        if self.pipeline and TEXT not in self.config:
            if self.config:
                raise ValueError(f"pipeline={self.pipeline} has the configuration: leave out {', '.join(self.config)}")
            self.config = {TEXT: _text_of(Path(self.pipeline))}
        if not all(map(str.isidentifier, self.scorer.split("."))) or "." not in self.scorer:
            raise ValueError(f"scorer={self.scorer} is no import path, write e.g. lenskit.knn.ItemKNNScorer")

    @property
    def summary(self) -> dict[str, Any]:
        """LensKit's version, the scorer, its process's costs, and the share of playlists that it could not serve."""
        served = {} if self.unserved_ is None else {"share_without_known_seeds": self.unserved_}
        model = {"pipeline": self.pipeline} if self.pipeline else {"scorer": self.scorer}
        return {**model, **self.process_.facts, **served}

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Start the process and train the scorer there."""
        del challenge
        self.unserved_: float | None = None
        self.n_tracks_ = train.catalog.n_tracks
        self.process_ = PeerProcess("lenskit", self.python)
        config = {"scorer": self.scorer, "config": self.config}
        if self.pipeline:
            config = {"pipeline": self.config[TEXT], "suffix": Path(self.pipeline).suffix}
        self.process_.fit(interactions(train.tracks, self.n_tracks_), config, self.seed)

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The scorer's k best tracks that are not seeds."""
        lists, self.unserved_ = recommended(self.process_, challenge, self.n_tracks_, k)
        return lists


def _text_of(path: Path) -> str:
    if path.suffix not in SUFFIXES:
        raise ValueError(f"pipeline={path} is no pipeline file: its name must end in {', '.join(SUFFIXES)}")
    try:
        return path.expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"pipeline={path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
