"""Where a render lies: in the scratch folder until it is fetched, then where it was moved to."""

from __future__ import annotations

import shutil
from pathlib import Path

from uprez.errors import MediaError


def finished(result: Path) -> Path | None:
    """Return where the whole render of `result` lies, None where there is none."""
    if result.exists():
        return result
    try:
        moved = Path(_note(result).read_text(encoding="utf-8"))
    except OSError:
        return None
    return moved if moved.exists() else None


def deliver(render: Path, to: Path, scratch: Path) -> None:
    """Bring a render to `to`, whole or not at all, and note the place in case a crash follows.

    What lies in `scratch` is moved, what was moved before is copied. Raises MediaError.
    """
    render = finished(render) or render
    try:
        if to.exists() and to.samefile(render):
            return
        to.parent.mkdir(parents=True, exist_ok=True)
        if render.parent == scratch:
            _note(render).write_text(str(to), encoding="utf-8")
            _move(render, to)
        else:
            _copy(render, to)
    except FileNotFoundError:
        raise MediaError(f"{render}: the render is gone; run `uprez resume` to make it again") from None
    except OSError as broken:
        why = broken.strerror or str(broken)
        raise MediaError(f"{to}: can't be written ({why}); free space, or choose another folder") from None


def _move(render: Path, to: Path) -> None:
    try:
        render.replace(to)
    except FileNotFoundError:
        raise
    except OSError:  # another file system
        _copy(render, to)
        render.unlink()


def _copy(render: Path, to: Path) -> None:
    part = to.with_name(f"{to.name}.part")
    try:
        shutil.copyfile(render, part)
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)


def _note(result: Path) -> Path:
    """Return the file that says where a render was moved to."""
    return result.with_name(f"{result.name}.moved")
