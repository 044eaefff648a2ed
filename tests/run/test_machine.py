"""Machine and command line in a run's record."""

import os
import sys

from harness.machine import command_line, this_machine


def test_machine_has_cores_memory_processor_and_system():
    machine = this_machine()
    assert 1 <= machine.cores <= (os.cpu_count() or 1)
    assert machine.memory_bytes > 2**26
    assert machine.cpu
    assert machine.system


def test_command_line_is_quoted_and_has_no_folder_of_the_program(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/usr/bin/harness", "run", "--team", "My Team"])
    assert command_line() == "harness run --team 'My Team'"


def test_command_line_with_bytes_that_are_no_utf_8_can_be_written(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["harness", "run", "--data", "caf\udce9\n"])
    assert command_line().encode().decode().isprintable()
