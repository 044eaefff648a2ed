import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.statistics.borda import borda


@given(
    means=st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=8),
    higher=st.tuples(*[st.booleans()] * 3),
)
def test_borda_agrees_with_counting_pairs(means, higher):
    expected = [
        sum(
            0.5 if theirs == mine else float((mine > theirs) == up)
            for j, other in enumerate(means)
            if j != i
            for mine, theirs, up in zip(own, other, higher, strict=True)
        )
        for i, own in enumerate(means)
    ]
    assert borda(np.array(means, float), np.array(higher)).tolist() == expected
