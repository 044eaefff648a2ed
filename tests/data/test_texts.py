import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.data.texts import Numbering, Texts

TEXTS = st.lists(st.text(max_size=20))


@given(TEXTS, st.data())
def test_texts_are_stored_and_selected(texts, data):
    indices = data.draw(st.lists(st.integers(0, len(texts) - 1))) if texts else []
    packed = Texts.of(texts)
    assert len(packed) == len(texts)
    assert packed.to_list() == packed.series().to_list() == texts
    assert packed.take(np.array(indices, np.int32)).to_list() == [texts[i] for i in indices]


@given(st.lists(st.lists(st.text("ab\x00é", max_size=9), unique=True)))
def test_numbers_follow_first_appearance(batches):
    numbering, expected = Numbering(), {}
    for batch in batches:
        n_known = len(expected)
        ids, new = numbering.ids(Texts.of(batch))
        assert ids.tolist() == [expected.setdefault(key, len(expected)) for key in batch]
        assert [batch[i] for i in new] == list(expected)[n_known:]
        assert len(numbering) == len(expected)


def test_a_growing_hash_table_keeps_all_keys():
    numbering = Numbering()
    keys = [f"key {i}" for i in range(50_000)]
    for start in range(0, 50_000, 7_000):
        numbering.ids(Texts.of(keys[start : start + 7_000]))
    ids, new = numbering.ids(Texts.of(keys[::-1]))
    assert (ids == np.arange(50_000)[::-1]).all()
    assert not len(new)


def test_only_keys_in_use_are_numbered():
    numbering = Numbering()
    ids, new = numbering.ids_of(np.array([2, -1, 0, 2], np.int32), Texts.of(["a", "b", "c"]))
    assert (ids.tolist(), new.tolist(), len(numbering)) == ([1, -1, 0, 1], [0, 2], 2)
