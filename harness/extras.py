"""Optional packages: each extra of the distribution, and one clear line where it is not installed."""

from __future__ import annotations

from importlib.util import find_spec

from harness.errors import MissingExtraError

EXTRAS = {"page": ("altair", "vl_convert", "jinja2"), "tune": ("optuna",)}
"""Extra -> the packages that it installs, by import name."""


def require_extra(extra: str) -> None:
    """Refuse work that needs an extra which is not installed.

    Raises:
        MissingExtraError: a package of the extra is missing; the message has the command that installs it.
    """
    missing = [name for name in EXTRAS[extra] if find_spec(name) is None]
    if missing:
        raise MissingExtraError(f"{', '.join(missing)} is not installed: run pip install 'playlist-harness[{extra}]'")
