import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.synthetic.uris import make_uris

URI = re.compile(r"spotify:(track|artist|album):[0-9A-Za-z]{22}")


def test_every_uri_of_a_corpus_is_well_formed_and_distinct(corpus):
    catalog = corpus.catalog
    for kind, frame in (("track", catalog.tracks), ("artist", catalog.artists), ("album", catalog.albums)):
        found = frame["uri"].to_list()
        assert all(URI.fullmatch(uri) and uri.split(":")[1] == kind for uri in found)
        assert len(set(found)) == frame.height


@given(st.lists(st.integers(0, 3_000_000), min_size=1, unique=True))
def test_a_uri_depends_on_its_number_alone(numbers):
    together = make_uris("track", np.array(numbers)).to_list()
    assert together == [make_uris("track", np.array([number]))[0] for number in numbers]
    assert len(set(together)) == len(numbers)


def test_a_kind_has_uris_of_its_own():
    track, album = (make_uris(kind, np.array([7]))[0].rsplit(":", 1)[1] for kind in ("track", "album"))
    assert track != album
