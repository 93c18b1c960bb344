"""Random MLT projects: every clip that is relinked shows the frames it showed, by a plain reading of both."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hosts.corpus_mlt import report
from hosts.mlt_scene import (
    FRAMES,
    blank,
    entry,
    ground,
    main,
    media,
    playlist,
    producer,
    project,
    properties,
    tractor,
    warped,
)

SPEEDS = (2.0, 0.5, 1.7, -1.0, -2.0, -0.7, 0.25, 3.0, -0.3, 1.25)


def drawn(number: int) -> str:
    """Draw a project: one to three tracks of clips at all speeds, gaps, and a nested tractor."""
    dice = random.Random(number)
    made = [producer("p0", "a.mkv"), producer("p1", "b.mkv"), producer("p2", "ntsc.mkv")]
    lengths = {"p0": FRAMES, "p1": FRAMES, "p2": FRAMES}
    for index in range(dice.randint(1, 5)):
        speed, file = dice.choice(SPEEDS), dice.choice(["a.mkv", "b.mkv"])
        length = int(FRAMES / abs(speed) + 0.5)
        made.append(warped(f"w{index}", speed, file, length))
        lengths[f"w{index}"] = length
    for index in range(dice.randint(0, 2)):
        made.append(ramp(f"r{index}", dice))
        lengths[f"r{index}"] = 80
    made.append(playlist("inner", *entries(dice, lengths)))
    made.append(tractor("nest", "inner", last=40))
    tracks = [f"v{index}" for index in range(dice.randint(1, 3))]
    for track in tracks:
        nested = [entry("nest", dice.randint(0, 3), dice.randint(20, 40))] if track == "v0" else []
        made.append(playlist(track, *entries(dice, lengths), *nested))
    return project(ground(), *made, main(*tracks))


def ramp(name: str, dice: random.Random) -> str:
    """Write a clip along a curve of one to four keys, straight, in steps or round."""
    frames = sorted(dice.sample(range(80), dice.randint(1, 4)))
    keys = (f"{at}{dice.choice(['', '', '|', '~'])}={dice.uniform(0.1, 2.3):.6f}" for at in frames)
    told = properties(mlt_service="timeremap", time_map=";".join(keys))
    return producer(name, dice.choice(["a.mkv", "ntsc.mkv"]), 80, 79, "chain", f"<link>{told}</link>")


def entries(dice: random.Random, lengths: dict[str, int]) -> list[str]:
    shown = []
    for _ in range(dice.randint(2, 8)):
        name = dice.choice(list(lengths))
        first = dice.randint(0, lengths[name] - 2)
        shown.append(entry(name, first, min(lengths[name] - 1, first + dice.randint(0, 12))))
        if dice.random() < 0.3:
            shown.append(blank(dice.randint(1, 9)))
    return shown


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("random")
    media(folder)
    return folder


@pytest.mark.parametrize("number", range(12))
def test_a_random_project_shows_the_same_frames_after_the_relink(number: int, folder: Path) -> None:
    cut = folder / f"cut{number}.mlt"
    text = drawn(number)
    cut.write_text(text)
    told = report(cut, folder, text)
    assert told["wrong"] == 0, told
    assert told["relinked"] > 0, told
    assert told["relinked"] >= 0.6 * told["clips"], told
