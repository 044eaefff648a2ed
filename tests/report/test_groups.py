"""Metrics of a group of playlists: mean and interval over the group alone, wherever a run is shown."""

import csv
import io
import json
import math
import re

import numpy as np
import pytest

from harness.metrics.catalogue import metric_named
from harness.metrics.values import MetricValues
from harness.report.cells import Layout, body_cells, header_cells
from harness.report.comparison import differences
from harness.report.formats import as_csv, as_json
from harness.report.leaderboard import leaderboards
from harness.report.page import as_html

N = 40
CATEGORIES = np.repeat([1, 2], N // 2)
IN_GROUP = np.arange(N) % 4 == 0
IN_GROUP[CATEGORIES == 2] = False


def scores(mean, seed, group=IN_GROUP):
    """NDCG and two themes; the first has the playlists of `group`, all of category 1, the second none."""
    rng = np.random.default_rng(seed)
    values = {"ndcg": rng.uniform(0, 2 * mean, N), "theme:rap": np.where(group, rng.uniform(0, 2 * mean, N), np.nan)}
    values["theme:disney"] = np.full(N, np.nan)
    return MetricValues(np.arange(N), CATEGORIES, values, {name: metric_named(name).traits for name in values})


@pytest.fixture(params=[1, 2])
def entries(request, entry_of):
    return [entry_of("als-1", scores(0.4, 1)), entry_of("slim-2", scores(0.3, 2))][: request.param]


@pytest.fixture
def leaderboard(entries):
    (leaderboard,) = leaderboards(entries)
    return leaderboard


def test_mean_and_interval_are_those_of_the_group(leaderboard):
    for row in leaderboard.rows:
        values = row.entry.metric_values
        of_group = values.values["theme:rap"][IN_GROUP]
        assert values.overall("theme:rap") == pytest.approx(of_group.mean())
        low, high = row.uncertainty.intervals["theme:rap"]
        error = of_group.std(ddof=1) / math.sqrt(len(of_group))
        assert low == pytest.approx(of_group.mean() - 1.96 * error, abs=0.6 * error)
        assert high == pytest.approx(of_group.mean() + 1.96 * error, abs=0.6 * error)
        assert row.uncertainty.by_category[1]["theme:rap"] == pytest.approx((low, high), abs=0.1 * error)
        assert "theme:rap" not in row.uncertainty.by_category[2]
        assert "theme:disney" not in row.uncertainty.intervals


def test_a_group_ranks_nothing(leaderboard):
    assert leaderboard.ranked_by == ("ndcg",)


def test_where_a_group_has_no_playlist_the_cell_is_empty(leaderboard):
    column = {name: i for i, name in enumerate(header_cells(leaderboard))}
    overall, first, second = body_cells(leaderboard, Layout(by_category=True))[0]
    assert overall[column["Theme disney"]] == first[column["Theme disney"]] == "-"
    assert overall[column["Theme rap"]].startswith("0.")
    assert first[column["Theme rap"]] == overall[column["Theme rap"]] or len(leaderboard.rows) > 1
    assert second[column["Theme rap"]] == "-"


def test_files_for_programs_have_no_nan(entries):
    boards = leaderboards(entries)
    (objects, lines) = as_json(boards, by_category=True), as_csv(boards, by_category=True)
    row = json.loads(objects, parse_constant=pytest.fail)[0]
    assert row["theme:disney"]["mean"] is None
    assert row["theme:disney"]["interval"] is None
    assert list(row["theme:rap"]["by_category"]) == ["1"]
    assert "nan" not in lines.lower()
    cells = list(csv.DictReader(io.StringIO(lines)))
    assert [bool(cell["theme:rap"]) for cell in cells[:3]] == [True, True, False]
    assert not any(cell["theme:disney"] for cell in cells)


def test_the_page_shows_them(entries, contents_of):
    boards = leaderboards(entries)
    html = as_html(boards, [contents_of([entry.run for entry in entries], n_playlists=4)])
    assert "Theme rap" in html
    (data,) = re.findall(r'<script type="application/json" class="data">(.*?)</script>', html, re.DOTALL)
    charts = json.loads(data, parse_constant=pytest.fail)["charts"]
    assert set(charts["categories"]) == set(charts["spread"]) == {"ndcg", "theme:rap"}
    datasets = charts["spread"]["theme:rap"]["datasets"].values()
    shares = [row["share"] for rows in datasets for row in rows if "share" in row]
    assert sum(shares) == pytest.approx(len(entries), abs=1e-3)
    assert "NaN" not in html.replace(data, "").partition("<script>")[0]


def test_runs_are_compared_over_the_group(entry_of):
    a, b = scores(0.4, 1), scores(0.3, 2)
    found = {(each.metric, each.category): each for each in differences(entry_of("a-1", a), entry_of("b-2", b))}
    assert list(found) == [
        *(("ndcg", None), ("theme:rap", None)),
        *(("ndcg", 1), ("theme:rap", 1), ("ndcg", 2)),
    ]
    difference = found["theme:rap", None]
    gaps = a.values["theme:rap"][IN_GROUP] - b.values["theme:rap"][IN_GROUP]
    assert difference.difference == pytest.approx(gaps.mean())
    assert (difference.wins, difference.ties, difference.losses) == (None, None, None), "it is informative"


def test_a_group_of_one_playlist_can_be_compared(entry_of):
    alone = np.arange(N) == 3
    runs = [entry_of(f"a-{i}", scores(0.4, i, alone)) for i in range(2)]
    assert np.isnan([each.effect for each in differences(*runs) if each.metric == "theme:rap"]).all()
    assert len(leaderboards(runs)[0].rows) == 2
