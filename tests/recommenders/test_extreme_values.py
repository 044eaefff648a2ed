"""Extreme hyper-parameters of every recommender: one line of error, or valid lists within a time limit."""

import math
import signal
from contextlib import contextmanager

import numpy as np
import pytest

from harness import plugin_parameters, registry
from harness.errors import HarnessError, ParameterError
from harness.identities import Holdout
from harness.run.contract import check
from harness.splits.challenge import ChallengeSplit
from harness.synthetic import Model, generate

EXTREMES = (-1, 0, 1, 1e-9, 10**9, 10**30, math.nan, math.inf, "x", "-5")
SECONDS, WAITING = 60, 900
"""Limits of processor time and of elapsed time: a busy machine is slow, and a deadlock uses no processor."""

K = 20

SMALL = {
    "als": {"factors": 4, "iterations": 1},
    "audio-clusters": {},
    "blend": {"members": ["popularity", "title"], "playlists": 30},
    "co-occurrence": {},
    "item-knn": {},
    "mean-variance": {"factors": 4, "epochs": 1},
    "neumf": {"factors": 4, "mlp_factors": 4, "layers": [4, 2], "epochs": 1},
    "playlist-knn": {},
    "popularity": {},
    "slim": {"neighbours": 5},
    "title": {},
    "two-stage": {"first": "blend", "member_params": {"blend": {"members": ["title"]}}, "rounds": 2, "min_rows": 5},
    "word2vec": {"vector_size": 4, "epochs": 1, "min_count": 1},
}
QUICK = {"title"}

NUMBERS = [
    pytest.param(name, parameter.name, id=f"{name}-{parameter.name}", marks=[] if name in QUICK else pytest.mark.slow)
    for name in sorted(registry.names())
    for parameter in plugin_parameters.parameters(registry.find(name))
    if parameter.type.startswith(("int", "float"))
]


@pytest.fixture(scope="module")
def tiny():
    corpus = generate(120, seed=1, model=Model.small())
    return ChallengeSplit(per_category=1).cut(corpus, 0).split_of(corpus, Holdout.validation)


@contextmanager
def time_limit(what):
    def stop(*_):
        raise TimeoutError(f"{what} ran for {SECONDS} s of processor time or {WAITING} s")

    timers = {signal.ITIMER_PROF: (signal.SIGPROF, SECONDS), signal.ITIMER_REAL: (signal.SIGALRM, WAITING)}
    previous = {sent: signal.signal(sent, stop) for sent, _ in timers.values()}
    for timer, (_, seconds) in timers.items():
        signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        for timer in timers:
            signal.setitimer(timer, 0)
        for sent, handler in previous.items():
            signal.signal(sent, handler)


@pytest.mark.parametrize(("name", "parameter"), NUMBERS)
def test_an_extreme_value_gives_one_line_or_valid_lists(name, parameter, tiny):
    for value in EXTREMES:
        with time_limit(f"{name} {parameter}={value}"):
            try:
                model = registry.create(name, SMALL.get(name, {}) | {parameter: value})
                model.fit(tiny.train, tiny.challenge)
                ranked = model.recommend(tiny.challenge, K)
            except HarnessError as error:
                lines = str(error).splitlines()
            else:
                checked = check(ranked, tiny.challenge, tiny.train.catalog.n_tracks, K, name)
                assert np.isfinite(checked.scores[checked.tracks >= 0]).all(), f"{parameter}={value}"
                continue
        assert len(lines) == 1, f"{parameter}={value}"


def test_the_square_of_slim_s_neighbours_is_bounded():
    with pytest.raises(ParameterError, match=r"neighbours=1000000000 does not fit, int, 1 to 5000 is needed"):
        registry.create("slim", {"neighbours": 10**9})


@pytest.mark.parametrize("name", sorted(registry.names()))
@pytest.mark.parametrize("value", [math.nan, math.inf, "x", 10**30])
def test_values_without_a_meaning_are_refused_for_every_number(name, value):
    for parameter in plugin_parameters.parameters(registry.find(name)):
        if parameter.type.startswith(("int", "float")):
            with pytest.raises(ParameterError, match=rf"{parameter.name}=.* is needed"):
                registry.create(name, {parameter.name: value})


@pytest.mark.parametrize("name", sorted(registry.names()))
def test_every_number_states_its_bounds(name):
    unbounded = [
        parameter.name
        for parameter in plugin_parameters.parameters(registry.find(name))
        if parameter.type.startswith(("int", "float")) and "," not in parameter.type
    ]
    assert unbounded == []
