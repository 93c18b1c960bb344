"""Help is there at once: it loads nothing that computes."""

import subprocess
import sys

import pytest

HEAVY = ("opentimelineio", "av", "numpy", "onnxruntime", "httpx", "sqlite3", "rich")
COMMANDS = [
    "demo", "plan", "quote", "run", "sync", "resume", "animate", "restyle", "bridge", "generate", "orders",
    "cancel", "verify", "identify", "relink", "revert", "report", "providers", "plugins", "hosts", "keys",
    "doctor",
]  # fmt: skip


def test_help_loads_nothing_heavy_for_any_command() -> None:
    program = f"""
import sys
from uprez.cli import main
for words in [["--help"], ["--version"], *([name, "--help"] for name in {COMMANDS!r})]:
    sys.argv = ["uprez", *words]
    try:
        main()
    except SystemExit as leave:
        assert not leave.code, words
    heavy = [name for name in {HEAVY!r} if name in sys.modules]
    assert not heavy, (words, heavy)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.count("Usage: uprez") == 1 + len(COMMANDS)


def test_what_lists_the_plugins_loads_nothing_that_reads_or_judges_pictures() -> None:
    program = """
import sys
from uprez.cli import main
for word in ("plugins", "providers", "hosts"):
    sys.argv = ["uprez", word]
    try:
        main()
    except SystemExit as leave:
        assert not leave.code, word
heavy = {"numpy", "onnxruntime", "opentimelineio", "httpx", "sqlite3", "uprez.session", "uprez.engine"}
assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_list_of_commands_is_the_contract(uprez) -> None:
    listed = uprez("--help").out.partition("Commands:")[2].splitlines()
    assert [line.split()[0] for line in listed if line.strip()] == COMMANDS
    assert not [line for line in listed if line.endswith("...")]


@pytest.mark.parametrize("command", ["plan", "quote", "run", "sync"])
def test_selection_and_recipe_are_the_same_everywhere(command: str, uprez) -> None:
    text = uprez(command, "--help").out
    options = (
        "--track", "--clip", "--color", "--flag", "--marker", "--selected", "--between", "--below",
        "--include-disabled", "--via-resolve", "--provider", "--model", "--scale", "--to", "--handles", "-O",
        "--render", "--workspace", "--json",
    )  # fmt: skip
    assert [option for option in options if option not in text] == []
    assert text.index("Which clips") < text.index("What to buy")


def test_help_names_arguments_as_people_do_and_says_where_caps_are(uprez) -> None:
    texts = {name: uprez(name, "--help").out for name in COMMANDS}
    odd = ("<str>", "<path>", "list[", "[[", "{", "[required]\n\nOptions")
    assert [(name, mark) for name, text in texts.items() for mark in odd if mark in text] == []
    assert "uprez cancel [OPTIONS] WORKSPACE [ORDER]...\n" in texts["cancel"]
    assert "[caps.day]" in texts["run"] and "[caps.provider.NAME]" in texts["run"]


def test_no_command_at_all_shows_the_help_and_is_wrong_usage(uprez) -> None:
    ended = uprez()
    assert ended.code == 2
    assert "Commands:" in ended.out + ended.err
