"""Verdicts on a complex model: accepted where its gain on inner playlists is significant, for all or for a kind."""

import numpy as np
import pytest

from recommenders._verdicts import accepted, verdicts


def gains(mean, n=200, spread=0.1, seed=0):
    """N gains with exactly this mean and standard deviation."""
    values = np.random.default_rng(seed).normal(size=n)
    return mean + spread * (values - values.mean()) / values.std(ddof=1)


@pytest.mark.parametrize(
    ("mean", "is_accepted"),
    [(0.0, False), (0.011, False), (0.012, True), (-0.012, False)],  # 1.645 standard errors are .0116
)
def test_a_gain_must_be_significant(mean, is_accepted):
    verdict = verdicts(gains(mean), np.full(200, "a kind", np.str_))["all"]
    assert verdict.accepted is is_accepted
    assert verdict.n_playlists == 200
    assert verdict.gain == pytest.approx(mean)
    assert verdict.error == pytest.approx(0.1 / 200**0.5)


def test_no_gain_at_all_is_refused():
    assert not verdicts(np.zeros(100), np.full(100, "a", np.str_))["all"].accepted
    assert not verdicts(np.array([1.0]), np.array(["a"]))["all"].accepted, "one playlist proves nothing"


def test_a_kind_is_refused_where_it_loses_and_accepted_where_it_alone_gains():
    kinds = np.repeat(["gains", "unclear", "loses", "few"], [200, 200, 200, 49])
    good = np.concatenate([gains(0.05), gains(0.005), gains(-0.02), gains(-0.5, 49)])
    found = verdicts(good, kinds, overall=gains(0.05, len(good)))
    assert {kind: verdict.accepted for kind, verdict in found.items()} == {
        "all": True,
        "gains": True,
        "unclear": True,  # most gains are similar, so what is accepted for all counts
        "loses": False,
    }
    assert accepted(np.array(["gains", "loses", "few", "never seen"]), found).tolist() == [True, False, True, True]
    found = verdicts(good, kinds, overall=gains(0.0, len(good)))
    assert {kind: verdict.accepted for kind, verdict in found.items()} == {
        "all": False,
        "gains": True,
        "unclear": False,
        "loses": False,
    }
