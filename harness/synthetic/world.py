"""Everything that does not depend on the corpus: catalogue, themes and titles."""

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
    """What playlists are made of.

    Attributes:
        model: the parameters.
        catalogue: artists, albums, tracks.
        themes: what playlists are about.
        vocabulary: what they are called.
    """

    model: Model
    catalogue: Catalogue
    themes: Themes
    vocabulary: Vocabulary


@lru_cache(maxsize=2)
def make_world(model: Model) -> World:
    """The world of a model; the last two are kept, so that a second corpus comes quickly."""
    catalogue = make_catalogue(model)
    themes = make_themes(catalogue, model)
    return World(model, catalogue, themes, make_vocabulary(themes, model))
