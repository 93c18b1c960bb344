"""The repository of a new provider plugin, as `uprez plugins new NAME` writes it."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from uprez.errors import PlanError

_FILES = {
    "pyproject.toml.txt": "pyproject.toml",
    "README.md.txt": "README.md",
    "module.py.txt": "@module@.py",
    "test.py.txt": "test_@module@.py",
}


def write_repository(name: str, beside: Path) -> Path:
    """Write the plugin `uprez-NAME` into a new folder in `beside`; returns the folder. Raises PlanError."""
    if not re.fullmatch(r"[a-z](?:-?[a-z0-9]+)*", name) or len(name) > 40:
        raise PlanError(
            f"{name!r} is no name for a provider; take up to 40 lower-case letters, digits and single "
            "hyphens, a letter first"
        )
    folder = beside / f"uprez-{name}"
    try:
        folder.mkdir()
        for source, target in _FILES.items():
            text = (files(__name__) / source).read_text(encoding="utf-8")
            (folder / named(target, name)).write_text(named(text, name), encoding="utf-8")
    except FileExistsError:
        raise PlanError(f"{folder}: is there already; take another name, or move it away") from None
    except OSError as broken:
        raise PlanError(f"{folder}: can't be written ({broken.strerror}); choose another folder") from None
    return folder


def named(text: str, name: str) -> str:
    """Put a provider's name into a text of the template, in each of its forms."""
    forms = {
        "@name@": name,
        "@module@": f"uprez_{name.replace('-', '_')}",
        "@Class@": "".join(map(str.capitalize, name.split("-"))),
        "@KEY@": f"{name.upper().replace('-', '_')}_API_KEY",
    }
    for form, value in forms.items():
        text = text.replace(form, value)
    return text
