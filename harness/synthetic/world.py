"""Catalogue, themes and titles of a model; they do not depend on the corpus's seed or size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from harness.synthetic.catalogue import Catalogue, make_catalogue
from harness.synthetic.themes import Themes, make_themes
from harness.synthetic.vocabulary import Vocabulary, make_vocabulary

if TYPE_CHECKING:
    from harness.synthetic.model import Model


@dataclass(frozen=True)
class World:
    """Catalogue, themes and titles from which playlists are drawn.

    Attributes:
        model: the parameters.
        catalogue: artists, albums, tracks.
        themes: themes of playlists.
        vocabulary: titles.
    """

    model: Model
    catalogue: Catalogue
    themes: Themes
    vocabulary: Vocabulary


@lru_cache(maxsize=2)
def make_world(model: Model) -> World:
    """Make the world of a model; the last two are cached, so that a second corpus is generated faster."""
    catalogue = make_catalogue(model)
    themes = make_themes(catalogue, model)
    return World(model, catalogue, themes, make_vocabulary(themes, model))
