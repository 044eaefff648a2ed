"""Progress reaches its listener and nothing else."""

from contextlib import contextmanager

import pytest

from harness.kit.progress import listening, step, track


class Listener:
    """Writes down what it hears."""

    def __init__(self):
        self.heard = []

    @contextmanager
    def __call__(self, what, total):
        self.heard.append(("begin", what, total))
        heard = self.heard

        class Bar:
            def advance(self, amount=1, detail=""):
                heard.append((amount, detail))

        yield Bar()
        self.heard.append(("end", what))


def test_nobody_needs_to_listen():
    assert list(track([1, 2], "counting")) == [1, 2]
    with step("working") as bar:
        bar.advance(5, detail="nobody hears this")


def test_a_listener_hears_each_item_after_it_was_worked_on():
    listener = Listener()
    with listening(listener):
        for item in track("ab", "letters"):
            listener.heard.append(item)
    assert listener.heard == [("begin", "letters", 2), "a", (1, ""), "b", (1, ""), ("end", "letters")]


def test_the_total_is_reported_where_it_is_known():
    listener = Listener()
    with listening(listener):
        list(track(iter("ab"), "unknown"))
        list(track(iter("ab"), "known", 2))
        with step("unknown step"), step("known step", 9) as bar:
            bar.advance(9, "slice 3")
    assert [heard for heard in listener.heard if heard[0] == "begin"] == [
        ("begin", "unknown", None),
        ("begin", "known", 2),
        ("begin", "unknown step", None),
        ("begin", "known step", 9),
    ]
    assert (9, "slice 3") in listener.heard


def test_listening_ends_with_its_block_and_the_outer_listener_is_back():
    outer, inner = Listener(), Listener()
    with listening(outer):
        with pytest.raises(KeyboardInterrupt), listening(inner):
            raise KeyboardInterrupt
        list(track([], "after"))
    list(track([], "unheard"))
    assert outer.heard == [("begin", "after", 0), ("end", "after")]
    assert not inner.heard
