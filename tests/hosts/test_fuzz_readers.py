"""Broken timelines of every format: one sentence each, in time, and nothing written anywhere.

The suite tries a few of each kind; `UPREZ_FUZZ=1430 pytest -m slow -s tests/hosts/test_fuzz_readers.py` is
the campaign, and takes the real timelines of `UPREZ_TIMELINES` as seeds where it is set.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from uprez.errors import HostError, PlanError, UprezError
from uprez.model import Manner, Relink, Selection
from uprez.testing.clips import make_clip
from uprez.testing.timelines import clip, dissolve, external, gap, span, timeline, track, warp, write
from uprez_otio.host import OtioHost

FOLDER = Path(os.environ.get("UPREZ_TIMELINES", "no such folder"))
SUFFIXES = (".otio", ".xml", ".fcpxml", ".edl", ".aaf", ".mlt", ".kdenlive")
SECONDS = 5.0
FLAT = [False, 0.0, 0.0, 0.0, 0.0]
LARGEST = 1 << 20
NUMBERS = (b"0", b"-1", b"1e309", b"9" * 30, b"NaN", b"1/0", b"0/0", b"23.976", b"999999999999/1s", b"")
EDL = """TITLE: CUT
FCM: NON-DROP FRAME

001  A001     V     C        00:00:00:05 00:00:01:05 01:00:00:00 01:00:01:00
* FROM CLIP NAME: a.mkv
002  A001     V     C        00:00:01:05 00:00:01:05 01:00:01:00 01:00:01:00
002  A001     V     D    012 00:00:01:10 00:00:02:00 01:00:01:00 01:00:01:14
M2   A001       048.0                00:00:01:10
* FROM CLIP NAME: a.mkv
"""
XMEML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE xmeml>
<xmeml version="4"><sequence id="s"><name>cut</name><duration>40</duration>
<rate><timebase>24</timebase><ntsc>FALSE</ntsc></rate><media><video><track>
<clipitem id="c1"><name>a</name><duration>60</duration><rate><timebase>24</timebase><ntsc>FALSE</ntsc></rate>
<start>0</start><end>20</end><in>5</in><out>25</out><file id="f1"><name>a.mkv</name><pathurl>a.mkv</pathurl>
<rate><timebase>24</timebase><ntsc>FALSE</ntsc></rate><duration>60</duration></file></clipitem>
<clipitem id="c2"><name>b</name><start>20</start><end>40</end><in>25</in><out>45</out><file id="f1"/>
</clipitem>
</track></video></media></sequence></xmeml>
"""
FCPXML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE fcpxml>
<fcpxml version="1.10"><resources><format id="r1" frameDuration="1/24s" width="64" height="36"/>
<asset id="r2" name="a" start="0s" duration="60/24s" hasVideo="1" format="r1"><media-rep kind="original-media"
src="a.mkv"/></asset></resources><library><event><project name="cut"><sequence format="r1" duration="40/24s">
<spine><asset-clip ref="r2" offset="0s" name="a" start="5/24s" duration="20/24s"/>
<asset-clip ref="r2" offset="20/24s" name="b" start="30/24s" duration="20/24s"><timeMap><timept time="0s"
value="0s" interp="linear"/><timept time="10s" value="20s" interp="linear"/></timeMap></asset-clip>
</spine></sequence></project></event></library></fcpxml>
"""
MLT = """<?xml version="1.0" encoding="utf-8"?>
<mlt LC_NUMERIC="C" version="7.12.0" root=""><profile width="64" height="36" frame_rate_num="24"
frame_rate_den="1" sample_aspect_num="1" sample_aspect_den="1" progressive="1"/>
<producer id="p0" in="0" out="59"><property name="resource">a.mkv</property>
<property name="length">60</property>
<property name="mlt_service">avformat</property></producer>
<producer id="p1" in="0" out="9"><property name="resource">shot.%04d.png?begin=1001</property>
<property name="length">10</property><property name="ttl">1</property>
<property name="mlt_service">qimage</property></producer>
<playlist id="l0"><entry producer="p0" in="5" out="24"/><blank length="5"/>
<entry producer="p0" in="30" out="39"/><entry producer="p1" in="2" out="8"/>
</playlist><tractor id="t0"><track producer="l0"/></tractor></mlt>
"""


def own(suffix: str, folder: Path) -> list[bytes]:
    """Return seeds of our own making; AAF has none that is small."""
    if suffix == ".otio":
        media = external("a.mkv", span(0, 60))
        fast = clip("b", media, span(30, 9), effects=[warp(2.0)])
        keys = [[0.0, 0.0, *FLAT], [1.0, 0.5, True, -0.2, -0.2, 0.2, 0.3], [3.0, 2.45, *FLAT]]
        ramp = warp(1.0, "TimeEffect.1") | {"metadata": {"Resolve_OTIO": {"Key Frames": keys}}}
        ramped = clip("c", media, span(3, 40), effects=[ramp])
        cut = timeline(track(clip("a", media, span(5, 20)), dissolve(2, 3), fast, gap(4), ramped))
        return [write(folder / "seed.otio", cut).read_bytes()]
    texts = {".edl": EDL, ".xml": XMEML, ".fcpxml": FCPXML, ".mlt": MLT, ".kdenlive": MLT}
    return [texts[suffix].encode()] if suffix in texts else []


def seeds(suffix: str, folder: Path) -> list[bytes]:
    found = sorted(FOLDER.rglob(f"*{suffix}")) if FOLDER.is_dir() else []
    real = [path.read_bytes() for path in found if path.stat().st_size <= LARGEST]
    return own(suffix, folder) + real


def flipped(content: bytearray, chance: Random) -> None:
    for _ in range(chance.randrange(1, 9)):
        content[chance.randrange(len(content))] = chance.randrange(256)


def cut_off(content: bytearray, chance: Random) -> None:
    del content[chance.randrange(len(content)) :]


def taken_out(content: bytearray, chance: Random) -> None:
    start = chance.randrange(len(content))
    del content[start : start + chance.randrange(1, 200)]


def repeated(content: bytearray, chance: Random) -> None:
    start = chance.randrange(len(content))
    piece = content[start : start + chance.randrange(1, 300)]
    content[start:start] = piece * chance.randrange(1, 4)


def renumbered(content: bytearray, chance: Random) -> None:
    """Put a strange number where a number stands."""
    places = [at for at in range(len(content)) if 48 <= content[at] <= 57]
    if places:
        at = chance.choice(places)
        end = at
        while end < len(content) and (48 <= content[end] <= 57 or content[end] in b".:/"):
            end += 1
        content[at:end] = chance.choice(NUMBERS)


def swapped(content: bytearray, chance: Random) -> None:
    """Exchange two lines, as a careless hand does."""
    lines = bytes(content).split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    content[:] = b"\n".join(lines)


WAYS: tuple[Callable[[bytearray, Random], None], ...] = (
    flipped, cut_off, taken_out, repeated, renumbered, renumbered, swapped,
)  # fmt: skip


def broken(seed: bytes, chance: Random) -> bytes:
    content = bytearray(seed)
    for _ in range(chance.randrange(1, 4)):
        if content:
            chance.choice(WAYS)(content, chance)
    return bytes(content)


def tried(file: Path) -> str:
    """Read a timeline, ask for every relink of it, and say how that ended."""
    host = OtioHost(str(file))
    try:
        cut = host.shots(Selection())
    except (HostError, PlanError) as refused:
        told = str(refused)
        assert "\n" not in told
        assert "Traceback" not in told
        return "refused"
    size, path = {"width": 128, "height": 72}, file.parent / "r.mkv"
    relinks = tuple(
        Relink(shot=shot.id, path=path, stands_for=shot.source, rate=shot.media.rate, **size)
        for shot in cut.shots
    )
    try:
        host.rehearse(relinks, Manner())
    except UprezError as refused:
        assert "\n" not in str(refused)
        return "not relinked"
    return "read" if cut.shots else "no shot"


def campaign(suffix: str, folder: Path, count: int) -> Counter[str]:
    found: Counter[str] = Counter()
    make_clip(folder / "a.mkv", frames=60, size=(64, 36))
    plenty = seeds(suffix, folder)
    if not plenty:
        pytest.skip(f"no {suffix} to begin with; set UPREZ_TIMELINES")
    for number in range(count):
        chance = Random(f"{suffix} {number}")
        file = folder / f"cut{suffix}"
        file.write_bytes(broken(chance.choice(plenty), chance))
        before = sorted(folder.parent.rglob("*"))
        start = time.monotonic()
        found[tried(file)] += 1
        took = time.monotonic() - start
        if took > SECONDS:
            file.rename(folder.parent / f"slow{number}{suffix}")
            raise AssertionError(f"{suffix} {number} took {took:.1f} s")
        assert sorted(folder.parent.rglob("*")) == before
    return found


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_broken_timeline_is_refused_in_one_sentence_or_read(suffix: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    assert sum(campaign(suffix, tmp_path / "in", 12).values()) == 12


@pytest.mark.slow
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_thousands_of_broken_timelines(suffix: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    found = campaign(suffix, tmp_path / "in", int(os.environ.get("UPREZ_FUZZ", "1430")))
    print(f"{suffix}: {sum(found.values())} inputs, {dict(found)}")
