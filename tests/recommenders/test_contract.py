"""Contract of every registered recommender; a new one is tested by its entry point alone."""

import dataclasses
import json
import os
import re
import subprocess
import sys
import zipfile
from functools import cache

import numpy as np
import polars as pl
import pytest

from harness import plugin_parameters, registry
from harness.data import store
from harness.fingerprint import Fingerprint
from harness.interfaces import HasTrackVectors, ScoresCandidates
from harness.metrics.evaluation import evaluate_lists
from harness.metrics.r_precision import r_precision
from harness.ragged import NO_ID, Ragged
from harness.run.contract import check
from harness.run.similar_tracks import by_vectors
from harness.types import Catalog, Challenge, Playlists

FEW = {"slim.neighbours": 20, "slim.max_targets": 3_000, "als.factors": 16, "als.iterations": 5}

PARAMS = {
    "als": {"factors": 32, "iterations": 5},
    "implicit": {"K": 200},
    "mean-variance": {"factors": 16, "batch": 32, "learning_rate": 0.005},
    "neumf": {"factors": 16, "mlp_factors": 8, "layers": [8, 4], "batch": 32, "learning_rate": 0.01},
    "blend": {**FEW, "playlists": 60},
    "slim": {"neighbours": 20, "max_targets": 3_000},
    "two-stage": {
        **{f"blend.{key}": value for key, value in FEW.items()},
        "blend.playlists": 60,
        "playlists": 60,
        "candidates": 600,
        "rounds": 20,
        "min_rows": 20,
        "threads": 1,
    },
    "word2vec": {"vector_size": 16, "window": 10, "epochs": 8, "sample": 0},
}
"""Recommender -> hyper-parameters that suit a few hundred playlists, where its defaults are meant for more."""

SAME_FOR_ALL = {"popularity"}
"""Those that give every playlist one list, by design."""

NOT_COLLABORATIVE = {"popularity", "title"}
"""Those that learn nothing from which tracks stand together."""

K = 500
UNHEARD = "zqx unheard jvk"


def create(name):
    return registry.create(name, PARAMS.get(name, {}))


OTHER_INTERPRETER = {"lenskit", "rectools"}
"""Those whose library is not among the requirements of the tests; test_peers.py has their contract."""


@pytest.fixture(scope="module", params=sorted(set(registry.names()) - OTHER_INTERPRETER))
def name(request):
    return request.param


@pytest.fixture(scope="module")
def model(name, split):
    """The recommender, fitted on the small corpus."""
    made = create(name)
    made.fit(split.train, split.challenge)
    return made


@pytest.fixture(scope="module")
def lists(model, split):
    """What it answers there."""
    return model.recommend(split.challenge, K)


def answered(model, challenge, train, k=K):
    """The lists, after every rule was checked."""
    name = registry.traits(model).name
    ranked = check(model.recommend(challenge, k), challenge, train.catalog.n_tracks, k, name)
    held = ranked.tracks[:, 1:] != NO_ID
    assert (ranked.scores[:, 1:] <= ranked.scores[:, :-1])[held].all(), "best first"
    return ranked


def changed(challenge, name="as it is", seeds=None):
    """The challenge with one title for all playlists, or with other seeds."""
    info = challenge.info
    if name != "as it is":
        info = info.with_columns(name=pl.lit(name, pl.String))
    return Challenge(info, challenge.seeds if seeds is None else seeds, challenge.catalog)


def with_unknown_tracks(challenge, only):
    """The challenge with a seed that no training playlist can hold, beside the others or alone."""
    old = challenge.catalog
    new = pl.DataFrame({"uri": ["spotify:track:unknown"], "name": ["unknown"]})
    longer = [
        np.append(each, np.int32(value))
        for each, value in zip((old.artist_of, old.album_of, old.duration_ms), (NO_ID, NO_ID, 0), strict=True)
    ]
    catalog = Catalog(pl.concat([old.tracks, new]), old.artists, old.albums, *longer)
    rows = [[] if only else challenge.seeds.row(i).tolist() for i in range(len(challenge))]
    return Challenge(challenge.info, Ragged.from_rows([[*row, old.n_tracks] for row in rows]), catalog)


