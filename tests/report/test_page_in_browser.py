"""The page in a real Chromium: sorting, filters and charts work, without console errors or network requests."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = shutil.which("chromium")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("HARNESS_REQUIRE_BROWSER") != "1",
    reason="there is no Chromium: install the package chromium",
)


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, "HARNESS_REQUIRE_BROWSER=1 asks for a Chromium, and there is none"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, tmp_path):
    """`opened(html, **context)` -> the page, drawn; its messages and requests are checked when the test ends."""
    contexts, messages, requests = [], [], []

    def show(html, **options):
        file = tmp_path / "board.html"
        file.write_text(html, encoding="utf-8")
        contexts.append(chromium.new_context(**options))
        shown = contexts[-1].new_page()
        shown.on("console", lambda message: messages.append(message.text))
        shown.on("pageerror", lambda error: messages.append(str(error)))
        shown.on("request", lambda request: requests.append(request.url))
        shown.goto(file.as_uri())
        shown.locator("section.leaderboard[data-drawn]").first.wait_for()
        return shown

    yield show
    for context in contexts:
        context.close()
    assert messages == []
    assert [url for url in requests if not url.startswith("file:") or not url.endswith("board.html")] == []


def column(shown, number):
    return shown.locator(f".ranking tbody tr:visible > :nth-child({number})").all_inner_texts()


def sorted_by(shown):
    return {each.inner_text(): each.get_attribute("aria-sort") for each in shown.locator("th[aria-sort]").all()}


def test_a_click_sorts_and_a_second_one_turns_the_order(opened, page):
    shown = opened(page)
    runs = column(shown, 3)
    assert column(shown, 1) == ["1", "2", "3"]
    shown.get_by_role("button", name="rec. s").click()
    assert column(shown, 3) == [runs[1], runs[0], runs[2]]
    assert [*sorted_by(shown).values()] == ["ascending"]
    shown.get_by_role("button", name="rec. s").click()
    assert column(shown, 3) == [runs[2], runs[0], runs[1]]
    assert [*sorted_by(shown).values()] == ["descending"]


def test_the_keyboard_alone_sorts_and_a_metric_begins_with_its_best(opened, page):
    shown = opened(page)
    shown.locator(".filter").focus()
    for _ in range(2):  # the table, which scrolls, and its first button
        shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.textContent") == "rank"
    shown.keyboard.press("Enter")
    assert column(shown, 1) == ["3", "2", "1"]
    assert shown.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    shown.get_by_role("button", name="NDCG").focus()
    shown.keyboard.press("Space")
    assert column(shown, 1) == ["1", "2", "3"]
    assert [*sorted_by(shown).values()] == ["descending"]


def wait_until(shown, condition):
    """Poll a condition from outside the page: its security policy forbids Playwright's own polling by `eval`."""
    deadline = time.monotonic() + 30
    while not shown.evaluate(condition):
        assert time.monotonic() < deadline, condition
        shown.wait_for_timeout(50)


def test_the_filter_shows_only_runs_with_the_words_in_tables_and_charts(opened, page):
    shown = opened(page)
    marks = shown.locator(".chart[data-view=seconds] .mark-symbol.role-mark path")
    assert marks.count() == 3
    shown.get_by_label("Filter runs by").fill("TITLE")
    assert column(shown, 3) == ["title-2"]
    assert shown.get_by_role("status").first.inner_text() == "1 of 3 runs"
    assert shown.locator("details.run:visible").count() == 1
    wait_until(shown, "document.querySelectorAll('[data-view=seconds] .mark-symbol.role-mark path').length === 1")
    shown.get_by_label("Filter runs by").fill("")
    assert len(column(shown, 3)) == 3


def test_a_playlist_is_explored_with_its_hits_marked(opened, page):
    shown = opened(page)
    shown.get_by_label("Playlist", exact=True).select_option(index=1)
    shown.get_by_label("Recommended by").select_option(label="title-2")
    assert "2 of 2 withheld tracks found" in shown.locator(".verdict").inner_text()
    assert shown.locator("ol.seeds li").count() == 2
    assert shown.locator("ol.withheld .mark").all_inner_texts() == ["✓ rank 1", "✓ rank 500"]
    hits = shown.locator("ol.recommended li.hit")
    assert [each.get_attribute("value") for each in hits.all()] == ["1", "500"]
    assert shown.locator("ol.recommended li").count() == 100 + 1 + 1
    shown.get_by_label("Playlist", exact=True).select_option(index=0)
    assert shown.locator(".verdict").inner_text().startswith("Title hidden")


def test_hostile_names_are_text(opened, page, hostile):
    shown = opened(page)
    for index in range(4):
        shown.get_by_label("Playlist", exact=True).select_option(index=index)
    shown.locator(".chart[data-view=seconds] .mark-symbol.role-mark path").nth(2).hover()
    shown.locator(".vg-tooltip.visible").wait_for()
    assert hostile in shown.locator(".vg-tooltip").inner_text()
    assert shown.locator("img").count() == 0
    assert shown.evaluate("window.pwned") is None
    assert shown.locator("ol.seeds li").first.inner_text().startswith(hostile)


def test_the_charts_show_the_chosen_metric(opened, page):
    shown = opened(page)
    assert shown.locator(".chart svg").count() == 4 + 2
    shown.get_by_label("Metric of the charts").select_option(label="NDCG")
    shown.locator("section.leaderboard[data-drawn=ndcg]").wait_for()
    assert "NDCG" in shown.locator(".chart[data-view=categories] svg").text_content()
    assert "loss" in shown.locator(".chart[data-view=loss] svg").text_content()
    assert shown.locator(".chart svg").count() == 4 + 2


