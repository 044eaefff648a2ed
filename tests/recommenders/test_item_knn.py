"""Item-based nearest neighbours equal a slow form of their formulas."""

import numpy as np
import pytest

from harness import Ragged
from harness.kit import in_random_order
from recommenders import item_knn
from recommenders.item_knn import ItemKnn

K = 50
SIMILARITIES = ["cosine", "asymmetric-cosine", "bm25", "p3alpha", "rp3beta", "tf-idf", "tversky"]


def fitted(train, challenge, **params):
    model = ItemKnn(**{"metadata": False, "shrink": 0.0, **params})
    model.fit(train, challenge)
    return model


def similarities(binary, seed, name, alpha=0.7, beta=0.2, length_exponent=0.6, shrink=0.0):
    """Similarity of one seed to all tracks, as the docstring has it, in dense arrays."""
    n, length = np.maximum(binary.sum(axis=0), 1), binary.sum(axis=1)
    idf = np.log(1 + len(binary) / n)
    bm25 = 2.2 / (1 + 1.2 * (0.25 + 0.75 * length / length.mean()))
    by_length = length**-length_exponent
    tf_idf = np.log(binary.shape[1] / (1 + length)) ** 2
    norm_of = np.sqrt(np.maximum(tf_idf @ binary, 1e-9))
    if name == "tversky":
        shared, total = (binary[:, seed] * by_length) @ binary, by_length @ binary
        only_seed, only_other = total[seed] - shared, total - shared
        return shared / np.maximum(alpha * only_seed + beta * only_other + shared + shrink, 1e-9)
    weight_of_playlist, norm = {
        "cosine": (1, np.sqrt(n[seed] * n)),
        "asymmetric-cosine": (1, n[seed] ** alpha * n ** (1 - alpha)),
        "bm25": (bm25**2, 1 / (idf[seed] * idf)),
        "p3alpha": (by_length, n[seed] ** alpha),
        "rp3beta": (by_length, n[seed] ** alpha * n**beta),
        "tf-idf": (tf_idf, norm_of[seed] * norm_of),
    }[name]
    return (binary[:, seed] * weight_of_playlist) @ binary / (norm + shrink)


def kept_only(scores, seed, neighbours):
    """The best other tracks; those at the threshold are the caller's business."""
    scores = scores.copy()
    scores[seed] = 0
    order = np.argsort(-scores.astype(np.float32), kind="stable")
    scores[order[neighbours:]] = 0
    return scores


def expected_scores(binary, challenge, row, rise, neighbours, **params):
    seeds = challenge.seeds.row(row)
    rise = 0 if in_random_order(challenge)[row] else rise
    total = np.zeros(binary.shape[1])
    seen = set()
    for position, seed in enumerate(seeds.tolist()):
        if seed in seen or not binary[:, seed].any():
            continue
        seen.add(seed)
        scores = similarities(binary, seed, **params)
        if neighbours:
            scores = kept_only(scores, seed, neighbours)
        total += (1 + rise * (position + 1) / len(seeds)) * scores
    total[seeds] = 0
    return total


@pytest.mark.parametrize("name", SIMILARITIES)
@pytest.mark.parametrize(
    ("shrink", "neighbours"),
    [(0, None), (3, 30), *(pytest.param(*each, marks=pytest.mark.slow) for each in ((3, None), (0, 30)))],
)
def test_scores_equal_the_formula(split, name, shrink, neighbours):
    params = {"similarity": name, "shrink": shrink, "neighbours": neighbours, "rise": 2}
    model = fitted(split.train, split.challenge, **params, alpha=0.7, beta=0.2, length=0.6)
    ranked = model.recommend(split.challenge, K)
    binary = split.train.tracks.matrix(split.train.catalog.n_tracks).toarray().astype(float)
    first_of_category = np.searchsorted(split.challenge.categories, [1, 2, 4, 6, 8])
    for row in first_of_category:
        scores = expected_scores(binary, split.challenge, row, 2, neighbours, name=name, shrink=shrink)
        best = np.sort(scores)[::-1][:K]
        found = ranked.tracks[row][ranked.tracks[row] >= 0]
        assert len(found) == np.count_nonzero(best)
        assert ranked.scores[row, : len(found)] == pytest.approx(best[: len(found)], rel=1e-5)
        assert scores[found] == pytest.approx(best[: len(found)], rel=1e-5)


