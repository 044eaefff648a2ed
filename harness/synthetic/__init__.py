"""Synthetic corpora with the statistics of the Million Playlist Dataset, for users who do not have it."""

from harness.synthetic.corpus import generate
from harness.synthetic.model import Model

__all__ = ["Model", "generate"]
