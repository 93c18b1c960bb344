"""A media pool item: its properties, and putting another file in its place."""

# ruff: noqa: N802, D102 - names and meanings are Blackmagic's
from __future__ import annotations

from pathlib import Path
from typing import Any

from uprez.testing.fake_resolve.api.face import Ref, timeline_ref
from uprez.testing.fake_resolve.api.marking import Flagged, Ranged
from uprez.testing.fake_resolve.defaults import COLOR_DEFAULTS
from uprez.testing.fake_resolve.media import described, frame_number, rate_of, read_file
from uprez.testing.fake_resolve.state import Clip, new_uid

_PLAIN = {*COLOR_DEFAULTS} - {"Reel Name", "Super Scale"}
UPSELL = "This feature needs DaVinci Resolve Studio"


class ClipFace(Flagged[Clip], Ranged[Clip]):
    """A media pool item."""

    def GetName(self) -> str:
        return self.thing.name

    def SetName(self, name: str) -> bool:
        self.thing.name = str(name)
        return bool(name)

    def GetUniqueId(self) -> str:
        return self.thing.uid

    def GetMediaId(self) -> str:
        return f"media-{self.thing.uid}"

    def GetTimeline(self) -> Ref | None:
        return timeline_ref(self.app.timeline(self.thing.timeline))

    def GetClipProperty(self, name: str | None = None) -> Any:
        uses = self.app.uses(self.thing.uid)
        found = described(self.thing, self.knobs.locale, self.knobs.fps_type, uses)
        return found if not name else found.get(name, "")

    def SetClipProperty(self, name: str, value: Any) -> bool:
        clip, text = self.thing, str(value)
        if name == "Super Scale":
            return self._super_scale(text)
        if name == "Reel Name":  # says yes, and automatic reel names win (7.2)
            return True
        if name == "FPS":
            return self._rate(text)
        if name == "Start TC":
            return self._timecode(text)
        if name == "Clip Name" and text:
            clip.name = text
            return True
        if name not in _PLAIN or clip.facts is None:
            return False
        clip.properties[name], clip.touched = text, True
        return True

    def SetMarkInOut(self, start: Any, end: Any, kind: str = "all") -> bool:
        self.thing.touched = True
        return super().SetMarkInOut(start, end, kind)

    def _super_scale(self, text: str) -> bool:
        if self.app.profile.edition == "free":
            self.app.modal = UPSELL
            return False
        if text not in ("0", "1", "2", "3", "4"):
            return False
        self.thing.properties["Super Scale"] = text
        return True

    def _rate(self, text: str) -> bool:
        found, facts = rate_of(text), self.thing.facts
        if found is None or facts is None or not facts.video:
            return False
        for timeline, *_, item in self.app.items():
            if item.clip == self.thing.uid and item.speed:  # the uses keep their pictures (7.3)
                shown = item.duration * item.speed * facts.rate / timeline.rate
                item.duration = max(1, abs(int(shown * timeline.rate / found[0] / item.speed)))
        facts.rate, facts.drop = found
        return True

    def _timecode(self, text: str) -> bool:
        facts = self.thing.facts
        frame = frame_number(text, facts.rate) if facts and facts.video else None
        if facts is None or frame is None:
            return False
        facts.timecode, facts.drop = frame, ";" in text
        return True

    def ReplaceClip(self, path: str) -> bool:
        return self._replace(path, keep_span=False)

    def ReplaceClipPreserveSubClip(self, path: str) -> bool:
        return self._replace(path, keep_span=True)

    def _replace(self, path: str, *, keep_span: bool) -> bool:
        clip, facts = self.thing, read_file(Path(str(path)))
        if facts is None or clip.kind not in ("media", "still", "audio") or not Path(path).is_absolute():
            return False
        if facts.still and clip.facts is not None:
            facts.rate = clip.facts.rate  # a still has none of its own: it took the project's when imported
        if self.knobs.replace_counts_short and self.app.once("ReplaceClip"):
            facts.frames -= 1
        clip.path, clip.facts, clip.offline = str(path), facts, False
        clip.kind = "still" if facts.still else "media" if facts.video else "audio"
        clip.span = clip.span if keep_span else None
        if self.knobs.replace_renames:
            clip.name = Path(path).name
        if self.knobs.replace_resets_color:
            clip.properties = dict(COLOR_DEFAULTS)
        if self.knobs.replace_new_uid:
            self._renew(new_uid())
        return True

    def _renew(self, uid: str) -> None:
        old = self.thing.uid
        self.project.clips[uid] = self.project.clips.pop(old)
        self.thing.uid = uid
        for *_, item in self.app.items():
            item.clip = uid if item.clip == old else item.clip
            for take in item.takes:
                take.clip = uid if take.clip == old else take.clip

    def LinkProxyMedia(self, path: str) -> bool:
        own, proxy = self.thing.facts, read_file(Path(str(path)))
        if own is None or proxy is None or own.rate != proxy.rate or own.frames != proxy.frames:
            return False
        if own.timecode != proxy.timecode:
            return False
        self.thing.proxy = str(path)
        return True

    def UnlinkProxyMedia(self) -> bool:
        had, self.thing.proxy = self.thing.proxy, None
        return had is not None

    def LinkFullResolutionMedia(self, path: str) -> bool:
        return False  # only a clip that began as a proxy takes one, and none here did (7.6)

    def GetMetadata(self, name: Any = None) -> Any:
        return _read(self.thing.metadata, name)

    def SetMetadata(self, name: Any, value: Any = None) -> bool:
        return _write(self.thing.metadata, name, value)

    def GetThirdPartyMetadata(self, name: Any = None) -> Any:
        return _read(self.thing.third_party, name)

    def SetThirdPartyMetadata(self, name: Any, value: Any = None) -> bool:
        return _write(self.thing.third_party, name, value)


def _read(kept: dict[str, str], name: Any) -> Any:
    return dict(kept) if not name else kept.get(name, "")


def _write(kept: dict[str, str], name: Any, value: Any) -> bool:
    new = name if isinstance(name, dict) else {name: value}
    if not all(isinstance(key, str) and isinstance(text, str) for key, text in new.items()):
        return False
    kept.update(new)
    return True
