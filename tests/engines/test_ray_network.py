"""Two machines in network namespaces: the link between them goes down while both perform units."""

import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.engines.claims import holder
from harness.engines.units import State, UnitFiles, state_of

pytest.importorskip("ray", reason="the extra playlist-harness[ray] is not installed")

HEAD, OTHER = "harness-head", "harness-other"
ADDRESSES = {HEAD: "10.77.0.1", OTHER: "10.77.0.2"}
PORT = 6390
SECONDS = 12
"""Of a unit."""

DRIVER = """
import sys
from pathlib import Path

from work_of_units import Sleep

from harness.engines.cluster import RayEngine
from harness.engines.units import Unit

folder = Path(sys.argv[1])
units = [Unit(f"unit-{number}", folder, Sleep(float(sys.argv[3]))) for number in range(4)]
RayEngine(address=sys.argv[2]).perform(units, "units")
"""

HEALTH = {
    "RAY_health_check_initial_delay_ms": "0",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "1000",
    "RAY_health_check_failure_threshold": "5",
}
"""Ray notices a lost machine after five seconds instead of a minute."""

ENVIRONMENT = {"RAY_AUTH_MODE": "disabled", "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0", "RAY_DISABLE_IMPORT_WARNING": "1"}


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def can_make_namespaces():
    if not shutil.which("ip") or os.geteuid():
        return False
    made = subprocess.run(["ip", "netns", "add", "harness-try"], capture_output=True, check=False).returncode == 0
    if made:
        ip("netns", "del", "harness-try")
    return made


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not can_make_namespaces(), reason="network namespaces need root and the program ip"),
]


@pytest.fixture
def machines():
    """Two namespaces, each with one end of a cable."""
    for name in ADDRESSES:
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
        ip("netns", "add", name)
    ip("link", "add", "head0", "netns", HEAD, "type", "veth", "peer", "name", "other0", "netns", OTHER)
    for name, device in ((HEAD, "head0"), (OTHER, "other0")):
        ip("-n", name, "address", "add", f"{ADDRESSES[name]}/24", "dev", device)
        ip("-n", name, "link", "set", device, "up")
        ip("-n", name, "link", "set", "lo", "up")
    yield
    for name in ADDRESSES:
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


def kill_all(name):
    listed = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True, check=False)
    for pid in listed.stdout.split():
        subprocess.run(["kill", "-9", pid], capture_output=True, check=False)


@contextmanager
def started(name, command, environment, log):
    """A process, with all that it starts, in a namespace."""
    with log.open("w") as output:
        process = subprocess.Popen(
            ["ip", "netns", "exec", name, *command],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            kill_all(name)
            process.wait()


@pytest.mark.parametrize("cut", ["five seconds", "for ever", "power"])
@pytest.mark.usefixtures("machines")
def test_a_machine_that_is_cut_off_costs_its_units(work, tmp_path, cut):
    folder, ray = tmp_path / "outputs", Path(sys.executable).parent / "ray"
    folder.mkdir()
    (tmp_path / "driver.py").write_text(DRIVER)
    environment = {**os.environ, **ENVIRONMENT, **HEALTH, "PYTHONPATH": str(Path(work.__file__).parent)}
    start = [str(ray), "start", "--block", "--num-cpus=1", "--object-store-memory=80000000"]
    head = [*start, "--head", f"--node-ip-address={ADDRESSES[HEAD]}", f"--port={PORT}", "--include-dashboard=false"]
    address = f"{ADDRESSES[HEAD]}:{PORT}"
    other = [*start, f"--address={address}", f"--node-ip-address={ADDRESSES[OTHER]}"]
    driver = [sys.executable, str(tmp_path / "driver.py"), str(folder), address, str(SECONDS)]
    files = [UnitFiles(f"unit-{number}", folder / "units") for number in range(4)]
    with (
        started(HEAD, [*head, f"--temp-dir=/tmp/r{os.getpid()}"], environment, tmp_path / "head.log"),
        started(OTHER, other, environment, tmp_path / "other.log"),
    ):
        time.sleep(12)
        with started(HEAD, driver, environment, tmp_path / "driver.log") as process:
            deadline = time.monotonic() + 60
            while sum(holder(each.claim) is not None for each in files) < 2:
                assert time.monotonic() < deadline, (tmp_path / "driver.log").read_text()
                time.sleep(0.1)
            ip("-n", OTHER, "link", "set", "other0", "down")  # at this end: the head must still reach its own address
            if cut == "power":
                kill_all(OTHER)
            if cut == "five seconds":
                time.sleep(5)
                ip("-n", OTHER, "link", "set", "other0", "up")
            assert process.wait(timeout=240) == 0, (tmp_path / "driver.log").read_text()
    assert {state_of(each) for each in files} == {State.done}
