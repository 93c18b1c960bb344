"""Write the demo's footage and cut, and take them the whole way."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

from uprez.demo.show import ending, opening
from uprez.demo.timeline import FOOTAGE, timeline
from uprez.errors import PlanError
from uprez.model import Manner, Selection, Size
from uprez.orders import Recipe
from uprez.outcome import Outcome
from uprez.plugins import Plugins, load
from uprez.request import Request
from uprez.session import Session, Watch
from uprez.written import is_ours

CREDITS = "CREDITS"
CUT = "cut.otio"
OUTPUT = "cut_uprez.otio"
RECIPE = Recipe(provider="local", model="cnn", size=Size(scale=Fraction(2)), handles=8)


def run_demo(
    folder: Path,
    say: Callable[[str], None],
    watch: Watch = lambda progress: None,
    plugins: Plugins | None = None,
    recipe: Recipe = RECIPE,
) -> Outcome:
    """Plan, upscale, verify and relink the demo's cut in `folder`; a second run does no work twice.

    `say` hears what to show, line by line. Raises PlanError where files of somebody else are in the way.
    """
    folder = folder.absolute()
    cut, output = _laid_out(folder)
    session = Session(str(cut), plugins or load(), watch=watch)
    again = _ours(output, session.workspace)
    planned = session.plan(Selection(), recipe)
    quote = session.quote(planned)
    for line in opening(folder, planned, quote):
        say(line)
    manner = Manner(output=output, force=again)
    request = Request(address=str(cut), recipe=planned.recipe, manner=manner)
    outcome = session.run(planned, quote, request)
    for line in ending(folder, planned, outcome):
        say(line)
    return outcome


def _laid_out(folder: Path) -> tuple[Path, Path]:
    """Write footage, credits and cut, unless they are there already; returns the cut and the output."""
    packaged = files("uprez.demo")
    wanted = {name: packaged.joinpath(name).read_bytes() for name in (FOOTAGE, CREDITS)}
    wanted[CUT] = json.dumps(timeline(), indent=4).encode()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in wanted.items():
            _place(folder / name, content)
    except OSError as broken:
        raise PlanError(f"{folder}: the demo can't be written there ({broken.strerror or broken}); "
                        "name another folder, like `uprez demo DIR`") from None  # fmt: skip
    return folder / CUT, folder / OUTPUT


def _place(file: Path, content: bytes) -> None:
    if file.exists():
        if file.is_file() and file.read_bytes() == content:
            return
        raise PlanError(
            f"{file} exists and is not the demo's own; name another folder, like `uprez demo DIR`"
        )
    part = file.with_name(f"{file.name}.part")
    part.write_bytes(content)
    part.replace(file)


def _ours(output: Path, workspace: Path) -> bool:
    """Tell whether an earlier demo wrote `output`; raises PlanError where somebody has changed it since."""
    if not output.exists():
        return False
    if is_ours(workspace, output):
        return True
    raise PlanError(f"{output} is not as the demo wrote it; move it away, or name another folder")
