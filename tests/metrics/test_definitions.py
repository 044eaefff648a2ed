"""Every definition of every metric: values by hand, a slow reference, and invariants."""

from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.catalogue import metric_named
from harness.metrics.evaluation import evaluate_lists
from harness.ragged import Ragged

IDEAL_5 = 1 + 1 / log2(3) + 1 / log2(4) + 1 / log2(5) + 1 / log2(6)
IDEAL_5_BY_RANK = 1 + 1 + 1 / log2(3) + 1 / log2(4) + 1 / log2(5)
IDEAL_3_BY_RANK = 1 + 1 + 1 / log2(3)

BY_HAND = {
    "r_precision": ((1 + 0.25 * 2) / 5, (1 + 0.25 * 2) / 5, 1 / 2),
    "r_precision_tracks": (1 / 5, 1 / 5, 1 / 2),
    "r_precision:paper": ((1 + 0.25 * 3) / 5, (1 + 0.25 * 2) / 5, (1 + 0.25) / 2),
    "r_precision:demand": ((1 + 0.25 * (3 + 1)) / 5, (1 + 0.25 * (2 + 1)) / 5, 1 / 2),
    "r_precision:all-500": ((1 + 0.25 * 3) / 5, (1 + 0.25 * 2) / 5, (1 + 0.25 * 2) / 2),
    "ndcg": (
        (1 + 1 / log2(7) + 1 / log2(14)) / IDEAL_5,
        (1 / log2(6) + 1 / log2(13)) / IDEAL_5,
        1 / (1 + 1 / log2(3)),
    ),
    "ndcg:log2i": (
        (1 + 1 / log2(6) + 1 / log2(13)) / IDEAL_5_BY_RANK,
        (1 / log2(5) + 1 / log2(12)) / IDEAL_5_BY_RANK,
        1 / 2,
    ),
    "ndcg:rules": (
        (1 + 1 / log2(6) + 1 / log2(13)) / IDEAL_3_BY_RANK,
        (1 / log2(5) + 1 / log2(12)) / (1 + 1),
        1,
    ),
    "ndcg:own-hits": (
        (1 + 1 / log2(7) + 1 / log2(14)) / (1 + 1 / log2(3) + 1 / log2(4)),
        (1 / log2(6) + 1 / log2(13)) / (1 + 1 / log2(3)),
        1,
    ),
    "clicks": (0, 0, 0),
    "hit@5": (1, 1, 1),
    "recall@10": (2 / 5, 1 / 5, 1 / 2),
    "precision@10": (2 / 10, 1 / 10, 1 / 10),
    "mrr@10": (1, 1 / 5, 1),
    "mrr@4": (1, 0, 1),
    "map@20": ((1 / 1 + 2 / 6 + 3 / 13) / 5, (1 / 5 + 2 / 12) / 5, 1 / 2),
    "map@10": ((1 / 1 + 2 / 6) / 5, 1 / 5 / 5, 1 / 2),
    "ndcg@10": ((1 + 1 / log2(7)) / IDEAL_5, (1 / log2(6)) / IDEAL_5, 1 / (1 + 1 / log2(3))),
}

PUBLISHED = {
    "r_precision": (0.30, 0.30, 0.50),
    "r_precision_tracks": (0.20, 0.20, 0.50),
    "r_precision:paper": (0.35, 0.30, 0.625),
    "r_precision:demand": (0.40, 0.35, 0.50),
    "r_precision:all-500": (0.35, 0.30, 0.75),
    "ndcg": (0.5490517781913447, 0.22285910544067475),
    "ndcg:log2i": (0.465265, 0.199241),
    "ndcg:rules": (0.629850, 0.354810),
    "ndcg:own-hits": (0.759695,),
    "clicks": (0, 0),
}

METRICS = [metric_named(name) for name in BY_HAND]
"""Those whose values the lists alone decide."""


@pytest.mark.parametrize("name", BY_HAND)
def test_the_check_lists_score_as_computed_by_hand(name, check_lists):
    values = [metric_named(name).compute(evaluation)[0] for evaluation in check_lists]
    assert values == pytest.approx(BY_HAND[name], abs=1e-15)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_check_lists_score_as_published(name, check_lists):
    exact = name not in ("ndcg:log2i", "ndcg:rules", "ndcg:own-hits")
    for evaluation, expected in zip(check_lists, PUBLISHED[name], strict=False):
        assert metric_named(name).compute(evaluation)[0] == pytest.approx(expected, abs=1e-15 if exact else 5e-7)


