"""The page of a leaderboard, read by an HTML parser."""

import hashlib
import json
import re
from base64 import b64encode
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.plot.leaderboard_charts import pareto_front
from harness.report.leaderboard import leaderboards
from harness.report.page import as_html
from harness.report.page_charts import charts

MOST_BYTES = 5_000_000


class Parsed(HTMLParser):
    """Every start tag with its attributes, and all text by the element it stands in."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.texts, self.open = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open = [tag]

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    def text(self):
        return "\n".join(data for tag, data in self.texts if tag not in ("script", "style"))


def data_of(html):
    """JSON data for the script, one object per leaderboard."""
    return [json.loads(each) for each in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html)]


def test_names_are_text_everywhere(page, hostile):
    parsed = Parsed(page)
    assert not parsed.all("img")
    assert [each.get("type") for each in parsed.all("script")] == ["application/json", None, None]
    of_the_board, of_the_run, of_each_run, titles, layer = 2, 1 + 1 + 3 + 1 + 1, 3 * (1 + 1), 2, 1
    assert parsed.text().count(hostile) == of_the_board + of_the_run + of_each_run + titles + layer
    data = next(each for each in page.splitlines() if "application/json" in each)
    assert data.count("<") == 2, "only the element's own tags"
    assert data_of(page)[0]["explorer"]["playlists"][1]["title"] == f"{hostile} 1"


def test_the_page_needs_no_network_and_allows_no_other_script(page):
    parsed = Parsed(page)
    for tag, attributes in parsed.tags:
        assert "src" not in attributes, tag
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        assert attributes.get("href", "#").startswith("#"), tag
    assert not parsed.all("link")
    (policy,) = [each["content"] for each in parsed.all("meta") if "http-equiv" in each]
    assert policy.startswith("default-src 'none'; ")
    assert not re.search(r"unsafe|https?:|\*|data:", policy)
    running = re.findall(r"<(?:script|style)>(.*?)</(?:script|style)>", page, re.DOTALL)
    hashes = {b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in running}
    assert len(running) == 3
    assert set(re.findall(r"'sha256-([^']*)'", policy)) == hashes


def test_the_table_is_one_that_a_screen_reader_can_read(page):
    parsed = Parsed(page)
    ids = [attributes["id"] for _, attributes in parsed.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    pointed = [each["for"] for each in parsed.all("label")]
    pointed += [name for _, each in parsed.tags for name in each.get("aria-labelledby", "").split()]
    pointed += [each["href"][1:] for each in parsed.all("a")]
    assert set(pointed) <= set(ids)
    labelled = {each["for"] for each in parsed.all("label")}
    assert {each["id"] for tag in ("input", "select") for each in parsed.all(tag)} == labelled
    assert [each["aria-sort"] for each in parsed.all("th") if "aria-sort" in each] == ["ascending"]
    assert len(parsed.all("caption")) == len(parsed.all("h1")) == 1
    assert parsed.all("html") == [{"lang": "en"}]


def test_a_cell_shows_what_the_terminal_shows_and_sorts_by_the_number(entry_of, means_of):
    html = as_html(
        leaderboards([entry_of("als-1", means_of(0.25, 0.5, 3)), entry_of("title-2", None, split=("x", "s1"))])
    )
    cell = r'<td class="number" data-value="0.25">0.2500 <span class="interval">\(.2500-.2500\)</span></td>'
    assert re.search(cell, html)
    assert 'data-value="3145728">3<' in html
    assert html.count("There are no sample playlists") == 2
    assert html.count("No record of this run.") == 2
    assert "x: not scored" in html.replace("demo, ", "")


def test_significantly_best_means_are_starred_only_with_best(entry_of, scores_of):
    noise = np.random.default_rng(0).uniform(0, 0.1, 400)
    runs = [("good", noise + 0.2), ("alike", noise[::-1]), ("bad", noise)]
    found = leaderboards([entry_of(name, scores_of(r_precision=values)) for name, values in runs])
    stars = [re.findall(r'data-value="[0-9.]+">0[^<]*<span[^>]*>[^<]*</span>', as_html(found, best=b)) for b in (0, 1)]
    assert [[cell.count("*") for cell in cells] for cells in stars] == [[0, 0, 0], [1, 0, 0]]


def test_a_run_has_its_parameters_and_its_record(page):
    text = Parsed(page).text()
    for shown in ("factors", "64", "12.50%", "nothing leaked", "3.13.0", "c0ffee", "fit\n1.50\n3.00\n7\n", "start-kit"):
        assert shown in text.replace("\n\n", "\n"), shown
    assert page.index("first feature") < page.index("second feature"), "the most important one comes first"
    assert '<meter min="0" max="4.0" value="1.0"' in page


def test_a_network_has_its_layers_and_learning_curves(page):
    text = re.sub("\n+", " ", Parsed(page).text())
    assert (
        "epoch loss held-out loss accuracy held-out accuracy 1 * 0.7500 0.8125 0.5000 0.2500 2 0.5000 - - 0.1250"
        in text
    )
    assert "20 x 100" in text
    assert "2,007" in text
    charts_of_all = data_of(page)[0]["charts"]
    points = values_of(charts_of_all["loss"][""])
    assert [tuple(point.values()) for point in points] == [
        ("als-1", "training", 1, 0.75, True),
        ("als-1", "held-out", 1, 0.8125, True),
        ("als-1", "training", 2, 0.5, False),
    ]
    assert [point["value"] for point in values_of(charts_of_all["accuracy"][""])] == [0.5, 0.25, 0.125]


def test_a_list_is_shown_to_some_depth_and_hits_beyond_it_with_their_ranks(page):
    explorer = data_of(page)[0]["explorer"]
    assert explorer["depth"] == 100
    playlist = explorer["playlists"][1]
    first, second = playlist["withheld"]
    (of_first_run, *_) = playlist["lists"]
    assert len(of_first_run["top"]) == 100
    assert of_first_run["top"][0] == first
    assert of_first_run["later"] == [[500, second]]
    assert of_first_run["values"][0].startswith("R-precision 0.")
    assert explorer["playlists"][0]["title"] is None


def test_twenty_runs_stay_under_five_megabytes(scores_of, entry_of, contents_of):
    rng = np.random.default_rng(0)
    runs = [f"recommender-{i:010d}" for i in range(20)]
    categories = np.arange(1000) % 10 + 1
    found = []
    for run in runs:
        scores = scores_of(
            r_precision=rng.uniform(size=1000), ndcg=rng.uniform(size=1000), clicks=rng.uniform(size=1000)
        )
        found.append(entry_of(run, type(scores)(scores.pids, categories, scores.values, scores.traits)))
    contents = contents_of(runs, n_playlists=30, title="a usual title of a list", name="A song's name (feat. another)")
    leaderboard = leaderboards(found)
    html = as_html(leaderboard, [contents])
    assert len(html.encode()) < MOST_BYTES
    assert html.count("window.vegaEmbed=") == 1, "the charts' code stands once"


def test_without_charts_there_is_no_code_for_them(entry_of):
    assert len(as_html([])) < 30_000
    assert "No runs." in as_html([])
    assert "vega" not in as_html(leaderboards([entry_of("x", None)])).replace("vegaEmbed(place", "").replace(
        "vega-lite", ""
    )


def test_a_chart_draws_only_runs_that_were_measured(entry_of, means_of):
    more = {**means_of(0.2, 0.4, 2), "ndcg:log2i": 0.35}
    (leaderboard,) = leaderboards([entry_of("als-1", more, costs=False), entry_of("title-2", means_of(0.1, 0.3, 3))])
    views = charts(leaderboard)
    assert list(views) == ["categories", "spread", "seconds", "memory"]
    assert {each["run"] for each in values_of(views["categories"]["ndcg:log2i"])} == {"als-1"}
    assert {each["run"] for each in values_of(views["seconds"]["ndcg"])} == {"title-2"}
    assert "ndcg:log2i" not in views["seconds"]
    assert [each["share"] for each in values_of(views["spread"]["ndcg"]) if "share" in each] == [1.0, 1.0]
    point = next(each for each in values_of(views["categories"]["clicks"]) if each["run"] == "title-2")
    assert point == {"run": "title-2", "category": "1 title only", "mean": 3.0, "low": 3.0, "high": 3.0}


def values_of(spec):
    return [each for values in spec["datasets"].values() for each in values]


def test_the_front_is_made_of_runs_that_no_other_beats():
    costs, quality = np.array([1.0, 2, 3, 2, 1]), np.array([0.1, 0.3, 0.2, 0.2, 0.1])
    assert pareto_front(costs, quality).tolist() == [True, True, False, False, True]


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=12))
def test_each_point_off_the_pareto_front_is_dominated_by_one_on_it(points):
    costs, quality = np.array(points, float).T
    front = pareto_front(costs, quality)
    for i, (cost, worth) in enumerate(points):
        beaten = any(
            (a, -b) != (cost, -worth) and a <= cost and b >= worth for a, b in np.array(points)[front].tolist()
        )
        assert beaten != front[i]


@pytest.mark.parametrize("depth", [(1, 100), (20, 30), (500, 10)])
def test_more_runs_are_shown_to_less_depth(depth, entry_of, contents_of):
    n_runs, places = depth
    found = leaderboards([entry_of(f"x-{i}", None) for i in range(n_runs)])
    contents = contents_of([f"x-{i}" for i in range(n_runs)], n_playlists=1, n_places=101)
    assert data_of(as_html(found, [contents]))[0]["explorer"]["depth"] == places
