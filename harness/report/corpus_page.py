"""Report on a corpus as one self-contained HTML page, without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.extras import require_extra
from harness.printable import printable
from harness.report.corpus_charts import figures
from harness.report.documents import content_policy, environment, template_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.data.exploration import Exploration
    from harness.report.sections import Section


def report_as_html(title: str, lines: Sequence[str], sections: Sequence[Section], exploration: Exploration) -> str:
    """Self-contained HTML document that needs no network and shows every title and name as text.

    Args:
        title: heading of the page.
        lines: lines about the corpus.
        sections: of the exploration, in display order.
        exploration: drawn as charts beside the tables of its sections.
    """
    require_extra("page")
    from markupsafe import Markup

    drawn = figures(exploration)
    views = [
        {
            "name": section.name,
            "title": section.title,
            "remarks": section.remarks,
            "figures": [
                {"caption": figure.caption, "svg": Markup(figure.svg), "wide": figure.wide}  # noqa: S704 - no user text
                for figure in drawn.get(section.name, ())
            ],
            "tables": [_table(table) for table in section.tables],
        }
        for section in sections
    ]
    style = template_text("page.css") + template_text("corpus.css")
    return (
        environment()
        .get_template("corpus.html.jinja")
        .render(
            title=printable(title),
            lines=[printable(line) for line in lines],
            sections=views,
            policy=content_policy([], style),
            style=Markup(style),  # noqa: S704 - files of this package, without user input
        )
    )


def _table(table: Any) -> dict[str, Any]:
    return {
        "title": printable(table.title),
        "columns": list(table.columns),
        "left": table.left,
        "cells": [[printable(cell) for cell in row] for row in table.cells],
    }
