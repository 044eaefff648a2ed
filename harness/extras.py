"""Optional packages: the extras of the distribution, and the error for a missing one."""

from __future__ import annotations

from importlib.util import find_spec

from harness.errors import MissingExtraError

EXTRAS = {
    "page": ("altair", "vl_convert", "jinja2"),
    "tune": ("optuna",),
    "serve": ("starlette", "uvicorn", "jinja2"),
    "ray": ("ray",),
}
"""Extra -> import names of its packages."""


def require_extra(extra: str) -> None:
    """Raise an error if an extra is not installed.

    Raises:
        MissingExtraError: a package of the extra is missing; the message has the install command.
    """
    missing = [name for name in EXTRAS[extra] if find_spec(name) is None]
    if missing:
        raise MissingExtraError(f"{', '.join(missing)} is not installed: run pip install 'playlist-harness[{extra}]'")
