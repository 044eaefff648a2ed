"""Principal components of the engineered features of a corpus's playlists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.data.engineered import ENGINEERED, FeatureSpace
from harness.errors import DataError

if TYPE_CHECKING:
    from harness.types import Playlists


@dataclass(frozen=True, slots=True)
class Component:
    """One direction in which playlists differ.

    Attributes:
        share: share of the scaled features' variance that it explains.
        loadings: feature -> its weight in the direction, the strongest first; their squares add up to 1.
    """

    share: float
    loadings: dict[str, float]


def principal_components(playlists: Playlists) -> list[Component]:
    """The principal components of the scaled features, the strongest first.

    Playlists without a track with features are left out, and so are features in which no two playlists differ. A
    component's sign is such that its strongest loading is positive.

    Raises:
        DataError: the corpus has no audio features, or fewer than two playlists with any.
    """
    from sklearn.decomposition import PCA

    space = FeatureSpace.of(playlists)
    told = space.known(playlists.tracks)
    if told.sum() < 2 or not space.span.any():  # noqa: PLR2004 - one playlist differs from none
        raise DataError("audio features of two different playlists at least are needed for principal components")
    differing = np.flatnonzero(space.span)
    names = [ENGINEERED[column] for column in differing]
    fitted = PCA(svd_solver="full").fit(space.scaled(playlists.tracks)[told][:, differing])
    pairs = zip(fitted.explained_variance_ratio_.tolist(), fitted.components_.tolist(), strict=True)
    return [Component(share, _loadings(names, axis)) for share, axis in pairs]


def _loadings(names: list[str], axis: list[float]) -> dict[str, float]:
    ordered = sorted(zip(names, axis, strict=True), key=lambda pair: -abs(pair[1]))
    sign = -1 if ordered[0][1] < 0 else 1
    return {name: sign * weight for name, weight in ordered}
