import numpy as np
import pytest

from harness.errors import DataError
from harness.report.cells import group_letter
from harness.report.leaderboard import boards


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def standings(board):
    return {row.entry.run: row.standing for row in board.rows}


def test_runs_that_chance_could_swap_share_a_group_and_a_worse_one_begins_the_next(rng, entry_of, scores_of):
    values = rng.uniform(size=500)
    runs = {
        "a": values + 0.2,
        "b": values + 0.2 + rng.normal(0, 0.3, 500) - 0.01,
        "c": values,
        "d": values - 0.1,
    }
    (board,) = boards([entry_of(name, scores_of(ndcg=each)) for name, each in runs.items()])
    found = standings(board)
    assert [found[name].group for name in "abcd"] == [1, 1, 2, 3]
    assert found["c"].ranks == (3, 3)
    assert found["a"].ranks == (1, 2)
    assert found["a"].first + found["b"].first == pytest.approx(1)
    assert not any(each.best for each in found.values())


def test_the_interval_is_that_of_the_mean(rng, entry_of, scores_of):
    values = rng.normal(0.4, 0.1, 400)
    (board,) = boards([entry_of("a", scores_of(ndcg=values))])
    low, high = standings(board)["a"].intervals["ndcg"]
    error = values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - 1.96 * error, values.mean() + 1.96 * error), abs=error / 10)
    assert standings(board)["a"].by_category[2]["ndcg"] == (low, high)
    assert board.certainty.smallest == {}


def test_what_only_some_runs_measured_has_an_interval_there_alone(rng, entry_of, scores_of):
    more = scores_of(ndcg=rng.uniform(size=50), r_precision_tracks=rng.uniform(size=50), r_precision=np.ones(50))
    usual = scores_of(ndcg=rng.uniform(size=50), r_precision=np.ones(50))
    (board,) = boards([entry_of("more", more), entry_of("usual", usual)])
    found = standings(board)
    assert set(found["usual"].intervals) == {"ndcg", "r_precision"}
    assert set(found["more"].intervals) == {"ndcg", "r_precision", "r_precision_tracks"}


def test_runs_on_other_playlists_are_refused(entry_of, scores_of):
    with pytest.raises(DataError, match=r"^run b was scored on other playlists than a: delete its folder, run again$"):
        boards([entry_of("a", scores_of(ndcg=np.ones(3))), entry_of("b", scores_of(ndcg=np.ones(4)))])


def test_seeds_of_one_recommender_are_told_apart_from_playlists(entry_of, scores_of):
    playlists = np.array([0.0, 0.5, 1.0])
    runs = [
        entry_of(f"als-{seed}", scores_of(ndcg=playlists + shift), params={"seed": seed, "factors": 8})
        for seed, shift in enumerate((-0.1, 0.1))
    ]
    other = entry_of("als-9", scores_of(ndcg=playlists), params={"seed": 0, "factors": 9})
    (board,) = boards([*runs, other])
    (spread,) = board.certainty.seeds
    assert (spread.run, spread.n_seeds) == ("als-0", 2)
    assert spread.by_metric["ndcg"] == pytest.approx((0.5, 0.5 / np.sqrt(3), np.sqrt(2) / 10))


def test_groups_are_lettered_as_columns_of_a_sheet():
    assert [group_letter(n) for n in (1, 2, 26, 27, 52, 53)] == ["A", "B", "Z", "AA", "AZ", "BA"]
