from .data.engineered import ENGINEERED, FeatureSpace
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
from .randomness import generator, hashes
from .rank.asked import NearestPlaylists, SimilarTracks
from .rank.expansion import expand
from .rank.fusion import (
    Candidates,
    Joined,
    fuse,
    join,
    reciprocal_ranks,
    standardised,
)
from .rank.index import PlaylistIndex
from .rank.products import best_products, product_scores, seeds_with_vectors
from .rank.seeds import in_random_order, is_member, without_seeds
from .rank.sums import best_sums, sums_of
from .rank.top_k import top_k
from .rank.walk import walk_scores, walk_top
from .registry import create, recommender
from .report.terminal import show
from .resume import part, scratch
from .run.entries import leaderboard
from .run.pipeline import Options, evaluate
from .run.split_options import SplitOptions
from .run.task import Task, open_task
from .score.judged import judge
from .score.metrics import DEFAULT_METRICS
from .split.draw_like import draw_folds, draw_like
from .split.seed_order import order_of
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
    can_be_kept,
)

__all__ = [
    "DEFAULT_METRICS",
    "ENGINEERED",
    "Bar",
    "Candidates",
    "Catalog",
    "Challenge",
    "ContractError",
    "DataError",
    "FeatureSpace",
    "HarnessError",
    "Joined",
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
    "SimilarTracks",
    "Split",
    "SplitOptions",
    "SubmissionError",
    "Task",
    "best_products",
    "best_sums",
    "can_be_kept",
    "create",
    "draw_folds",
    "draw_like",
    "evaluate",
    "expand",
    "fuse",
    "generator",
    "hashes",
    "in_blocks",
    "in_random_order",
    "is_member",
    "join",
    "judge",
    "leaderboard",
    "n_threads",
    "normalise",
    "open_task",
    "order_of",
    "part",
    "product_scores",
    "reciprocal_ranks",
    "recommender",
    "scratch",
    "seeds_with_vectors",
    "show",
    "standardised",
    "step",
    "sums_of",
    "title_key",
    "top_k",
    "track",
    "walk_scores",
    "walk_top",
    "without_seeds",
]
