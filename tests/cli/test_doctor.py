"""`harness doctor`, `harness --version`, `python -m harness`."""

import json
import subprocess
import sys
from importlib.metadata import EntryPoint, version

import pytest

from harness import installation, plugins


def checks(out):
    return {check["name"]: check for check in json.loads(out)}


def test_a_sound_installation_has_no_fault(command, tmp_path):
    code, out, err = command("doctor", "--json", "--runs", tmp_path / "new" / "runs")
    assert (code, err) == (0, "")
    assert checks(out)["harness"]["state"] == version("playlist-harness")
    assert f"numpy {version('numpy')}" in checks(out)["packages"]["state"]
    assert not (tmp_path / "new").exists()


def test_a_package_that_is_too_old_and_one_that_is_missing_are_faults(command, tmp_path, monkeypatch):
    monkeypatch.setattr(installation, "requires", lambda _: ["numpy>=999", "no-such-package>=1"])
    code, out, err = command("doctor", "--runs", tmp_path)
    assert code == 1
    assert "! numpy " in out
    assert "-> pip install 'numpy>=999'" in out
    assert "missing  -> pip install 'no-such-package>=1'" in out
    assert err.startswith("error: 2 of ")


def test_a_folder_that_cannot_be_written_is_a_fault(command, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    code, out, _ = command("doctor", "--json", "--runs", file)
    assert code == 1
    assert checks(out)["runs"]["is_fault"]


def test_a_plug_in_that_cannot_be_imported_is_a_fault(command, tmp_path, monkeypatch):
    points = {"broken": EntryPoint("broken", "no_such_module:Broken", plugins.RECOMMENDER.group)}
    monkeypatch.setattr(plugins, "KINDS", (plugins.RECOMMENDER,))
    monkeypatch.setattr(plugins, "registered", lambda _: points)
    code, out, _ = command("doctor", "--json", "--runs", tmp_path)
    assert code == 1
    assert checks(out)["recommenders"]["state"] == "0 of 1 can be imported"
    assert "no_such_module" in checks(out)["recommender broken"]["state"]


@pytest.mark.parametrize("start", [["-m", "harness"], ["-m", "harness.cli.main"]])
def test_the_version_is_printed(start):
    done = subprocess.run([sys.executable, *start, "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"harness {version('playlist-harness')}\n")
