"""Random FCPXMLs of every rate, speed and nesting: after a relink each frame is the one that it was."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest
from hosts.fcpxml_scene import Scene, relinked, shots, time

RATES = [
    Fraction(24_000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30_000, 1001),
    Fraction(50),
    Fraction(60_000, 1001),
    Fraction(60),
]
SAID = {24_000: "23.98", 24: "24", 25: "25", 30_000: "29.97", 50: "50", 60_000: "59.94", 60: "60"}
SPEEDS = [Fraction(2), Fraction(1, 2), Fraction(17, 10), Fraction(133, 100), Fraction(-1)]
LENGTH = 400


class Writer:
    """Write a random storyline."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.chance = random.Random(seed)
        self.rate = self.chance.choice(RATES)
        self.scene = Scene(folder, self.rate, start=self.chance.choice((0, 1000)))
        self.media = []
        for number in range(3):
            rate = self.rate if number == 0 else self.chance.choice(RATES)
            first = self.chance.choice((0, 0, 5000))
            name = f"r{number + 2}"
            self.scene.asset(f"{name}.mkv", identity=name, rate=rate, frames=LENGTH, first=first)
            self.media.append((name, rate, first))

    def storyline(self, begins: int, depth: int) -> list[str]:
        story, cursor = [], begins
        for _ in range(self.chance.randrange(1, 5)):
            count = self.chance.randrange(2, 40)
            kind = self.chance.random()
            if kind < 0.15:
                story.append(
                    f'<gap name="Gap" offset="{time(cursor, self.rate)}" start="3600s" '
                    f'duration="{time(count, self.rate)}"/>'
                )
            else:
                if story and kind < 0.4:
                    story.append(
                        f'<transition name="X" offset="{time(cursor - 1, self.rate)}" '
                        f'duration="{time(2, self.rate)}"/>'
                    )
                story.append(self.clip(cursor, count, depth, wrapped=kind > 0.8))
            cursor += count
        return story

    def clip(self, at: int, count: int, depth: int, *, wrapped: bool) -> str:
        """Write a clip of `count` frames, maybe retimed, conformed, in a <clip>, and with one on top."""
        name, media, first = self.chance.choice(self.media)
        local = Fraction(first + self.chance.randrange(60, 160)) / media
        timing, begins = self.timing(local, media)
        outer = f'offset="{time(at, self.rate)}" name="{name}" start="{say(begins)}" '
        outer += f'duration="{time(count, self.rate)}"'
        hung = self.hung(begins, depth) if depth else ""
        if wrapped:
            whole = f'offset="{time(first, media)}" start="{time(first, media)}"'
            inner = f'<video ref="{name}" {whole} duration="{time(LENGTH, media)}"/>'
            return f'<clip {outer} format="{self.form(name)}">{timing}{inner}{hung}</clip>'
        return f'<asset-clip ref="{name}" {outer}>{timing}{hung}</asset-clip>'

    def form(self, name: str) -> str:
        rate = next(rate for each, rate, _ in self.media if each == name)
        return "r1" if rate == self.rate else f"{name}f"

    def timing(self, local: Fraction, media: Fraction) -> tuple[str, Fraction]:
        """Return a time map or a conform, and what the clip's start is then."""
        if self.chance.random() < 0.5:
            if media == self.rate:
                return "", local
            scaled = self.chance.choice(("", ' scaleEnabled="0"'))
            return f'<conform-rate{scaled} srcFrameRate="{SAID[media.numerator]}"/>', local
        speed = self.chance.choice(SPEEDS)
        begins = local / abs(speed)
        points = [(begins - 5, local - 5 * speed), (begins + 5, local + 5 * speed)]
        if self.chance.random() < 0.3:  # speed segments, one of which begins inside the clip
            bend = begins + Fraction(self.chance.randrange(20)) / self.rate
            points[1:] = [
                (bend, local + (bend - begins) * speed),
                (bend + 5, local + (bend - begins) * speed + 3),
            ]
        told = "".join(
            f'<timept time="{say(one)}" value="{say(other)}" interp="linear"/>' for one, other in points
        )
        return f"<timeMap>{told}</timeMap>", begins

    def hung(self, begins: Fraction, depth: int) -> str:
        if self.chance.random() < 0.5:
            return ""
        at = begins + Fraction(self.chance.randrange(3)) / self.rate
        lane = self.chance.choice((-1, 1, 2))
        if self.chance.random() < 0.4:
            return f'<spine lane="{lane}" offset="{say(at)}">{"".join(self.storyline(0, 0))}</spine>'
        return self.clip(0, self.chance.randrange(2, 9), depth - 1, wrapped=False).replace(
            'offset="0s"', f'lane="{lane}" offset="{say(at)}"', 1
        )


def say(exact: Fraction) -> str:
    return f"{exact.numerator}/{exact.denominator}s"


@pytest.mark.parametrize("seed", range(24))
def test_a_random_document_shows_its_own_frames_after_a_relink(seed: int, tmp_path: Path) -> None:
    writer = Writer(seed, tmp_path)
    file = writer.scene.write(*writer.storyline(writer.scene.start, 2))
    found = shots(file)
    assert all("curve" not in left.reason and "counts it at" not in left.reason for left in found.left_out)
    conform, _ = relinked(file, handles=seed % 5)
    assert conform.left_out == ()
    assert len(conform.relinked) == len(found.shots)
