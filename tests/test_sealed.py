"""Saved state is used again only if it holds what was written."""

import numpy as np
import pytest

from harness.kit.checkpoints import keeping, part
from harness.sealed import is_intact, seal


@pytest.fixture
def saved(tmp_path):
    (tmp_path / "below").mkdir()
    np.save(tmp_path / "below" / "factors.npy", np.arange(6))
    (tmp_path / "model.txt").write_text("trees")
    seal(tmp_path)
    return tmp_path


def test_a_sealed_folder_is_intact(saved):
    assert is_intact(saved)


def swap(path):
    path.write_bytes(path.read_bytes()[::-1])


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: swap(folder / "below" / "factors.npy"),
        lambda folder: (folder / "model.txt").unlink(),
        lambda folder: (folder / "more.txt").write_text(""),
        lambda folder: (folder / "sealed.json").unlink(),
        lambda folder: (folder / "sealed.json").write_bytes(b"\xff"),
        lambda folder: (folder / "sealed.json").write_text('{"model.txt": 1}'),
    ],
)
def test_a_folder_with_any_changed_file_is_not_used(saved, damage):
    damage(saved)
    assert not is_intact(saved)


def test_a_folder_that_is_not_there_is_not_intact(tmp_path):
    assert not is_intact(tmp_path / "nothing")


def test_a_damaged_checkpoint_is_made_again(tmp_path):
    def made():
        with keeping(tmp_path):
            return part(
                "count",
                ["x"],
                lambda: 7,
                lambda value, folder: (folder / "n.txt").write_text(str(value)),
                lambda folder: int((folder / "n.txt").read_text()) + 100,
            )

    assert (made(), made()) == (7, 107)
    (place,) = tmp_path.iterdir()
    (place / "n.txt").write_text("8")
    assert (made(), made()) == (7, 107)
