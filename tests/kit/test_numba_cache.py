"""The cache folder of compiled kernels: one for each state of the sources, in a place that can be written."""

import os
import stat
import subprocess
import sys

import pytest

from harness.errors import ParameterError
from harness.kit import numba_cache


def test_every_file_with_a_kernel_counts():
    names = {path.name for path in numba_cache.kernel_sources()}
    expected = {"kernels.py", "expansion.py", "inner_products.py", "text_kernels.py"}
    expected |= {"slim.py", "_least_squares.py", "near_artists.py", "pickle_kernels.py"}
    assert expected <= names
    assert "rules.py" not in names


def test_another_source_has_another_folder(monkeypatch, tmp_path):
    monkeypatch.setenv(numba_cache.VARIABLE, str(tmp_path / "cache"))
    source = tmp_path / "kernel.py"
    monkeypatch.setattr(numba_cache, "kernel_sources", lambda: [source])
    folders = []
    for text in ("compiled = 1", "compiled = 2", "compiled = 1"):
        source.write_text(text)
        folders.append(numba_cache.cache_folder())
    assert folders[0] == folders[2] != folders[1]
    assert folders[0].parent == tmp_path / "cache"


def test_a_folder_that_was_long_unused_is_deleted(monkeypatch, tmp_path):
    monkeypatch.setenv(numba_cache.VARIABLE, str(tmp_path))
    old, recent = tmp_path / "kernels-old", tmp_path / "kernels-recent"
    for folder in (old, recent):
        folder.mkdir()
    os.utime(old, (0, 0))
    current = numba_cache.cache_folder()
    assert sorted(tmp_path.iterdir()) == sorted([recent, current])


def test_where_the_named_place_cannot_be_made_another_is_found(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv(numba_cache.VARIABLE, str(tmp_path / "file" / "cache"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert numba_cache.cache_folder().is_relative_to(tmp_path / "xdg")


def test_no_writable_folder_is_an_error_that_names_the_remedy(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(numba_cache, "_places", lambda: iter([tmp_path / "file" / "cache"]))
    with pytest.raises(ParameterError, match=r"^no writable folder for compiled code: set \$NUMBA_CACHE_DIR"):
        numba_cache.cache_folder()


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no write bit there")
def test_kernels_call_each_other_across_files_of_a_read_only_package(tmp_path):
    package = tmp_path / "site" / "other"
    package.mkdir(parents=True)
    head = "from harness.kit.numba_cache import compiled\n"
    (package / "__init__.py").touch()
    (package / "inner.py").write_text(f"{head}@compiled\ndef inner(x):\n    return x + 1\n")
    (package / "outer.py").write_text(
        f"{head}from other.inner import inner\n@compiled\ndef outer(x):\n    return inner(x) * 2\n"
    )
    package.chmod(stat.S_IRUSR | stat.S_IXUSR)
    environment = os.environ | {"PYTHONPATH": str(package.parent), numba_cache.VARIABLE: str(tmp_path / "cache")}
    code = "from other.outer import outer; print(outer(1))"
    for _ in range(2):  # compiled, then read from the folder
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert done.stdout == "4\n"
    assert list((tmp_path / "cache").rglob("*.nbc"))
    package.chmod(stat.S_IRWXU)