def reference(name, listed, withheld, artist_of):  # noqa: C901, PLR0911, PLR0912 - every definition in one place
    """One list at a time, with sets and loops: slow, and as the definitions read. `listed` holds no gaps."""
    wanted, opening = set(withheld), listed[: len(set(withheld))]
    n = len(wanted)

    def artists(tracks):
        return {artist_of[track] for track in tracks} - {-1}

    def counted(tracks):
        every = [artist_of[track] for track in tracks if artist_of[track] != -1]
        return {artist: every.count(artist) for artist in every}

    found = wanted & set(opening)
    if name == "r_precision":
        return (len(found) + 0.25 * len(artists(set(opening) - wanted) & artists(wanted))) / n
    if name == "r_precision_tracks":
        return len(found) / n
    if name == "r_precision:paper":
        return (len(found) + 0.25 * len(artists(opening) & artists(wanted))) / n
    if name == "r_precision:all-500":
        return (len(found) + 0.25 * len(artists(listed) & artists(wanted))) / n
    if name == "r_precision:demand":
        missing, offered = counted(wanted - set(opening)), counted(set(opening) - wanted)
        return (len(found) + 0.25 * sum(min(missing[a], offered.get(a, 0)) for a in missing)) / n
    ranks = [rank for rank, track in enumerate(listed, start=1) if track in wanted]
    if name == "clicks":
        return (ranks[0] - 1) // 10 if ranks else 51

    family, _, k = name.partition("@")
    if k:
        ranks = [rank for rank in ranks if rank <= int(k)]
    if family == "hit":
        return float(bool(ranks))
    if family == "recall":
        return len(ranks) / n
    if family == "precision":
        return len(ranks) / int(k)
    if family == "mrr":
        return 1 / ranks[0] if ranks else 0
    if family == "map":
        return sum(sum(other <= rank for other in ranks) / rank for rank in ranks) / n

    def gain(ranks):
        if name == "ndcg:own-hits" or family == "ndcg":
            return sum(1 / log2(rank + 1) for rank in ranks)
        return sum(1 if rank == 1 else 1 / log2(rank) for rank in ranks)

    if not ranks:
        return 0
    n_ideal = {"ndcg": min(n, int(k or K)), "ndcg:log2i": n, "ndcg:rules": len(ranks), "ndcg:own-hits": len(ranks)}[
        family
    ]
    return gain(ranks) / gain(range(1, n_ideal + 1))


N_TRACKS = 40
K = 25


@st.composite
def cases(draw):
    """Lists of up to K of 40 tracks, often short, some empty; few artists, some unknown."""
    n = draw(st.integers(1, 6))
    track = st.integers(0, N_TRACKS - 1)
    lists = [draw(st.lists(track, unique=True, max_size=K)) for _ in range(n)]
    withheld = [draw(st.lists(track, min_size=1, max_size=N_TRACKS)) for _ in range(n)]
    artist_of = draw(st.lists(st.integers(-1, 6), min_size=N_TRACKS, max_size=N_TRACKS))
    return lists, withheld, artist_of


def judged_of(case, challenge_of):
    lists, withheld, artist_of = case
    tracks = np.array([row + [-1] * (K - len(row)) for row in lists], np.int32)
    return evaluate_lists(tracks, challenge_of(artist_of, len(lists)), Ragged.from_rows(withheld))


@given(case=cases())
def test_every_definition_agrees_with_the_reference(case, challenge_of):
    evaluation = judged_of(case, challenge_of)
    for each in METRICS:
        expected = [reference(each.name, row, g, case[2]) for row, g in zip(*case[:2], strict=True)]
        np.testing.assert_allclose(each.compute(evaluation), expected, rtol=0, atol=1e-12, err_msg=each.name)


