"""Open an AAF with pyaaf2, which reads it in plain Python: in a set time, and with one sentence if it fails.

Only ever runs in the child process.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

from uprez_otio.limits import BadTimeline, check_size

_SECONDS = 4
_SECONDS_PER_MIB = 4
_ROOM = 512 << 20
_ROOM_PER_BYTE = 8
_MOST = 1 << 31
_ALIKE = Fraction(11, 10_000)  # as in convert: frames of 24 and of 24000/1001 are counted one for one
PICTURES = ("Picture", "LegacyPicture", "PictureWithMatte")
SOUNDS = ("Sound", "LegacySound")


@contextlib.contextmanager
def opened(path: Path, *, write: bool = False) -> Iterator[Any]:
    """Open a file, to change it in place where `write`; whatever is wrong with it is a BadTimeline."""
    size = path.stat().st_size
    check_size(size)
    library = _library()
    with _in_time(_SECONDS + _SECONDS_PER_MIB * (size >> 20)), _in_space(_ROOM + _ROOM_PER_BYTE * size):
        try:
            # without pyaaf2's own extensions, so that no definitions are added to the editor's file
            with library.open(str(path), "rw" if write else "r", extensions=False) as file:
                yield file
        except (BadTimeline, RecursionError):
            raise
        except Exception as broken:  # a broken file makes pyaaf2 raise whatever it likes
            words = " ".join(str(broken).split())[:200] or type(broken).__name__
            raise BadTimeline(f"it is no whole AAF ({words}); export it again") from None


def _library() -> Any:
    try:
        import aaf2
    except ImportError:
        raise BadTimeline("pyaaf2, which reads .aaf files, is not installed; install uprez[aaf]") from None
    return aaf2


@contextlib.contextmanager
def _in_time(seconds: int) -> Iterator[None]:
    """Stop what takes longer, counted as the processor's time: a chain of sectors may lead in a circle."""

    def late(*_: object) -> NoReturn:
        raise BadTimeline("reading it takes longer than it can for a file of its size; export it again")

    try:
        import signal

        before = signal.signal(signal.SIGPROF, late)
        signal.setitimer(signal.ITIMER_PROF, seconds)
    except (ImportError, AttributeError, ValueError):  # no such timer on Windows, nor off the main thread
        yield
        return
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextlib.contextmanager
def _in_space(room: int) -> Iterator[None]:
    """Refuse more memory than a file of its size needs: a changed byte may claim millions of entries."""
    try:
        import resource

        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = taken + room if soft == resource.RLIM_INFINITY else min(soft, taken + room)
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    except (ImportError, OSError, ValueError):  # no such limit on this system
        yield
        return
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def number(value: Any, what: str) -> int:
    """Return a count of edit units; raises BadTimeline for what is none."""
    if not isinstance(value, int) or not -_MOST < value < _MOST:
        raise BadTimeline(f"its {what} is {value!r:.40}, which is no number of frames; export it again")
    return int(value)


def rate_of(slot: Any) -> Fraction:
    """Return the edit rate of a slot; raises BadTimeline for what is none."""
    value = slot.edit_rate
    if not isinstance(value, int | float | Fraction) or not 0 < value < 1_000_000:
        raise BadTimeline(f"a track of it counts {value!r:.40} frames per second; export it again")
    return Fraction(value.numerator, value.denominator) if isinstance(value, Fraction) else Fraction(value)


def alike(one: Fraction, other: Fraction) -> bool:
    """Tell whether frames of two rates are counted one for one."""
    return abs(one - other) <= _ALIKE * other


def rescaled(position: Fraction, rate: Fraction, to: Fraction) -> Fraction:
    """Convert a position; alike rates keep the number."""
    return position if alike(rate, to) else position * to / rate


def value_of(thing: Any, name: str) -> Any:
    """Return the value of an object's property, None where it has none."""
    found = thing.get(name, None, allkeys=False)
    return None if found is None else found.value


def slot_at(mob: Any, slot_id: Any) -> Any:
    """Return the slot of a mob with an id, None where there is none."""
    return next((slot for slot in mob.slots if slot.slot_id == slot_id), None)


def kind_of(thing: Any) -> str:
    """Return which kind of media a slot or a component is of."""
    return str(thing.media_kind or "") if thing is not None else ""


def named(thing: Any) -> str:
    """Return which kind of object something is: "SourceClip", "Selector"."""
    return type(thing).__name__


def inputs(thing: Any) -> list[Any]:
    """Return what an effect is fed with."""
    return list(value_of(thing, "InputSegments") or ())


def is_warp(group: Any) -> bool:
    """Tell whether an effect changes time."""
    operation = group.operation
    return bool(operation is not None and value_of(operation, "IsTimeWarp"))


def operation_name(group: Any) -> str:
    """Return what an effect is called."""
    operation = group.operation
    return str((operation.name if operation is not None else "") or "effect")
