"""Hosts bring commands of their own, and nobody else waits for them."""

from __future__ import annotations

import subprocess
import sys


def test_a_host_without_a_menu_has_no_command(uprez) -> None:
    ended = uprez("otio", "install")
    assert ended.code == 2
    assert "No such command 'otio'" in ended.err


def test_an_unknown_word_still_gets_a_hint(uprez) -> None:
    ended = uprez("resmue")
    assert ended.code == 2 and "resume" in ended.err


def test_a_host_with_a_menu_has_its_commands(uprez) -> None:
    listed = uprez("resolve", "--help").out.partition("Commands:")[2].split()
    assert [word for word in listed if word in ("install", "uninstall", "status")] == [
        "install", "uninstall", "status",
    ]  # fmt: skip
    assert uprez("resolve").code == 2


def test_the_programs_own_commands_load_no_plugin_for_it() -> None:
    program = """
import sys
from uprez.cli import main
sys.argv = ["uprez", "--help"]
try:
    main()
except SystemExit:
    assert not [name for name in sys.modules if name.startswith("uprez_") or name == "uprez.plugins"]
"""
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
