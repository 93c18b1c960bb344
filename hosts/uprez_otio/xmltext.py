"""Read XML so that single places of it can be edited: each element knows its characters in the text.

The text has one character for each byte (`Format.text`), so that expat's byte offsets are its indices. What
is written into it is ASCII, with character references for the rest, and so fits any encoding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from uprez_otio.edits import Edit
from uprez_otio.limits import DEPTH, BadTimeline, check_size

_TAG_END = re.compile(r"""(?:[^"'>]|"[^"]*"|'[^']*')*>""")
_ATTRIBUTE = re.compile(r"""\s([^\s=/>]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_WIDE = ("\xff\xfe", "\xfe\xff", "<\0", "\0<")


@dataclass(slots=True, eq=False)
class Element:
    """Hold an element: `start` is its "<", `inside` and `close` part its tags from its content.

    An element without content that ends in "/>" has `inside`, `close` and `end` at the same place.
    """

    tag: str
    attributes: dict[str, str]
    start: int
    inside: int
    close: int = 0
    end: int = 0
    text: str = ""
    children: list[Element] = field(default_factory=list)
    parent: Element | None = None

    def find(self, path: str) -> Element | None:
        """Return the first element at a way of tags, such as "rate/timebase"."""
        found: Element | None = self
        for tag in path.split("/"):
            found = next((child for child in found.children if child.tag == tag), None) if found else None
        return found

    def all(self, tag: str) -> Iterator[Element]:
        """Yield the children of a tag."""
        return (child for child in self.children if child.tag == tag)

    def every(self, tag: str) -> Iterator[Element]:
        """Yield what has a tag, at any depth below, in order."""
        for child in self.children:
            if child.tag == tag:
                yield child
            yield from child.every(tag)

    def words(self, path: str) -> str:
        """Return the text at a way of tags, without the space around it; nothing where there is none."""
        found = self.find(path)
        return found.text.strip() if found is not None else ""


def read(path: Path) -> Element:
    """Read a file; raises BadTimeline. Only for the child process, where its text is not needed."""
    check_size(path.stat().st_size)
    return parse(path.read_bytes().decode("latin-1"))


def parse(text: str) -> Element:
    """Return the root element of a text; raises BadTimeline for what is no XML or is meant to harm."""
    if text.startswith(_WIDE):
        raise BadTimeline("it is UTF-16; save it as UTF-8")
    tree = _Tree(text)
    try:
        tree.parser.Parse(text.encode("latin-1"), True)
    except (expat.ExpatError, LookupError) as broken:  # the latter of an encoding that nobody knows
        raise BadTimeline(f"it is no whole XML ({broken}); export it again") from None
    if tree.root is None:
        raise BadTimeline("it holds no element; export it again")
    return tree.root


class _Tree:
    """Take expat's events in, and let none of its entities grow."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._open: list[Element] = []
        self.root: Element | None = None
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._words
        self.parser.EntityDeclHandler = self._entity

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= DEPTH:
            raise BadTimeline(f"it is nested more than {DEPTH} deep; export it again")
        at = self.parser.CurrentByteIndex
        match = _TAG_END.match(self._text, at)
        inside = match.end() if match else at
        parent = self._open[-1] if self._open else None
        element = Element(tag, attributes, at, inside, inside, inside, parent=parent)
        if parent is None:
            self.root = element
        else:
            parent.children.append(element)
        self._open.append(element)

    def _end(self, _: str) -> None:
        element = self._open.pop()
        if self._text[element.inside - 2] != "/":
            element.close = self.parser.CurrentByteIndex
            element.end = self._text.index(">", element.close) + 1

    def _words(self, words: str) -> None:
        if self._open:
            self._open[-1].text += words

    def _entity(self, *_: object) -> None:
        raise BadTimeline("it declares entities, which no editor does; export it again")


def escaped(words: str) -> str:
    """Return words as they stand between tags or in an attribute, in ASCII."""
    words = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    words = words.replace("'", "&apos;")
    return words.encode("ascii", "xmlcharrefreplace").decode("ascii")


def put_text(element: Element, words: str) -> Edit:
    """Return the edit that gives an element other text; what else is in it goes.

    Only for one that is not written "<a/>": that one has no place for text.
    """
    return Edit(element.inside, element.close, escaped(words))


def attribute_at(text: str, element: Element, name: str) -> tuple[int, int] | None:
    """Return where the value of an attribute is in the text, None where the element has none of the name."""
    for match in _ATTRIBUTE.finditer(text, element.start, element.inside):
        if match[1] == name:
            return match.span(2) if match[2] is not None else match.span(3)
    return None


def put_attribute(text: str, element: Element, name: str, value: str) -> Edit:
    """Return the edit that gives an attribute another value, or adds it."""
    found = attribute_at(text, element, name)
    if found is not None:
        return Edit(*found, escaped(value))
    at = element.start + 1 + len(element.tag.encode())
    return Edit(at, at, f' {name}="{escaped(value)}"')


def without_attribute(text: str, element: Element, name: str) -> Iterator[Edit]:
    """Yield the edit that takes an attribute away, where there is one."""
    for match in _ATTRIBUTE.finditer(text, element.start, element.inside):
        if match[1] == name:
            yield Edit(match.start(), match.end(), "")


def indent_of(text: str, element: Element) -> str:
    """Return the white space that an element's line begins with, to write another beside it."""
    line = text.rfind("\n", 0, element.start) + 1
    before = text[line : element.start]
    return before if not before.strip() else ""
