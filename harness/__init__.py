"""The public API: the only names that a recommender or a user's script imports."""

from harness.errors import (
    ContractError,
    DataError,
    HarnessError,
    ParameterError,
    RegistryError,
    SubmissionError,
)
from harness.progress import track
from harness.randomness import generator
from harness.rank.seeds import without_seeds
from harness.rank.top_k import top_k
from harness.registry import create, recommender
from harness.titles import normalise
from harness.types import (
    Catalog,
    Challenge,
    Persistent,
    Playlists,
    Ragged,
    Ranked,
    Recommender,
    Scores,
    Split,
)

__all__ = [
    "Catalog",
    "Challenge",
    "ContractError",
    "DataError",
    "HarnessError",
    "ParameterError",
    "Persistent",
    "Playlists",
    "Ragged",
    "Ranked",
    "Recommender",
    "RegistryError",
    "Scores",
    "Split",
    "SubmissionError",
    "create",
    "generator",
    "normalise",
    "recommender",
    "top_k",
    "track",
    "without_seeds",
]
