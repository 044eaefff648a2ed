from .checkpoints import part, scratch
from .data.engineered import ENGINEERED, FeatureSpace
from .errors import (
    ContractError,
    DataError,
    HarnessError,
    ParameterError,
    RegistryError,
    SubmissionError,
)
from .identities import ChallengeFile, CorpusId, Holdout, LocalSplit
from .kit.expansion import expand
from .kit.fusion import (
    Candidates,
    Joined,
    fuse,
    join,
    reciprocal_ranks,
    standardised,
)
from .kit.inner_products import inner_product_scores, seeds_with_vectors, top_inner_products
from .kit.neighbours import neighbour_scores, neighbour_top_k
from .kit.playlist_index import PlaylistIndex
from .kit.queries import NearestPlaylists, SimilarTracks
from .kit.seed_order import order_of
from .kit.seeds import in_random_order, is_member, without_seeds
from .kit.sparse_products import sparse_scores, sparse_top_k
from .kit.top_k import top_k
from .metrics.catalogue import default_metrics
from .metrics.evaluation import Evaluation, evaluate_lists
from .metrics.metric import Metric, metric
from .parallel import in_blocks, n_threads
from .plugin_parameters import Bounds
from .progress import Bar, step, track
from .randomness import generator, hashes
from .registry import can_be_kept, create, recommender
from .report.entries import leaderboard
from .report.terminal import show
from .run.pipeline import Options, evaluate
from .splits.draw_like import draw_folds, draw_like
from .splits.holdouts import Holdouts, LocalChallenge
from .splits.plugins import split
from .task.split_options import SplitOptions
from .task.tasks import Task, open_task
from .titles import normalise, title_key
from .types import (
    Catalog,
    Challenge,
    HasSummary,
    Persistent,
    Playlists,
    Ragged,
    Ranked,
    Recommender,
    ScoresCandidates,
    Split,
)

__all__ = [
    "ENGINEERED",
    "Bar",
    "Bounds",
    "Candidates",
    "Catalog",
    "Challenge",
    "ChallengeFile",
    "ContractError",
    "CorpusId",
    "DataError",
    "Evaluation",
    "FeatureSpace",
    "HarnessError",
    "HasSummary",
    "Holdout",
    "Holdouts",
    "Joined",
    "LocalChallenge",
    "LocalSplit",
    "Metric",
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
    "ScoresCandidates",
    "SimilarTracks",
    "Split",
    "SplitOptions",
    "SubmissionError",
    "Task",
    "can_be_kept",
    "create",
    "default_metrics",
    "draw_folds",
    "draw_like",
    "evaluate",
    "evaluate_lists",
    "expand",
    "fuse",
    "generator",
    "hashes",
    "in_blocks",
    "in_random_order",
    "inner_product_scores",
    "is_member",
    "join",
    "leaderboard",
    "metric",
    "n_threads",
    "neighbour_scores",
    "neighbour_top_k",
    "normalise",
    "open_task",
    "order_of",
    "part",
    "reciprocal_ranks",
    "recommender",
    "scratch",
    "seeds_with_vectors",
    "show",
    "sparse_scores",
    "sparse_top_k",
    "split",
    "standardised",
    "step",
    "title_key",
    "top_inner_products",
    "top_k",
    "track",
    "without_seeds",
]
