from .errors import (
    ContractError,
    DataError,
    HarnessError,
    ParameterError,
    RegistryError,
    SubmissionError,
)
from .parallel import in_blocks, n_threads
from .progress import Bar, step, track
from .randomness import generator
from .rank.asked import NearestPlaylists, SeedLists, SimilarTracks
from .rank.index import PlaylistIndex
from .rank.products import best_products, product_scores, seeds_with_vectors
from .rank.seeds import in_random_order, without_seeds
from .rank.top_k import top_k
from .rank.walk import walk_scores, walk_top
from .registry import create, recommender
from .report.terminal import show
from .run.entries import leaderboard
from .run.pipeline import Options, evaluate
from .run.task import SplitOptions, Task, open_task
from .split.draw_like import draw_like
from .titles import normalise, title_key
from .types import (
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
    "Bar",
    "Catalog",
    "Challenge",
    "ContractError",
    "DataError",
    "HarnessError",
    "NearestPlaylists",
    "Options",
    "ParameterError",
    "Persistent",
    "PlaylistIndex",
    "Playlists",
    "Ragged",
    "Ranked",
    "Recommender",
    "RegistryError",
    "Scores",
    "SeedLists",
    "SimilarTracks",
    "Split",
    "SplitOptions",
    "SubmissionError",
    "Task",
    "best_products",
    "create",
    "draw_like",
    "evaluate",
    "generator",
    "in_blocks",
    "in_random_order",
    "leaderboard",
    "n_threads",
    "normalise",
    "open_task",
    "product_scores",
    "recommender",
    "seeds_with_vectors",
    "show",
    "step",
    "title_key",
    "top_k",
    "track",
    "walk_scores",
    "walk_top",
    "without_seeds",
]