@pytest.mark.parametrize("k", [1, 7, K])
def test_lists_of_any_length_satisfy_the_contract(model, split, k):
    answered(model, split.challenge, split.train, k)


def test_a_shorter_list_is_the_beginning_of_a_longer_one(model, lists, split):
    assert (model.recommend(split.challenge, 7).tracks == lists.tracks[:, :7]).all()


def test_titles_alone_are_answered(model, split):
    title_only = split.challenge.take(split.challenge.categories == 1)
    answered(model, title_only, split.train)
    answered(model, changed(split.challenge, seeds=Ragged.from_rows([[]] * len(split.challenge))), split.train)


@pytest.mark.parametrize("title", [UNHEARD, "🦤", "", None])
def test_unseen_empty_and_hidden_titles_are_answered(model, split, title):
    answered(model, changed(split.challenge, title), split.train)


def test_neither_seed_nor_title_is_answered(model, split):
    nothing = Ragged.from_rows([[]] * len(split.challenge))
    answered(model, changed(split.challenge, None, nothing), split.train)


@pytest.mark.parametrize("only", [False, True])
def test_seeds_unknown_to_the_training_set_are_answered(model, split, only):
    answered(model, with_unknown_tracks(split.challenge, only), split.train)


def test_repeated_seeds_are_answered(model, split):
    rows = [np.repeat(split.challenge.seeds.row(i), 2) for i in range(len(split.challenge))]
    answered(model, changed(split.challenge, seeds=Ragged.from_rows(rows)), split.train)


