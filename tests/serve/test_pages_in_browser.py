"""The page in a real Chromium, by keyboard alone and as wide as a phone, served by the real server."""

import os
import shutil
import threading
from urllib.request import urlopen

import pytest

from harness.serve.app import application
from harness.serve.server import address_of, loopback_socket

CHROMIUM = shutil.which("chromium")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("HARNESS_REQUIRE_BROWSER") != "1",
    reason="there is no Chromium: install the package chromium",
)


@pytest.fixture
def address(explorer):
    import uvicorn

    bound = loopback_socket(0)
    server = uvicorn.Server(uvicorn.Config(application(explorer), log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    assert urlopen(address_of(bound), timeout=30).status == 200
    yield address_of(bound)
    server.should_exit = True
    thread.join()


@pytest.fixture
def shown(address):
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, "HARNESS_REQUIRE_BROWSER=1 asks for a Chromium, and there is none"
    messages = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.on("console", lambda message: messages.append(message.text))
        page.on("request", lambda request: messages.extend([] if request.url.startswith(address) else [request.url]))
        page.goto(address)
        yield page
        browser.close()
    assert messages == []


def focused(shown):
    return shown.evaluate("(document.activeElement.ariaLabel ?? document.activeElement.textContent).trim()")


def press_until(shown, label):
    for _ in range(60):
        if focused(shown) == label:
            return
        shown.keyboard.press("Tab")
    raise AssertionError(f"the Tab key does not reach {label!r}")


def pressed(shown, key, path):
    """Press a key that loads another page."""
    with shown.expect_navigation(url=lambda url: path in url):
        shown.keyboard.press(key)


def test_a_playlist_is_built_continued_played_and_saved_by_keyboard(shown, explorer, popular):
    name = explorer.lookup.name(popular[0])
    shown.keyboard.type(name)  # the search field has the focus
    pressed(shown, "Enter", "words=")
    first = int(explorer.lookup.search(name)[0])
    assert focused(shown).startswith("Add ")
    pressed(shown, "Enter", f"track={first}")
    assert shown.get_by_role("heading", name="Continued by").count() == 2
    assert shown.evaluate("document.activeElement.id") == "words"
    shown.keyboard.press("Shift+Tab")
    shown.keyboard.type("road trip")
    pressed(shown, "Enter", "title=road+trip")
    assert shown.evaluate("document.documentElement.scrollWidth") <= 390
    press_until(shown, f"Radio from {explorer.lookup.name(first)} by {explorer.lookup.artist(first)}")
    assert shown.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    pressed(shown, "Enter", "/radio")
    assert shown.get_by_role("heading", name="Track 1 of").is_visible()
    assert shown.get_by_text(name).first.is_visible()
    assert focused(shown) == "Next"
    pressed(shown, "Enter", "place=1")
    assert shown.get_by_role("heading", name="Track 2 of").is_visible()
    assert shown.evaluate("document.documentElement.scrollWidth") <= 390
    press_until(shown, "Back to the playlist")
    pressed(shown, "Enter", f"track={first}")
    press_until(shown, "Save the list of item-knn as a submission line")
    with shown.expect_download() as download:
        shown.keyboard.press("Enter")
    line = download.value.path().read_text()
    assert line.startswith("1000000,spotify:track:")
    assert line.count(",") == 500
