"""Write small AAFs as Avid lays them out, for the tests: master mobs, file mobs, tapes, effects."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import aaf2
import aaf2.misc
from aaf2.rational import AAFRational

from uprez.testing.clips import make_clip

Part = Callable[["Scene"], Any]
"""Makes one component of a track."""
SIZE = (32, 18)


class Scene:
    """Hold an AAF while it is written; `rate` is that of its timeline."""

    def __init__(self, file: Any, folder: Path, rate: Fraction) -> None:
        self.file, self.folder, self.rate = file, folder, rate
        self._masters: dict[str, Any] = {}
        self._defined: set[str] = set()

    def make(self, name: str, **told: Any) -> Any:
        """Make an object that lies in the picture, of a length."""
        thing = getattr(self.file.create, name)(media_kind="Picture")
        for key, value in told.items():
            setattr(thing, key, value)
        return thing

    def master(self, name: str, **told: Any) -> Any:
        """Return the master mob of a clip, made when it is first asked for; see `media`."""
        if name not in self._masters:
            self._masters[name] = self._master(name, **told)
        return self._masters[name]

    def _master(
        self,
        name: str,
        *,
        frames: int = 60,
        rate: Fraction | None = None,
        url: str | None = None,
        first: int | None = 86400,
        drop: bool = False,
        imported: str | None = None,
        on_file: bool = False,
        tape_at: int = 0,
        described: Mapping[str, Any] = MappingProxyType({}),
    ) -> Any:
        rate = rate or self.rate
        edit = AAFRational(rate.numerator, rate.denominator)
        tape = self.file.create.SourceMob(f"{name} tape")
        slot = tape.create_timeline_slot(edit, 1)
        slot.segment = self.make("SourceClip", length=frames + tape_at)
        if imported is None:
            tape.descriptor = self.file.create.TapeDescriptor()
        else:
            tape.descriptor = self.file.create.ImportDescriptor()
            self._locate(tape.descriptor, imported)
        if first is not None and not on_file:
            self._timecode(tape, edit, round(rate), first, drop)
        self.file.content.mobs.append(tape)
        mob = self.file.create.SourceMob(f"{name}.PHYS")
        mob.descriptor = self._described(edit, frames)
        for told, value in described.items():
            mob.descriptor[told].value = value
        if url is not None:
            self._locate(mob.descriptor, url)
        slot = mob.create_timeline_slot(edit, 1)
        slot.segment = self.make("SourceClip", length=frames, start=tape_at)
        slot.segment.mob_id, slot.segment.slot_id = tape.mob_id, 1
        if first is not None and on_file:
            self._timecode(mob, edit, round(rate), first, drop)
        self.file.content.mobs.append(mob)
        master = self.file.create.MasterMob(name)
        for number, kind in ((1, "Sound"), (2, "Picture")):
            slot = master.create_timeline_slot(edit, number)
            slot.segment = self.file.create.SourceClip(media_kind=kind)
            slot.segment.length = frames
            slot.segment.mob_id, slot.segment.slot_id = mob.mob_id, 1
        self.file.content.mobs.append(master)
        return master

    def _timecode(self, mob: Any, edit: Any, fps: int, first: int, drop: bool) -> None:
        slot = mob.create_timeline_slot(edit, 7)
        slot["PhysicalTrackNumber"].value = 1
        slot.segment = self.file.create.Timecode(fps, drop, 100_000)
        slot.segment.start = first

    def _described(self, edit: Any, frames: int) -> Any:
        descriptor = self.file.create.CDCIDescriptor()
        for name, value in (
            ("SampleRate", edit), ("Length", frames), ("ComponentWidth", 8), ("HorizontalSubsampling", 2),
            ("FrameLayout", "FullFrame"), ("VideoLineMap", [42, 0]), ("ImageAspectRatio", "16/9"),
            ("StoredWidth", SIZE[0]), ("StoredHeight", SIZE[1]), ("SampledWidth", SIZE[0]),
            ("FrameSampleSize", 99),
        ):  # fmt: skip
            descriptor[name].value = value
        return descriptor

    def _locate(self, descriptor: Any, url: str) -> None:
        locator = self.file.create.NetworkLocator()
        locator["URLString"].value = url
        descriptor["Locator"].append(locator)

    def effect(self, name: str, length: int, fed: list[Any], warp: bool = False, **told: Any) -> Any:
        """Make an effect; `told` are its parameters, lists of (time, value) for what varies."""
        self._define(name, warp, told)
        group = self.file.create.OperationGroup(name, length=length, media_kind="Picture")
        group["Parameters"].value = []
        for key, value in told.items():
            if isinstance(value, list):
                parameter = self.file.create.VaryingValue(key, "LinearInterp")
                for time, number in value:
                    point = self.file.create.ControlPoint()
                    point["Time"].value = AAFRational(Fraction(time).limit_denominator(10**8))
                    exact = AAFRational(Fraction(number).limit_denominator(10**8))
                    point["Value"].add_pid_entry()
                    point["Value"].data = point["Value"].typedef.encode(exact, parameter.typedef)
                    parameter["PointList"].append(point)
            else:
                parameter = self.file.create.ConstantValue(key, AAFRational(value))
            group.parameters.append(parameter)
        for each in fed:
            group.segments.append(each)
        return group

    def _define(self, name: str, warp: bool, told: dict[str, Any]) -> None:
        dictionary, create = self.file.dictionary, self.file.create
        if not self._defined:
            dictionary.register_def(create.InterpolationDef(aaf2.misc.LinearInterp, "LinearInterp", ""))
        for key in {*told} - self._defined:
            dictionary.register_def(
                create.ParameterDef(uuid.uuid5(uuid.NAMESPACE_URL, key), key, "", "Rational")
            )
        if name not in self._defined:
            operation = create.OperationDef(uuid.uuid5(uuid.NAMESPACE_URL, name), name)
            operation.media_kind = "Picture"
            operation["IsTimeWarp"].value = warp
            operation["Bypass"].value, operation["NumberInputs"].value = 0, 1
            operation["OperationCategory"].value = "OperationCategory_Effect"
            dictionary.register_def(operation)
        self._defined |= {name, *told}


def write(
    path: Path,
    *tracks: list[Part],
    rate: Fraction = Fraction(24),
    start: int = 86400,
    sound: list[Part] | None = None,
    usage: str | None = "Usage_TopLevel",
    nested: bool = False,
) -> Path:
    """Write a timeline of tracks from the bottom up; `nested` puts them in one slot, as Avid does."""
    with aaf2.open(str(path), "w") as file:
        scene = Scene(file, path.parent, rate)
        top = file.create.CompositionMob("cut")
        if usage:
            top.usage = usage
        edit = AAFRational(rate.numerator, rate.denominator)
        slot = top.create_timeline_slot(edit, 90)
        slot["PhysicalTrackNumber"].value = 1
        slot.segment = file.create.Timecode(round(rate), False, 10_000)
        slot.segment.start = start
        made = [sequence(*track)(scene) for track in tracks]
        if nested:
            scope = scene.make("NestedScope", length=made[0].length)
            for each in made:
                scope.slots.append(each)
            made = [scope]
        for number, each in enumerate(made, 1):
            top.create_timeline_slot(edit, number).segment = each
        if sound is not None:
            heard = top.create_timeline_slot(edit, 50)
            heard.segment = sequence(*sound)(scene)
            heard.segment.media_kind = "Sound"
            for each in heard.segment.components:
                each.media_kind = "Sound"
                if type(each).__name__ == "SourceClip":
                    each.slot_id = 1
        file.content.mobs.append(top)
    return path


def clip(name: str = "a", start: int = 0, length: int = 10, **media: Any) -> Part:
    """Show a clip from a frame on; `media` says what its file is, see `Scene.master`."""

    def made(scene: Scene) -> Any:
        told = {"url": (scene.folder / f"{name}.mkv").as_uri(), **media}
        source = scene.make("SourceClip", length=length, start=start)
        source.mob_id, source.slot_id = scene.master(name, **told).mob_id, 2
        return source

    return made


def gap(length: int) -> Part:
    return lambda scene: scene.make("Filler", length=length)


def below(length: int) -> Part:
    """Show the track below."""

    def made(scene: Scene) -> Any:
        reference = scene.make("ScopeReference", length=length)
        reference["RelativeScope"].value, reference["RelativeSlot"].value = 0, 1
        return reference

    return made


def dissolve(length: int, cut: int) -> Part:
    def made(scene: Scene) -> Any:
        transition = scene.make("Transition", length=length, cutpoint=cut)
        transition["OperationGroup"].value = scene.effect("Dissolve", length, [])
        return transition

    return made


def sequence(*parts: Part) -> Part:
    def made(scene: Scene) -> Any:
        own = scene.make("Sequence")
        for part in parts:
            each = part(scene)
            own.components.append(each)
            own.length += -each.length if type(each).__name__ == "Transition" else each.length
        return own

    return made


def effect(name: str, *fed: Part, length: int) -> Part:
    return lambda scene: scene.effect(name, length, [each(scene) for each in fed])


def motion(speed: Fraction, fed: Part, length: int, first: Fraction | int = 0) -> Part:
    """Play at a speed, as Avid writes it: the speed, and the positions that it comes to."""
    end = first + speed * length
    return lambda scene: scene.effect(
        "Motion Control",
        length,
        [fed(scene)],
        warp=True,
        PARAM_SPEED_MAP_U=[(0, speed)],
        PARAM_SPEED_OFFSET_MAP_U=[(0, first), (length, end)],
        SpeedRatio=1 / speed if speed else Fraction(length),
    )


def ratio(value: Fraction, fed: Part, length: int) -> Part:
    """Play at a speed of which only the ratio of the lengths is told."""
    return lambda scene: scene.effect("Speed", length, [fed(scene)], warp=True, SpeedRatio=value)


def curve(points: list[tuple[Fraction, Fraction]], fed: Part, length: int) -> Part:
    return lambda scene: scene.effect(
        "Motion Control", length, [fed(scene)], warp=True, PARAM_SPEED_OFFSET_MAP_U=points
    )


def muted(inner: Part) -> Part:
    def made(scene: Scene) -> Any:
        alternate = inner(scene)
        selector = scene.make("Selector", length=alternate.length)
        selector["Selected"].value = scene.make("Filler", length=alternate.length)
        selector["Alternates"].value = [alternate]
        return selector

    return made


def nest(
    start: int, length: int, *parts: Part, name: str = "nest", uses: dict[str, Any] | None = None
) -> Part:
    """Show a composition of its own; the same one again where `uses` already holds it."""

    def made(scene: Scene) -> Any:
        known = uses if uses is not None else {}
        if name not in known:
            mob = scene.file.create.CompositionMob(name)
            mob.usage = "Usage_LowerLevel"
            edit = AAFRational(scene.rate.numerator, scene.rate.denominator)
            mob.create_timeline_slot(edit, 2).segment = sequence(*parts)(scene)
            scene.file.content.mobs.append(mob)
            known[name] = mob
        source = scene.make("SourceClip", length=length, start=start)
        source.mob_id, source.slot_id = known[name].mob_id, 2
        return source

    return made


def media(folder: Path, *names: str, frames: int = 60, rate: Fraction = Fraction(24), **told: Any) -> None:
    """Make the files of clips, each with numbers of its own."""
    for number, name in enumerate(names):
        make_clip(folder / f"{name}.mkv", frames=frames, rate=rate, size=SIZE, first=number * 1000, **told)
