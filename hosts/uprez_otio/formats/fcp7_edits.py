"""Small edits of Final Cut's XML: words in an element, and an element's own text with changes in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from uprez_otio.edits import Edit, edited
from uprez_otio.formats.fcp7_numbers import decimal, number
from uprez_otio.xmltext import Element, escaped, put_text


def put_words(element: Element, words: str) -> Edit:
    """Return the edit that gives an element other text, also one that is written "<a/>"."""
    if element.inside == element.end:
        return Edit(element.start, element.end, f"<{element.tag}>{escaped(words)}</{element.tag}>")
    return put_text(element, words)


def put_number(element: Element, value: Fraction) -> Iterator[Edit]:
    """Yield the edit that gives an element another number, where it is another."""
    if number(element.text) != value:
        yield put_words(element, decimal(value, element.text))


def with_edits(text: str, element: Element, edits: Iterable[Edit]) -> str:
    """Return the text of an element with edits made in it; the edits are of the whole text."""
    at = element.start
    own = text[element.start : element.end]
    return edited(own, (Edit(edit.start - at, edit.end - at, edit.new) for edit in edits))[0]
