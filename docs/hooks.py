"""MkDocs hooks: references made from the code, tutorials and benchmarks as pages.

A page includes a reference by a comment on a line of its own, `<!-- generated: commands -->`.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"

INCLUDED = re.compile(r"^<!-- generated: (.+) -->$", re.MULTILINE)


def on_files(files: Any, config: Any) -> Any:
    """Add the pages whose text is kept elsewhere: tutorials and benchmarks."""
    from mkdocs.structure.files import File

    for uri, content in other_pages().items():
        files.append(File.generated(config, uri, content=content))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace each comment that names a reference by the reference, and links to benchmarks by those of the site."""
    return filled(markdown).replace("](../benchmarks/", "](benchmarks/")


def filled(markdown: str) -> str:
    """Text of a page with its included references.

    Raises:
        KeyError: nothing of that name is generated.
    """
    return INCLUDED.sub(lambda found: GENERATED[found[1]](), markdown)


def other_pages() -> dict[str, str]:
    """Pages whose text is not in this folder: path in the site -> Markdown."""
    benchmarks = {f"benchmarks/{path.name}": path.read_text("utf-8") for path in (ROOT / "benchmarks").glob("*.md")}
    tutorials = {
        f"tutorials/{path.stem}.md": tutorial(path.read_text("utf-8")) for path in (DOCS / "tutorials").glob("*.py")
    }
    return benchmarks | tutorials


def tutorial(source: str) -> str:
    """Markdown of a notebook in percent format: text cells as they are, code cells as code blocks."""
    _, *cells = re.split(r"^# %%", source, flags=re.MULTILINE)
    return "\n\n".join(map(_cell, cells)).replace(".py)", ".md)") + "\n"


def _cell(cell: str) -> str:
    kind, body = cell.split("\n", 1)
    if kind.strip() == "[markdown]":
        return re.sub(r"^# ?", "", body, flags=re.MULTILINE).strip()
    return f"```python\n{body.strip()}\n```"


def commands() -> str:
    """Reference of the command line: usage, help and options of every command."""
    import typer

    from harness.cli.main import app

    group = typer.main.get_command(app)
    return "\n\n".join(_described_commands(group.make_context("harness", [], resilient_parsing=True)))


def _described_commands(context: Any) -> Iterator[str]:
    for name, command in context.command.commands.items():
        inner = type(context)(command, info_name=name, parent=context)
        if hasattr(command, "commands"):
            yield from _described_commands(inner)
        else:
            yield _described(command, inner)


def _described(command: Any, context: Any) -> str:
    records = [record for parameter in command.params if (record := parameter.get_help_record(context))]
    rows = [f"| `{names}` | {_cell_text(meaning)} |" for names, meaning in records]
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    table = ["| argument | meaning |", "|---|---|", *rows] if rows else []
    return "\n".join([f"## {context.command_path}", "", f"`{usage}`", "", _prose(command.help or ""), "", *table])


def _cell_text(text: str) -> str:
    return _prose(text).replace("|", "\\|").replace("\n", " ")


def _prose(text: str) -> str:
    return re.sub(r"([<>*_\[\]])", r"\\\1", text.replace("\b\n", "").strip())


def public_names(package: str) -> dict[str, str]:
    """Public names of a package, from its stub: name -> full path of its definition; without its packages."""
    stub = (ROOT / package.replace(".", "/") / "__init__.pyi").read_text(encoding="utf-8")
    return {
        alias.name: f"{package}.{node.module}.{alias.name}"
        for node in ast.parse(stub).body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def api(package: str) -> str:
    """Directives of mkdocstrings for each public name, in alphabetical order."""
    entries = sorted(public_names(package).items(), key=lambda entry: entry[0].lower())
    return "\n\n".join(
        f"::: {path}\n    options: {{heading: {package}.{name}, toc_label: {name}}}" for name, path in entries
    )


def categories() -> str:
    """Table of the ten categories of the challenge."""
    from harness.rules import CATEGORIES

    rows = [
        f"| {category.number} | {category.label} | {min(part.least for part in category.lengths)}"
        f" to {max(part.most for part in category.lengths)} |"
        for category in CATEGORIES
    ]
    return "\n".join(["| category | seeds that are shown | tracks of the playlist |", "|---|---|---|", *rows])


def metrics() -> str:
    """Reference of the metrics: definition, direction, needs and description of each."""
    from harness.metrics.catalogue import loaded_metrics

    return "\n\n".join(_described_metric(name, metric) for name, metric in loaded_metrics().items())


def _described_metric(name: str, metric: Any) -> str:
    if isinstance(metric, Exception):
        raise metric
    better = (
        "informative" if metric.informative else "higher is better" if metric.higher_is_better else "lower is better"
    )
    needs = f"; needs {', '.join(metric.needs)}" if metric.needs else ""
    return f"### `{name}`\n\nDefinition `{metric.definition}`; {better}{needs}.\n\n```text\n{metric.description}\n```"


GENERATED: dict[str, Callable[[], str]] = {
    "commands": commands,
    "categories": categories,
    "metrics": metrics,
    "api of harness": lambda: api("harness"),
    "api of harness.kit": lambda: api("harness.kit"),
    "api of harness.plot": lambda: api("harness.plot"),
}
