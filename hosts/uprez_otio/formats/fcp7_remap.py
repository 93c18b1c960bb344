"""Read how a clip of Final Cut's XML is played: its Time Remap filter, in percent or as Hiero's factor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from uprez_otio.formats.fcp7_numbers import is_true, number_of
from uprez_otio.xmltext import Element

CURVE = "its speed changes along a curve (Time Remap)"
_MOST = 1_000_000
_NEAR = 2
_ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Remap:
    """Hold one speed: negative is backwards, 0 holds the frame `held`; both in frames of the clip."""

    speed: Fraction
    held: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """Hold a key of the speed graph: at frame `when` of the clip, frame `value` of its media."""

    when: Fraction
    value: Fraction
    kind: str
    element: Element


def effects_of(clip: Element) -> Iterator[tuple[Element, Element]]:
    """Yield the filters of a clip, each with its effect."""
    for each in clip.all("filter"):
        effect = each.find("effect")
        if effect is not None:
            yield each, effect


def remap_filter(clip: Element) -> Element | None:
    """Return the effect that changes a clip's speed, None where it has none."""
    return next((effect for _, effect in effects_of(clip) if _is_remap(effect)), None)


def parameter(effect: Element, name: str) -> Element | None:
    """Return a parameter of an effect by its id, or else by its name."""
    found = (each for each in effect.all("parameter") if each.words("parameterid").lower() == name)
    named = (each for each in effect.all("parameter") if each.words("name").lower() == name)
    return next(found, None) or next(named, None)


def keys_of(effect: Element) -> list[Key]:
    """Return the keys of a speed graph, in time; junk numbers are none."""
    graph = parameter(effect, "graphdict")
    keys = []
    for each in graph.all("keyframe") if graph is not None else ():
        when, value = number_of(each, "when"), number_of(each, "value")
        if when is not None and value is not None:
            kind = next((tag for tag in ("start", "in", "out", "end") if is_true(each, f"speedkf{tag}")), "")
            keys.append(Key(when, value, kind, each))
    return sorted(keys, key=lambda key: key.when)


def read_remap(clip: Element, *, factor: bool, length: Fraction | None) -> Remap | str | None:
    """Return how a clip is played, None at its own speed, or why nobody can tell.

    `factor` says that its writer counts 1 as the normal speed and not 100; `length` are its media's frames.
    """
    effect = remap_filter(clip)
    if effect is None:
        return None
    parent = effect.parent
    if not is_true(parent, "enabled", True) or is_true(effect, "pproBypass"):
        return "its Time Remap is switched off, and its in point may count with it or without"
    drawn = parameter(effect, "speed")
    keyed = drawn is not None and drawn.find("keyframe") is not None
    if keyed or is_true(parameter(effect, "variablespeed"), "value"):
        return CURVE
    said = number_of(parameter(effect, "speed"), "value")
    if said is None or abs(said) > _MOST * 100:
        return "its Time Remap does not tell its speed"
    speed = said if factor else said / 100
    backwards = is_true(parameter(effect, "reverse"), "value") != (speed < 0)
    return _checked(abs(speed), backwards, keys_of(effect), factor, length)


def _checked(
    speed: Fraction, backwards: bool, keys: list[Key], factor: bool, length: Fraction | None
) -> Remap | str | None:
    """Hold a speed against its graph, where there is one: they must tell the same."""
    inner = [key for key in keys if key.kind in ("in", "out")] or keys
    if speed == 0:
        return _held(inner)
    if not factor and speed < Fraction(1, 100) and not keys:
        return "its Time Remap has a speed below 1, which may be percent or a factor"
    signed = -speed if backwards else speed
    if len(inner) > 1 and not _on_line(inner, signed, length):
        return "its Time Remap tells one speed and draws another"
    return None if signed == 1 else Remap(signed)


def _held(inner: list[Key]) -> Remap | str:
    if not inner or any(key.value != inner[0].value for key in inner):
        return "its freeze frame does not tell which frame it holds"
    return Remap(Fraction(0), inner[0].value)


def _on_line(inner: list[Key], speed: Fraction, length: Fraction | None) -> bool:
    """Tell whether keys lie where a speed puts them; editors round them to whole frames and a little off."""
    first, last = inner[0], inner[-1]
    rise = last.value - first.value - speed * (last.when - first.when)
    zero = first.value - speed * first.when
    wanted = Fraction(0) if speed > 0 else length
    slack = _NEAR + abs(speed) + abs(first.when) / 1000
    return abs(rise) <= slack and (wanted is None or abs(zero - wanted) <= slack)


def _is_remap(effect: Element) -> bool:
    return effect.words("effectid").lower() == "timeremap" or effect.words("name").lower() == "time remap"


def simple_speed(speed: Fraction, reach: Fraction) -> Fraction:
    """Return the simplest speed that shows the same frames as a rounded one up to clip frame `reach`.

    Premiere writes 500.012 where it stretched a whole file, since both lengths are whole frames. What was
    rounded down may fall just short of a frame, and stays as it is.
    """
    size = abs(speed)
    for most in (1, 2, 3, 4, 5, 8, 10, 20, 25, 50, 100):
        near = size.limit_denominator(most)
        if near and 0 <= (size - near) * max(reach, _ONE) * 4 * near.denominator <= 1:
            return near if speed > 0 else -near
    return speed


def said_speed(clip: Element, *, factor: bool) -> Fraction:
    """Return how fast a clip says it is, without its direction: 1 where it says nothing."""
    effect = remap_filter(clip)
    said = number_of(parameter(effect, "speed"), "value") if effect is not None else None
    return Fraction(1) if said is None else abs(said if factor else said / 100)