def test_a_playlist_alone_is_answered_as_among_others(model, lists, split):
    for row in (0, len(split.challenge) // 2, len(split.challenge) - 1):
        alone = answered(model, split.challenge.take(np.array([row])), split.train)
        assert alone.tracks[0].tolist() == lists.tracks[row].tolist()


def test_a_challenge_without_playlists_is_answered(model, split):
    answered(model, split.challenge.take(np.zeros(len(split.challenge), np.bool_)), split.train)


def test_a_corpus_without_titles_is_learnt(name, split):
    some = split.train.take(np.arange(100))
    untitled = Playlists(some.info.with_columns(name=pl.lit("")), some.tracks, some.catalog)
    model = create(name)
    model.fit(untitled, changed(split.challenge, None))
    answered(model, changed(split.challenge, None), untitled)


def test_a_corpus_of_a_single_track_is_learnt(name, handmade, challenge_with):
    train = handmade([[0], [0, 0]])
    challenge = challenge_with(train, [[], [0]], ["title 100", None])
    model = create(name)
    model.fit(train, challenge)
    answered(model, challenge, train)


def test_a_corpus_with_a_single_track_beside_the_seed_is_learnt(name, handmade, challenge_with):
    train = handmade([[0, 1]] * 8)
    challenge = challenge_with(train, [[0], [1]])
    model = create(name)
    model.fit(train, challenge)
    lists = answered(model, challenge, train)
    assert lists.tracks[0, 0] in (1, NO_ID)


def test_two_fits_agree_and_inputs_are_unchanged(name, model, lists, split):
    if not registry.is_deterministic(model):
        pytest.skip("it declares that fits differ")
    before, infos = contents(split), (split.train.info.clone(), split.challenge.info.clone())
    again = create(name)
    again.fit(split.train, split.challenge)
    answer = again.recommend(split.challenge, K)
    assert (answer.tracks == lists.tracks).all()
    assert (answer.scores == lists.scores).all()
    assert contents(split) == before
    assert infos[0].equals(split.train.info)
    assert infos[1].equals(split.challenge.info)


def test_a_fit_without_uses_challenge_is_the_same_for_every_challenge(name, model, lists, split):
    if registry.uses_challenge(model):
        pytest.skip("it declares uses_challenge")
    other = changed(split.challenge.take(split.challenge.categories > 5), "another title")
    again = create(name)
    again.fit(split.train, other)
    answer = again.recommend(split.challenge, K)
    assert (answer.tracks == lists.tracks).all()
    assert (answer.scores == lists.scores).all()


def test_lists_without_uses_audio_are_the_same_without_audio_features(name, model, lists, split):
    if registry.uses_audio(model):
        pytest.skip("it declares uses_audio")
    assert split.train.catalog.audio is not None
    assert split.challenge.catalog.audio is not None
    train = dataclasses.replace(split.train, catalog=dataclasses.replace(split.train.catalog, audio=None))
    challenge = dataclasses.replace(split.challenge, catalog=dataclasses.replace(split.challenge.catalog, audio=None))
    again = create(name)
    again.fit(train, challenge)
    answer = again.recommend(challenge, K)
    assert (answer.tracks == lists.tracks).all()
    assert (answer.scores == lists.scores).all()


THREADS = """
import hashlib, json, os, sys
import harness, numpy as np, scipy.linalg, threadpoolctl
from harness.data import store
from harness.splits.challenge import ChallengeSplit
n_threads = int(sys.argv[1])
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:n_threads])
threadpoolctl.threadpool_limits(n_threads)
playlists = store.open_corpus(sys.argv[2]).playlists()
split = ChallengeSplit().cut(playlists, 0).split_of(playlists, harness.Holdout.validation)
answers = {}
for name, params in json.loads(sys.argv[3]).items():
    try:
        model = harness.create(name, params)
        model.fit(split.train, split.challenge)
        lists = model.recommend(split.challenge, 500)
        answers[name] = hashlib.sha256(lists.tracks.tobytes() + lists.scores.tobytes()).hexdigest()
    except Exception as error:
        answers[name] = repr(error)
print(json.dumps(answers))
"""
"""A process in which recommenders answer with some number of threads, of every library and of the system's cores."""

WIDE_ENOUGH = {"mean-variance": {"factors": 64}, "neumf": {"factors": 64}}
"""Those whose products are too small for several threads with the other tests' hyper-parameters."""


@pytest.fixture(scope="module")
def answers(request, playlists, tmp_path_factory):
    """`answers(n_threads)` -> digest of each recommender's lists; one process answers for all."""
    home = tmp_path_factory.mktemp("threads")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_DATA", str(home))
        store.write_corpus(playlists, "small", {"kind": "test"})
    items = [item for item in request.session.items if item.path == request.path]
    names = {item.callspec.params["name"] for item in items if "name" in item.callspec.params}
    params = {each: with_one_epoch(each, PARAMS.get(each, {}) | WIDE_ENOUGH.get(each, {})) for each in sorted(names)}

    @cache
    def of(n_threads):
        environment = {
            **os.environ,
            "HARNESS_DATA": str(home),
            "OPENBLAS_CORETYPE": "Haswell",  # its kernels share out products so that sums depend on the threads
            **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), str(n_threads)),
        }
        command = [sys.executable, "-c", THREADS, str(n_threads), "small", json.dumps(params)]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        return json.loads(done.stdout.splitlines()[-1])

    return of


def with_one_epoch(name, params):
    has_epochs = "epochs" in {each.name for each in plugin_parameters.parameters(registry.find(name))}
    return {**params, "epochs": 1} if has_epochs else params


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system cannot bind a process to cores")
@pytest.mark.parametrize("counts", [(1, 4), pytest.param((1, 2, 3), marks=pytest.mark.slow)])
def test_lists_do_not_depend_on_the_number_of_threads(name, answers, counts):
    digests = {answers(n_threads)[name] for n_threads in counts}
    assert len(digests) == 1
    assert re.fullmatch("[0-9a-f]{64}", digests.pop())


def contents(split):
    """The fingerprint of all arrays that a recommender is given."""
    digest = Fingerprint()
    for ragged in (split.train.tracks, split.challenge.seeds):
        digest.array(ragged.indptr).array(ragged.values)
    catalog = split.train.catalog
    return str(digest.array(catalog.artist_of).array(catalog.album_of).array(catalog.duration_ms))