@pytest.mark.parametrize(("ours", "theirs"), [("cosine", "CosineRecommender"), ("tf-idf", "TFIDFRecommender")])
def test_lists_equal_those_of_implicit(split, ours, theirs):
    """All neighbours, since ties at the last one are cut otherwise."""
    from implicit import nearest_neighbours
    from scipy.sparse import csr_matrix

    n_tracks, train = split.train.catalog.n_tracks, split.train.take(np.arange(150))
    held = csr_matrix(train.tracks.matrix(n_tracks).astype(np.float64))
    peer = getattr(nearest_neighbours, theirs)(K=int((held.T @ held).getnnz(axis=1).max()))
    peer.fit(held, show_progress=False)
    ranked = fitted(train, split.challenge, similarity=ours).recommend(split.challenge, K)
    seeds = csr_matrix(split.challenge.seeds.matrix(n_tracks).astype(np.float64))
    for row in range(0, seeds.shape[0], 7):
        expected = np.sort((seeds[[row]] @ peer.similarity).toarray()[0] * (seeds[[row]].toarray()[0] == 0))[::-1][:K]
        np.testing.assert_allclose(ranked.scores[row], expected, rtol=1e-4, atol=1e-6)


def test_bm25_is_the_weighting_of_implicit_with_playlists_as_documents_and_another_idf(split):
    """Its BM25Recommender takes tracks as documents: it saturates by track. Its idf can be 0 or below; ours cannot."""
    from implicit.nearest_neighbours import bm25_weight
    from scipy.sparse import csr_matrix

    n_tracks, train = split.train.catalog.n_tracks, split.train.take(np.arange(150))
    held = csr_matrix(train.tracks.matrix(n_tracks).astype(np.float64))
    n = np.maximum(held.getnnz(axis=0), 1)
    ours_to_theirs = np.log(1 + len(train) / n) / np.log(len(train) / (1 + n))
    weighted = csr_matrix(bm25_weight(held, K1=item_knn.BM25_K1, B=item_knn.BM25_B).multiply(ours_to_theirs))
    similarity = weighted.T @ weighted
    similarity.setdiag(0)
    ranked = fitted(train, split.challenge, similarity="bm25").recommend(split.challenge, K)
    seeds = csr_matrix(split.challenge.seeds.matrix(n_tracks).astype(np.float64))
    for row in range(0, seeds.shape[0], 7):
        expected = np.sort((seeds[[row]] @ similarity).toarray()[0] * (seeds[[row]].toarray()[0] == 0))[::-1][:K]
        np.testing.assert_allclose(ranked.scores[row], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", SIMILARITIES)
@pytest.mark.parametrize("neighbours", [None, 25])
def test_each_track_of_a_like_playlist_comes_first(handmade, challenge_with, name, neighbours):
    n = 40
    rows = [[t for t in range(p % 2, n, 2) if t != p] for p in range(n)]
    train = handmade(rows)
    challenge = challenge_with(train, rows)
    model = fitted(train, challenge, similarity=name, neighbours=neighbours)
    assert model.recommend(challenge, 5).tracks[:, 0].tolist() == list(range(n))


@pytest.mark.parametrize("params", [{"shrink": 2.0}, {"neighbours": 7}, {"similarity": "tversky"}])
def test_lists_do_not_depend_on_the_number_of_threads(split, params):
    one, two = (fitted(split.train, split.challenge, threads=n, **params).recommend(split.challenge, K) for n in (1, 2))
    assert np.array_equal(one.tracks, two.tracks)
    assert np.array_equal(one.scores, two.scores)


def test_lists_do_not_depend_on_the_size_of_blocks(split, monkeypatch):
    whole = fitted(split.train, split.challenge, neighbours=10).recommend(split.challenge, K)
    monkeypatch.setattr(item_knn, "CELLS", 300)
    model = fitted(split.train, split.challenge, neighbours=10)
    assert len(item_knn._blocks(split.challenge.seeds, 10)) > 1
    parts = model.recommend(split.challenge, K)
    assert np.array_equal(whole.tracks, parts.tracks)
    assert np.array_equal(whole.scores, parts.scores)


def test_a_saved_model_with_a_limit_of_neighbours_gives_the_same_lists(split, tmp_path):
    params = {"similarity": "bm25", "neighbours": 20}
    model = fitted(split.train, split.challenge, **params)
    model.save(tmp_path)
    loaded = ItemKnn(**{"metadata": False, "shrink": 0.0, **params})
    loaded.load(tmp_path)
    before, after = (each.recommend(split.challenge, K) for each in (model, loaded))
    assert np.array_equal(before.tracks, after.tracks)
    assert np.array_equal(before.scores, after.scores)


@pytest.mark.parametrize("name", SIMILARITIES)
def test_rare_tracks_are_shrunk_by_default_where_playlists_are_few(split, name, tmp_path, monkeypatch):
    def lists(model):
        return model.recommend(split.challenge, K).scores

    def of(**params):
        return fitted(split.train, split.challenge, similarity=name, **params)

    few = of(shrink=None)
    few.save(tmp_path)
    assert np.array_equal(lists(few), lists(of(shrink=item_knn.SHRINK.get(name, 0.0))))
    monkeypatch.setattr(item_knn, "FEW_PLAYLISTS", len(split.train))
    many = of(shrink=None)
    assert np.array_equal(lists(many), lists(of(shrink=0.0)))
    assert np.array_equal(lists(many), lists(few)) == (name not in item_knn.SHRINK)
    many.load(tmp_path)
    assert np.array_equal(lists(many), lists(few)), "a loaded model keeps the number of its training set"


@pytest.mark.parametrize("params", [{"shrink": 2.0}, {"neighbours": 20}])
def test_score_equals_what_recommend_gives_and_is_0_elsewhere(split, params):
    model = fitted(split.train, split.challenge, **params)
    ranked = model.recommend(split.challenge, K)
    scores = model.score(split.challenge, Ragged.from_rows([row[row >= 0] for row in ranked.tracks]))
    assert scores.dtype == np.float32
    assert np.array_equal(
        scores, np.concatenate([s[t >= 0] for t, s in zip(ranked.tracks, ranked.scores, strict=True)])
    )
    unknown = Ragged.from_rows([[split.train.catalog.n_tracks + 5]] * len(split.challenge))
    assert not model.score(split.challenge, unknown).any()


@pytest.mark.parametrize("params", [{}, {"neighbours": 20}])
def test_unknown_and_repeated_seeds_change_nothing(handmade, challenge_with, params):
    train = handmade([[0, 1, 2], [0, 1, 3], [2, 4, 5]])
    wider = handmade([[0, 1, 2], [0, 1, 3], [2, 4, 5, 6, 7]])
    plain, odd = challenge_with(wider, [[0, 1], [2], []]), challenge_with(wider, [[0, 7, 1, 0], [6, 2, 2], [7]])
    model = fitted(train, plain, **params)
    assert model.recommend(plain, 4).tracks.tolist() == model.recommend(odd, 4).tracks.tolist()
    assert model.recommend(odd, 4).tracks[2].tolist() == [-1] * 4


def test_without_playlists_a_limit_of_neighbours_gives_no_lists_and_no_scores(split):
    nobody = split.challenge.take(np.array([], int))
    model = fitted(split.train, nobody, neighbours=5)
    assert len(model.recommend(nobody, K)) == 0
    assert len(model.score(nobody, Ragged.from_rows([]))) == 0


@pytest.mark.parametrize("params", [{"neighbours": 0}, {"shrink": -1}, {"rise": -1}, {"threads": -1}])
def test_values_without_a_meaning_are_refused(params):
    with pytest.raises(ValueError, match=next(iter(params))):
        ItemKnn(**params)
