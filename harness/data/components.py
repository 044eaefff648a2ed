"""Principal components of the playlists' engineered features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.data.engineered import ENGINEERED, FeatureSpace
from harness.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.types import Playlists


@dataclass(frozen=True, slots=True)
class Component:
    """One principal component of the playlists' features.

    Attributes:
        share: explained share of the variance of the scaled features, 0 to 1.
        loadings: feature -> its weight, largest absolute value first; their squares add up to 1.
    """

    share: float
    loadings: dict[str, float]


def principal_components(playlists: Playlists) -> list[Component]:
    """Compute the principal components of the scaled features, by decreasing share of variance.

    Playlists without any known feature and features that are constant are omitted. The sign of a component makes
    its largest loading positive.

    Raises:
        DataError: the corpus has no audio features, or no two playlists with different features.
    """
    space = FeatureSpace.of(playlists)
    is_known = space.known(playlists.tracks)
    if is_known.sum() < 2 or not space.span.any():  # noqa: PLR2004 - a variance needs two playlists
        raise DataError(
            "principal components need at least two playlists with different audio features; "
            "join the features of more tracks"
        )
    differing = np.flatnonzero(space.span)
    names = [ENGINEERED[column] for column in differing]
    return components_of(names, space.scaled(playlists.tracks)[is_known][:, differing])


def components_of(names: list[str], features: NDArray[np.float64]) -> list[Component]:
    """Compute the principal components of features, (n, n_features), that are not all constant, by decreasing share."""
    from sklearn.decomposition import PCA

    fitted = PCA(svd_solver="full").fit(features)
    pairs = zip(fitted.explained_variance_ratio_.tolist(), fitted.components_.tolist(), strict=True)
    return [Component(share, _loadings(names, axis)) for share, axis in pairs]


def _loadings(names: list[str], axis: list[float]) -> dict[str, float]:
    ordered = sorted(zip(names, axis, strict=True), key=lambda pair: -abs(pair[1]))
    sign = -1 if ordered[0][1] < 0 else 1
    return {name: sign * weight for name, weight in ordered}
