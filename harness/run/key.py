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
    from collections.abc import Mapping

    from harness.interfaces import Recommender
    from harness.sources import Closure

KEY_DIGITS = 10


def list_closure(recommender: Recommender) -> Closure:
    """Sources that can change the recommender's lists: its own, its components', the fallbacks' and the harness's."""
    fallbacks = (registry.find(name).__module__ for name in FALLBACKS)
    return closure_of([*_modules(recommender), "harness.run.lists", *fallbacks])


def versions(closure: Closure) -> dict[str, str]:
    """Versions of the packages that a closure imports, and of Python without its patch number."""
    return {"python": ".".join(platform.python_version_tuple()[:2])} | closure.versions


def key_content(
    recommender: str,
    params: Mapping[str, Any],
    source_hash: str,
    versions: Mapping[str, str],
    corpus: str,
    challenge: str,
    audio: str,
) -> dict[str, Any]:
    """Everything that can change a run's lists, nested as in JSON.

    Args:
        recommender: registered name.
        params: all hyper-parameters.
        source_hash: of the sources that can change the lists.
        versions: of the imported packages.
        corpus: its fingerprint.
        challenge: its fingerprint.
        audio: fingerprint of the audio features that the lists depend on; empty if they depend on none.
    """
    content: dict[str, Any] = {
        "recommender": recommender,
        "params": params,
        "source_hash": source_hash,
        "versions": versions,
        "corpus": corpus,
        "challenge": challenge,
    }
    return content | ({"audio": audio} if audio else {})


def run_key(content: dict[str, Any]) -> str:
    """Digest of everything that can change a run's lists: numbers and texts, nested as in JSON."""
    return str(Fingerprint().texts([json.dumps(content, sort_keys=True)]))[:KEY_DIGITS]


def _modules(recommender: Recommender) -> list[str]:
    inner = (module for component in registry.components(recommender) for module in _modules(component))
    return [type(recommender).__module__, *inner]
