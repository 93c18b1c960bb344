"""The example of a third party's plugin proves itself, as it stands and in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

from uprez.plugins import load

EXAMPLE = Path(__file__).parents[2] / "examples" / "provider_plugin"


def test_the_example_plugin_buys_in_its_own_tests_as_it_stands() -> None:
    """All of its checks are run beside the built wheel, in test_third_party.py."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "charged_once", "."]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    ended = subprocess.run(command, cwd=EXAMPLE, env=clean, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout[-3000:]
    assert "1 passed" in ended.stdout


def test_the_example_file_loads_inline_without_being_packaged() -> None:
    plugins = load([EXAMPLE / "uprez_doubler.py"])
    assert plugins.provider("doubler").name == "doubler"
    assert [line.error for line in plugins.lines if line.name == "uprez_doubler"] == [None]
