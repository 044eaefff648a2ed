"""Fixtures: a page over the small corpus with two recommenders, and its most frequent tracks."""

import numpy as np
import pytest

from harness.data import store
from harness.serve.explorer import Explorer


@pytest.fixture(scope="session")
def explorer(playlists, tmp_path_factory):
    """The page's content, fitted once for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_DATA", str(tmp_path_factory.mktemp("explorer")))
        corpus = store.write_corpus(playlists, "small", {"kind": "test"})
        fitted = Explorer(corpus, {"playlist-knn": {}, "item-knn": {}})
        fitted.warm_up()
        return fitted


@pytest.fixture(scope="session")
def popular(playlists):
    """The most frequent tracks, most frequent first."""
    return np.argsort(-playlists.track_counts(), kind="stable")[:10].tolist()
