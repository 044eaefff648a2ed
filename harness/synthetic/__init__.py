"""A synthetic corpus that behaves like the Million Playlist Dataset, for all who do not have it."""

from harness.synthetic.corpus import generate
from harness.synthetic.model import Model

__all__ = ["Model", "generate"]
