"""Screenshot of the leaderboard's page, taken with Chromium.

python docs/picture.py --runs submissions --output docs/board.png
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import typer
from playwright.sync_api import sync_playwright

from harness.report.entries import entries
from harness.report.leaderboard import leaderboards
from harness.report.page import as_html
from harness.report.page_contents import page_contents

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


def main(runs: Path = Path("submissions"), output: Path = Path("docs/board.png"), height: int = 1120) -> None:
    """Write the page of all runs of a folder to a temporary file, and its upper part to a PNG."""
    boards = leaderboards(entries(runs)[0])
    if not boards:
        raise typer.BadParameter(f"there are no runs in {runs}: `harness run --recommender popularity` makes one")
    chromium = shutil.which("chromium")
    if chromium is None:
        raise typer.BadParameter("there is no Chromium: install your system's package chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_file = Path(folder) / "board.html"
        page_file.write_text(as_html(boards, page_contents(runs, boards)[0]), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1200, "height": height}, color_scheme="light")
        page.goto(page_file.as_uri())
        page.locator("section.leaderboard[data-drawn]").first.wait_for()
        output.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=output)
        browser.close()


if __name__ == "__main__":
    typer.run(main)
