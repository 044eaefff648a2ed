import dataclasses

from harness.metrics.values import MetricValues
from harness.report.leaderboard import leaderboards


def places(leaderboard):
    return [(row.entry.run, row.rank, row.points) for row in leaderboard.rows]


def test_a_run_gets_a_point_for_each_run_it_beats_and_half_for_a_tie(entry_of, means_of):
    (leaderboard,) = leaderboards(
        [
            entry_of("a", means_of(0.2, 0.4, 2.0)),
            entry_of("b", means_of(0.2, 0.3, 1.0)),
            entry_of("c", means_of(0.1, 0.3, 3.0)),
        ]
    )
    # r_precision: a and b tie above c; ndcg: a above b and c, who tie; clicks, lower is better: b, a, c
    assert places(leaderboard) == [("a", 1, 1.5 + 2 + 1), ("b", 2, 1.5 + 0.5 + 2), ("c", 3, 0 + 0.5 + 0)]


def test_equal_sums_share_the_better_rank_in_the_order_of_their_names(entry_of, means_of):
    (leaderboard,) = leaderboards(
        [
            entry_of("z", means_of(0.3, 0.3, 3)),
            entry_of("y", means_of(0.3, 0.3, 3)),
            entry_of("x", means_of(0.1, 0.1, 9)),
        ]
    )
    assert places(leaderboard) == [("y", 1, 4.5), ("z", 1, 4.5), ("x", 3, 0)]


def test_corpora_challenges_and_definitions_stand_on_leaderboards_of_their_own(entry_of, means_of):
    usual = means_of(0.2, 0.4, 2)
    found = leaderboards(
        [
            entry_of("a", usual),
            entry_of("b", usual),
            entry_of("other-corpus", usual, data=("demo", "d1")),
            entry_of("other-draw", usual, split=("challenge test", "s1")),
            entry_of("other-definitions", {"r_precision:paper": 0.2, "ndcg:log2i": 0.4, "clicks": 2}),
        ]
    )
    assert sorted(sorted(row.entry.run for row in leaderboard.rows) for leaderboard in found) == [
        ["a", "b"],
        ["other-corpus"],
        ["other-definitions"],
        ["other-draw"],
    ]


def test_a_name_whose_definition_was_another_is_not_mixed_in(entry_of, means_of):
    old = entry_of("old", means_of(0.2, 0.4, 2))
    known = old.metric_values
    traits = known.traits | {"ndcg": dataclasses.replace(known.traits["ndcg"], definition="of old")}
    changed = MetricValues(known.pids, known.categories, known.values, traits)
    found = leaderboards([entry_of("new", means_of(0.2, 0.4, 2)), dataclasses.replace(old, metric_values=changed)])
    assert [[row.entry.run for row in leaderboard.rows] for leaderboard in found] == [["old"], ["new"]]


def test_further_definitions_are_columns_and_give_no_points(entry_of, means_of):
    more = {"r_precision:paper": 0.9, **means_of(0.1, 0.3, 3)}
    (leaderboard,) = leaderboards([entry_of("more", more), entry_of("usual", means_of(0.2, 0.4, 2))])
    assert leaderboard.ranked_by == ("r_precision", "ndcg", "clicks")
    assert list(leaderboard.definitions) == ["r_precision", "ndcg", "clicks", "r_precision:paper"]
    assert places(leaderboard) == [("usual", 1, 3), ("more", 2, 0)]


def test_other_definitions_rank_where_the_default_was_not_measured(entry_of):
    (leaderboard,) = leaderboards([entry_of("a", {"ndcg:rules": 0.4, "ndcg:log2i": 0.2, "r_precision_tracks": 0.1})])
    assert leaderboard.ranked_by == ("r_precision_tracks", "ndcg:rules")


def test_unscored_runs_are_listed_without_a_rank(entry_of, means_of):
    found = leaderboards([entry_of("b", None), entry_of("a", None), entry_of("scored", means_of(0.1, 0.2, 3))])
    unscored = next(leaderboard for leaderboard in found if not leaderboard.definitions)
    assert places(unscored) == [("a", None, None), ("b", None, None)]
    assert unscored.n_playlists == 0
    assert len(found) == 2
