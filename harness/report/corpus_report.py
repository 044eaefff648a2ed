"""Report on a corpus in each output format."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

from harness.data.exploration import explore
from harness.data.filtering import provenance
from harness.data.summary import summarise
from harness.extras import require_extra
from harness.report.audio_sections import audio_sections
from harness.report.corpus import show_sections
from harness.report.corpus_page import report_as_html
from harness.report.corpus_sections import name_section, summary_sections
from harness.report.exchange import json_text
from harness.report.markdown import report_as_markdown
from harness.report.sections import ReportFormat
from harness.report.tables import print_line

if TYPE_CHECKING:
    from rich.console import Console

    from harness.data.exploration import Exploration
    from harness.data.store import StoredCorpus
    from harness.report.sections import Section


def show_corpus(corpus: StoredCorpus, console: Console) -> None:
    """Print the summary of a corpus: what a large corpus has at once.

    Raises:
        DataError: a file of the corpus is damaged.
    """
    sections = summary_sections(summarise(corpus.playlists()), corpus.manifest.notes)
    print_line(console, f"{corpus.name}  {corpus.folder}")
    for line in _lines(corpus):
        print_line(console, line)
    show_sections(sections, console)


def corpus_report(corpus: StoredCorpus, form: ReportFormat) -> str:
    """Explore a corpus and write the full report as Markdown, HTML or JSON.

    Raises:
        DataError: a file of the corpus is damaged.
        MissingExtraError: the packages for HTML are not installed.
    """
    if form is ReportFormat.html:
        require_extra("page")
    exploration = explore(corpus.playlists())
    if form is ReportFormat.json:
        return json_text(_plain(corpus, exploration))
    title, lines, sections = f"Corpus {corpus.name}", _lines(corpus), _sections(corpus, exploration)
    if form is ReportFormat.md:
        return report_as_markdown(title, lines, sections)
    return report_as_html(title, lines, sections, exploration)


def _lines(corpus: StoredCorpus) -> list[str]:
    """Lines about the corpus itself; without its folder, since a report may be published."""
    origin = provenance(corpus)
    return [f"fingerprint {corpus.fingerprint}", *([origin] if origin else [])]


def _sections(corpus: StoredCorpus, exploration: Exploration) -> list[Section]:
    audio = audio_sections(exploration.audio) if exploration.audio else []
    return [*summary_sections(exploration.summary, corpus.manifest.notes), name_section(exploration), *audio]


def _plain(corpus: StoredCorpus, exploration: Exploration) -> dict[str, Any]:
    head = {
        "name": corpus.name,
        "fingerprint": corpus.fingerprint,
        "origin": provenance(corpus),
        "notes": corpus.manifest.notes,
    }
    plain: dict[str, Any] = _finite(head | msgspec.to_builtins(exploration))
    return plain


def _finite(value: Any) -> Any:
    """The value with numbers that JSON cannot express replaced by None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value
