from . import kit, plot
from .data.engineered import ENGINEERED, FeatureSpace
from .data.readers import reader
from .engines.engine import engine, engine_class
from .errors import ContractError, DataError, HarnessError, ParameterError, RegistryError, SubmissionError
from .identities import Holdout
from .interfaces import HasSummary, HasTrackVectors, HasTraining, Persistent, Recommender, ScoresCandidates
from .metrics.catalogue import default_metrics
from .metrics.evaluation import Evaluation, evaluate_lists
from .metrics.metric import Metric, metric
from .plugin_parameters import Bounds
from .ragged import Ragged
from .registry import can_be_kept, create, recommender
from .report.entries import Leaderboards, leaderboard
from .report.run_comparison import compare
from .report.terminal import show
from .run.opened import Run, evaluate, open_run
from .run.options import Options
from .run.several import Outcome, evaluate_all
from .splits.draw_like import draw_folds, draw_like
from .splits.holdouts import Holdouts, LocalChallenge
from .splits.plugins import split
from .task.split_options import SplitOptions
from .task.tasks import Task, open_task
from .types import Catalog, Challenge, Playlists, Ranked, Split

__all__ = [
    "ENGINEERED",
    "Bounds",
    "Catalog",
    "Challenge",
    "ContractError",
    "DataError",
    "Evaluation",
    "FeatureSpace",
    "HarnessError",
    "HasSummary",
    "HasTrackVectors",
    "HasTraining",
    "Holdout",
    "Holdouts",
    "Leaderboards",
    "LocalChallenge",
    "Metric",
    "Options",
    "Outcome",
    "ParameterError",
    "Persistent",
    "Playlists",
    "Ragged",
    "Ranked",
    "Recommender",
    "RegistryError",
    "Run",
    "ScoresCandidates",
    "Split",
    "SplitOptions",
    "SubmissionError",
    "Task",
    "can_be_kept",
    "compare",
    "create",
    "default_metrics",
    "draw_folds",
    "draw_like",
    "engine",
    "engine_class",
    "evaluate",
    "evaluate_all",
    "evaluate_lists",
    "kit",
    "leaderboard",
    "metric",
    "open_run",
    "open_task",
    "plot",
    "reader",
    "recommender",
    "show",
    "split",
]