@given(case=cases())
def test_values_stay_in_their_range(case, challenge_of):
    evaluation = judged_of(case, challenge_of)
    for each in METRICS:
        values = each.compute(evaluation)
        most = {"r_precision:paper": 1.25, "r_precision:all-500": 1.25, "clicks": 51}.get(each.name, 1)
        assert values.dtype == np.float64
        assert values.shape == (len(evaluation),)
        assert values.min() >= 0
        assert values.max() <= most


@given(case=cases(), data=st.data())
def test_moving_a_hit_up_never_worsens_a_value(case, data, challenge_of):
    lists, withheld, artist_of = case
    before = judged_of(case, challenge_of)
    movable = np.argwhere(before.hits[:, 1:] & ~before.hits[:, :-1])
    if not len(movable):
        return
    row, place = data.draw(st.sampled_from(movable.tolist()))
    moved = [list(each) for each in lists]
    moved[row][place], moved[row][place + 1] = moved[row][place + 1], moved[row][place]
    after = judged_of((moved, withheld, artist_of), challenge_of)
    for each in METRICS:
        gained = each.compute(after)[row] - each.compute(before)[row]
        assert (gained if each.higher_is_better else -gained) >= -1e-12, each.name


def test_an_oracle_scores_1_1_0(challenge_of):
    withheld = Ragged.from_rows([[3, 1, 2], range(20), [7]])
    tracks = np.full((3, 25), -1, np.int32)
    for row in range(3):
        tracks[row, : withheld.lengths[row]] = withheld.row(row)[::-1]
    evaluation = evaluate_lists(tracks, challenge_of([0] * 20, 3), withheld)
    best = {each.name: each.compute(evaluation).tolist() for each in METRICS}
    for exact in (
        "r_precision",
        "r_precision_tracks",
        "r_precision:demand",
        "ndcg",
        "ndcg:log2i",
        "ndcg:rules",
        "mrr@4",
    ):
        assert best[exact] == [1, 1, 1], exact
    assert best["clicks"] == [0, 0, 0]


def test_more_withheld_tracks_than_places_still_allow_an_ndcg_of_1(challenge_of):
    evaluation = evaluate_lists(
        np.arange(10, dtype=np.int32)[None], challenge_of([-1] * 30, 1), Ragged.from_rows([range(30)])
    )
    assert metric_named("ndcg").compute(evaluation)[0] == 1
    by_rank = [1, *(1 / log2(rank) for rank in range(2, 31))]
    assert metric_named("ndcg:log2i").compute(evaluation)[0] == pytest.approx(sum(by_rank[:10]) / sum(by_rank))


@pytest.mark.parametrize(("rank", "pages"), [(1, 0), (10, 0), (11, 1), (100, 9), (491, 49), (500, 49)])
def test_clicks_count_the_pages_before_the_first_hit(rank, pages, challenge_of):
    tracks = np.arange(1, 501, dtype=np.int32)[None]
    evaluation = evaluate_lists(tracks, challenge_of([-1] * 501, 1), Ragged.from_rows([[rank]]))
    assert metric_named("clicks").compute(evaluation)[0] == pages


def test_an_unknown_artist_earns_no_credit(challenge_of):
    evaluation = evaluate_lists(np.array([[1, 2]], np.int32), challenge_of([-1, -1, -1], 1), Ragged.from_rows([[0]]))
    for each in METRICS:
        assert each.compute(evaluation)[0] == each.worst, each.name


def test_an_artist_with_an_exact_hit_is_still_credited_for_another_track(challenge_of):
    evaluation = evaluate_lists(np.array([[0, 2]], np.int32), challenge_of([5, 4, 5], 1), Ragged.from_rows([[0, 1]]))
    assert metric_named("r_precision").compute(evaluation)[0] == (1 + 0.25) / 2
    assert metric_named("r_precision:demand").compute(evaluation)[0] == 1 / 2


def test_playlists_do_not_see_each_others_tracks(challenge_of):
    tracks, withheld = np.array([[0, 1], [2, 3]], np.int32), Ragged.from_rows([[2, 3], [0, 1]])
    evaluation = evaluate_lists(tracks, challenge_of([0, 0, 1, 1], 2), withheld)
    for each in METRICS:
        assert each.compute(evaluation).tolist() == [each.worst] * 2, each.name
