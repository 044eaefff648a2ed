"""Self-contained HTML documents: template environment, style sheets, content security policy."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"


def environment(folder: Path = _TEMPLATES) -> Environment:
    """Environment of the templates of a folder; it escapes every value and refuses unknown ones."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def template_text(name: str) -> str:
    """Text of a file of the templates' folder: a style sheet or a script."""
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def content_policy(scripts: Sequence[str], style: str) -> str:
    """Content security policy that allows only these scripts and this style, and no network access."""
    hashes = [f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in (*scripts, style)]
    allowed = " ".join(hashes[:-1]) or "'none'"
    return f"default-src 'none'; script-src {allowed}; style-src {hashes[-1]}; base-uri 'none'; form-action 'none'"
