"""Fill HTML templates so that nothing from outside can become markup: what isn't Markup is escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from html import escape
from importlib.resources import files
from string import Template


class Markup(str):
    """Mark text as HTML that was made here."""

    __slots__ = ()


def fill(template: str, **values: object) -> Markup:
    """Fill a template of this package; raises KeyError for a name that it needs and isn't given."""
    return Markup(Template(text(template)).substitute({name: html(value) for name, value in values.items()}))


def html(value: object) -> Markup:
    """Escape a value, unless it is Markup already."""
    return value if isinstance(value, Markup) else Markup(escape(str(value)))


def join(parts: Iterable[Markup], between: str = "") -> Markup:
    """Put pieces of HTML together."""
    return Markup(between.join(parts))


def tag(name: str, inside: object, **attributes: object) -> Markup:
    """Build an element; `class_` and `data_text` become class and data-text."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"' for key, value in attributes.items()
    )
    return Markup(f"<{name}{written}>{html(inside)}</{name}>")


def hash_of(script: str) -> str:
    """Return what a content security policy allows exactly this script by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


@cache
def text(name: str) -> str:
    """Read a file of this package's templates."""
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")
