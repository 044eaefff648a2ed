"""A synthetic corpus that behaves like the Million Playlist Dataset, for all who do not have it."""

from harness.data.synthetic.corpus import generate
from harness.data.synthetic.model import Model

__all__ = ["Model", "generate"]
