"""Interface of item models: the score of a track is the sum of its weights with the seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@runtime_checkable
class HasItemWeights(Protocol):
    """A recommender whose scores are sums of weights between seeds and tracks."""

    def item_weights(self) -> csr_array:
        """Row: seed, column: track, (n_tracks, n_tracks) float32."""