def test_a_run_opens_from_its_row(opened, page):
    shown = opened(page)
    shown.get_by_role("link", name="title-2").click()
    assert shown.locator("details.run[open] > summary").all_inner_texts() == ["title-2"]
    assert shown.locator("details.run[open]").get_by_text("c0ffee").is_visible()


def test_the_page_follows_a_change_to_dark(opened, page):
    shown = opened(page, color_scheme="light")
    ink = "document.querySelector('.chart text').getAttribute('fill')"
    light, bright = shown.evaluate("getComputedStyle(document.body).backgroundColor"), shown.evaluate(ink)
    shown.emulate_media(color_scheme="dark")
    wait_until(shown, f"{ink} !== '{bright}'")
    assert shown.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_a_phone_shows_it_without_scrolling_sideways(opened, page):
    shown = opened(page, viewport={"width": 390, "height": 844})
    assert shown.evaluate("document.documentElement.scrollWidth") == 390
    shown.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert shown.evaluate("document.documentElement.scrollWidth") == 390


def test_a_phone_keeps_one_column_in_view_and_a_wide_screen_all(opened, page):
    shown = opened(page, viewport={"width": 390, "height": 844})
    runs = column(shown, 3)
    assert shown.locator(".ranking thead th:visible .name").all_inner_texts() == ["rank", "run", "R-precision"]
    region = "document.querySelector('.scroll')"
    assert shown.evaluate(f"{region}.scrollWidth <= {region}.clientWidth")
    shown.get_by_label("Column shown").select_option(label="clicks")
    assert shown.locator(".ranking thead th:visible .name").all_inner_texts() == ["rank", "run", "clicks"]
    assert shown.get_by_text("lower is better").first.is_visible()
    shown.locator(".ranking").get_by_role("button", name="clicks").click()
    shown.locator(".ranking").get_by_role("button", name="clicks").click()
    assert column(shown, 3) == runs[::-1]
    shown.set_viewport_size({"width": 1280, "height": 800})
    every = ["rank", "tie", "run", "R-precision", "NDCG", "clicks", "fit s", "rec. s", "MB"]
    assert shown.locator(".ranking thead th:visible .name").all_inner_texts() == every
    assert not shown.get_by_label("Column shown").is_visible()


def test_the_metrics_are_explained_and_the_machine_is_named(opened, page):
    shown = opened(page)
    assert shown.get_by_text("Measured 2026-11-26 on Abacus, 2 cores, 8 GB", exact=True).is_visible()
    shown.get_by_role("link", name="title-2").click()
    opened_run = shown.locator("details.run[open]")
    assert opened_run.get_by_text("Abacus, 2 cores, 8 GB, Linux, Python 3.13.0").is_visible()
    assert opened_run.get_by_text("2026-11-26 02:20 UTC").is_visible()
    shown.get_by_text("What the metrics mean").click()
    lines = shown.locator(".meanings dl > div").all_inner_texts()
    assert [line.split("\n")[0] for line in lines] == ["R-precision", "NDCG", "clicks"]
    assert "Pages turned before the first hit" in lines[2]
    assert "lower is better; clicks, definition rules" in lines[2]


def test_the_keyboard_alone_filters_and_explores(opened, page):
    shown = opened(page)
    shown.locator(".filter").focus()
    shown.keyboard.type("title-2")
    assert column(shown, 3) == ["title-2"]
    for _ in range(len("title-2")):
        shown.keyboard.press("Backspace")
    assert len(column(shown, 3)) == 3
    shown.get_by_label("Playlist", exact=True).focus()
    shown.keyboard.press("ArrowDown")
    assert "2 of 2 withheld tracks found" in shown.locator(".verdict").inner_text()
    assert not shown.locator(".verdict").inner_text().startswith("Title hidden")
    before = shown.locator("ol.recommended li").nth(1).inner_text()
    shown.keyboard.press("Tab")
    shown.keyboard.press("ArrowDown")
    assert shown.locator("ol.recommended li").nth(1).inner_text() != before
    for _ in range(3):  # seeds, withheld tracks, recommended tracks
        shown.keyboard.press("Tab")
    shown.keyboard.press("End")
    wait_until(shown, "document.querySelector('ol.recommended').scrollTop > 0")


def test_the_page_can_neither_fetch_nor_run_added_content(chromium, page, tmp_path):
    (tmp_path / "board.html").write_text(page, encoding="utf-8")
    shown = chromium.new_page()
    messages = []
    shown.on("console", lambda message: messages.append(message.text))
    shown.goto((tmp_path / "board.html").as_uri())
    shown.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.added = 1";
        document.body.append(script);
        const image = document.createElement("img");
        image.src = "https://example.org/x.png";
        document.body.append(image);
    }""")
    assert shown.evaluate("window.added") is None
    assert len([text for text in messages if "Content Security Policy" in text]) == 2
    shown.close()


def test_the_picture_of_the_readme_is_drawn_by_its_command(corpus, tmp_path, command):
    code, _, _ = command("run", "--recommender", "popularity", "--data", corpus.name, "--runs", tmp_path / "runs")
    assert code == 0
    words = [ROOT / "docs" / "picture.py", "--runs", tmp_path / "runs", "--output", tmp_path / "board.png"]
    subprocess.run([sys.executable, *words], check=True)
    for picture in (tmp_path / "board.png", ROOT / "docs" / "board.png"):
        content = picture.read_bytes()
        assert content.startswith(b"\x89PNG")
        assert 20_000 < len(content) < 200_000, picture
    assert re.search(r"python\)? docs/picture\.py", (ROOT / "Makefile").read_text(encoding="utf-8"))
