"""Report on a corpus as Markdown, HTML and JSON."""

import json
import re
from html import unescape

import pytest

from harness.data import store
from harness.errors import MissingExtraError
from harness.report.corpus_report import corpus_report
from harness.report.markdown import report_as_markdown
from harness.report.sections import ReportFormat, ReportTable, Section
from harness.types import Playlists

SECTIONS = (
    *("Counts", "Numbers per playlist", "Followers", "Titles", "Last modification", "Tracks"),
    *("Missing values and duplicates", "Albums and artists", "Audio features of tracks", "Correlations"),
    *("Principal components of playlists", "Clusters of playlists"),
)


@pytest.fixture
def hostile_corpus(home, playlists, hostile):  # noqa: ARG001 - the corpus is kept in that folder
    """A corpus whose titles, tracks and artists all try to be markup."""
    from dataclasses import replace

    import polars as pl

    bad = pl.lit(hostile).alias("name")
    catalog = playlists.catalog
    named = replace(
        catalog,
        tracks=catalog.tracks.with_columns(bad),
        artists=catalog.artists.with_columns(bad),
        albums=catalog.albums.with_columns(bad),
    )
    return store.write_corpus(
        Playlists(playlists.info.with_columns(bad), playlists.tracks, named), "hostile", {"kind": "test"}
    )


def test_every_form_has_every_section(corpus):
    markdown, page = (corpus_report(corpus, form) for form in (ReportFormat.md, ReportFormat.html))
    assert tuple(re.findall(r"^## (.*)$", markdown, re.MULTILINE)) == SECTIONS
    assert tuple(re.findall(r"<h2[^>]*>(.*)</h2>", page)) == SECTIONS


def test_a_table_has_the_same_columns_in_every_line_even_without_rows():
    tables = [ReportTable("empty", ("title", "playlists", "followers"), []), ReportTable("labels", (), [["a", "1"]])]
    lines = report_as_markdown("report", [], [Section("titles", "Titles", tables)]).splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert [line.count("|") for line in rows] == [4, 4, 4, 3, 3, 3]


def test_the_page_needs_no_network_and_has_no_script(corpus):
    page = corpus_report(corpus, ReportFormat.html)
    links = set(re.findall(r"""(?:href|src)=["']?([^"'> ]+)""", page))
    assert all(link.startswith("#") for link in links)
    assert "default-src 'none'; script-src 'none'" in unescape(page)
    assert "<script" not in page
    assert str(corpus.folder) not in page
    identities = re.findall(r'\bid="([^"]*)"', page)
    assert len(identities) == len(set(identities))


def test_the_page_has_a_chart_for_each_number_feature_and_matrix(corpus):
    page = corpus_report(corpus, ReportFormat.html)
    n_features = len(corpus.playlists().catalog.audio.columns)
    n_numbers = len(("entries", "albums", "artists", "edits", "minutes", "followers"))
    others = ("months", "tracks' correlations", "playlists' correlations", "scree", "loadings", "centres")
    assert page.count("<svg") == page.count("<figure") == n_numbers + n_features + len(others)


def test_names_stay_texts(hostile_corpus, hostile):
    page = corpus_report(hostile_corpus, ReportFormat.html)
    assert "<img" not in page
    assert "&lt;img" in page
    markdown = corpus_report(hostile_corpus, ReportFormat.md)
    assert "<img" not in markdown
    assert hostile in json.loads(corpus_report(hostile_corpus, ReportFormat.json))["summary"]["top_tracks"][0][1]


def test_json_has_the_numbers_unrounded(corpus):
    found = json.loads(corpus_report(corpus, ReportFormat.json))
    playlists = corpus.playlists()
    assert (found["name"], found["fingerprint"]) == ("small", corpus.fingerprint)
    followers = found["summary"]["numbers"]["followers"]
    assert followers["mean"] == pytest.approx(playlists.info["num_followers"].mean())
    assert sum(followers["histogram"]["counts"]) == len(playlists)
    assert len(found["audio"]["track_correlations"]["matrix"]) == len(playlists.catalog.audio.columns)


def test_without_the_drawing_packages_only_the_page_is_refused(corpus, monkeypatch):
    monkeypatch.setattr("harness.extras.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"playlist-harness\[page\]"):
        corpus_report(corpus, ReportFormat.html)
    assert corpus_report(corpus, ReportFormat.md).startswith("# Corpus small\n")
