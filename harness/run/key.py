"""Key of a run: equal keys mean equal lists."""

from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING, Any

from harness import registry
from harness.fingerprint import Fingerprint
from harness.run.lists import FALLBACKS
from harness.sources import closure_of

if TYPE_CHECKING:
    from harness.sources import Closure
    from harness.types import Recommender

KEY_DIGITS = 10


def list_closure(recommender: Recommender) -> Closure:
    """Sources that can change the recommender's lists: its own, its components', the fallbacks' and the harness's."""
    fallbacks = (registry.find(name).__module__ for name in FALLBACKS)
    return closure_of([*_modules(recommender), "harness.run.lists", *fallbacks])


def versions(closure: Closure) -> dict[str, str]:
    """Versions of the packages that a closure imports, and of Python without its patch number."""
    return {"python": ".".join(platform.python_version_tuple()[:2])} | closure.versions


def run_key(content: dict[str, Any]) -> str:
    """Digest of everything that can change a run's lists: numbers and texts, nested as in JSON."""
    return str(Fingerprint().texts([json.dumps(content, sort_keys=True)]))[:KEY_DIGITS]


def _modules(recommender: Recommender) -> list[str]:
    inner = (module for component in registry.components(recommender) for module in _modules(component))
    return [type(recommender).__module__, *inner]