def test_scores_of_given_candidates_are_those_of_the_lists(model, lists, split):
    if not isinstance(model, ScoresCandidates):
        pytest.skip("it scores no given candidates")
    held = lists.tracks != NO_ID
    turned = [row[keep][::-1] for row, keep in zip(lists.tracks, held, strict=True)]
    scores = model.score(split.challenge, Ragged.from_rows(turned))
    assert scores.dtype == np.float32
    expected = np.concatenate([row[keep][::-1] for row, keep in zip(lists.scores, held, strict=True)])
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-6)


def test_any_candidates_can_be_scored(model, split):
    if not isinstance(model, ScoresCandidates):
        pytest.skip("it scores no given candidates")
    rows = [[0, split.train.catalog.n_tracks - 1] if i % 2 else [] for i in range(len(split.challenge))]
    assert model.score(split.challenge, Ragged.from_rows(rows)).shape == (sum(map(len, rows)),)


def test_a_saved_model_gives_the_same_lists_and_contains_no_pickle(name, model, lists, split, tmp_path):
    if not registry.can_be_kept(model):
        pytest.skip("it cannot be kept")
    model.save(tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert not is_pickled(path), f"{path.name} can run code when it is read"
    again = create(name)
    again.load(tmp_path)
    answer = again.recommend(split.challenge, K)
    assert (answer.tracks == lists.tracks).all()
    np.testing.assert_allclose(answer.scores, lists.scores, rtol=1e-6)
    if isinstance(model, HasTrackVectors):
        assert (again.track_vectors() == model.track_vectors()).all()


def is_pickled(path):
    """Whether a file is a pickle, or an array file that holds one."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            parts = [archive.read(member) for member in archive.namelist()]
    else:
        parts = [path.read_bytes()]
    return any(part[:1] == b"\x80" or (part[:6] == b"\x93NUMPY" and b"'|O'" in part[:256]) for part in parts)


def test_on_a_checkerboard_the_withheld_track_comes_first(name, handmade, challenge_with):
    if name in NOT_COLLABORATIVE:
        pytest.skip("it learns nothing from which tracks stand together")
    n = 50
    rows = [[track for track in range(row % 2, n, 2) if track != row] for row in range(n)]
    train = handmade(rows, [""] * n)
    challenge = challenge_with(train, rows)
    model = create(name)
    model.fit(train, challenge)
    assert answered(model, challenge, train, 5).tracks[:, 0].tolist() == list(range(n))


def test_on_a_checkerboard_the_nearest_vectors_are_of_the_same_colour(name, handmade, challenge_with):
    model = create(name)
    if not isinstance(model, HasTrackVectors):
        pytest.skip("it has no track vectors")
    n = 50
    train = handmade([[track for track in range(row % 2, n, 2) if track != row] for row in range(n)], [""] * n)
    model.fit(train, challenge_with(train, [[]]))
    vectors = model.track_vectors()
    assert (vectors.dtype, vectors.shape[0], bool(np.isfinite(vectors).all())) == (np.float32, n, True)
    (pairs,) = by_vectors(vectors, np.arange(n, dtype=np.int32), top=20)
    assert len(pairs.track) == 20 * n
    assert (pairs.track % 2 == pairs.similar % 2).mean() > 0.9


def test_lists_differ_from_playlist_to_playlist(name, lists):
    if name in SAME_FOR_ALL:
        pytest.skip("one list for all is what it gives")
    tops = [set(row[row != NO_ID][:50].tolist()) for row in lists.tracks]
    served = [top for top in tops if top]
    shared = [len(one & other) / min(len(one), len(other)) for i, one in enumerate(served) for other in served[:i]]
    assert np.median(shared) < 0.5


def test_lists_beat_popularity_where_there_is_a_list(name, lists, split):
    if name in SAME_FOR_ALL:
        pytest.skip("it is popularity")
    popularity = registry.create("popularity")
    popularity.fit(split.train, split.challenge)
    served = lists.lengths > 0
    mine, baseline = (
        r_precision(evaluate_lists(ranked.tracks, split.challenge, split.withheld))[served].mean()
        for ranked in (lists, popularity.recommend(split.challenge, K))
    )
    assert served.mean() > 0.5
    assert mine > baseline
