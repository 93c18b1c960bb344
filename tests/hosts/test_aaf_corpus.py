"""Real AAFs, most of them Avid's, are relinked clip by clip: none wrong, and what is left out is pinned.

Nothing of them is in this repo: `UPREZ_TIMELINES` names the folder.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hosts.corpus_aaf import run_corpus

FOLDER = Path(os.environ.get("UPREZ_TIMELINES", "no such folder"))
FILES = (
    sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.aaf")) if FOLDER.is_dir() else []
)
CURVE = (
    "its speed changes along a curve (Motion Control); bake it in your editor, or give --retime whole to buy "
    "all of its media"
)
RELINKED = {
    "otio-aaf/30fps.aaf": 2,
    "otio-aaf/avid_data_track_example.aaf": 3,
    "otio-aaf/bad_marker_track_from_avid.aaf": 1,
    "otio-aaf/duplicates.aaf": 4,
    "otio-aaf/keyframed_properties.aaf": 30,
    "otio-aaf/linear_speed_effects.aaf": 20,
    "otio-aaf/misc_speed_effects.aaf": 9,
    "otio-aaf/multiple_markers.aaf": 22,
    "otio-aaf/nested_audio_dissolve.aaf": 0,
    "otio-aaf/nested_stack.aaf": 8,
    "otio-aaf/nesting_test.aaf": 4,
    "otio-aaf/nesting_test_preflattened.aaf": 4,
    "otio-aaf/preflattened.aaf": 5,
    "otio-aaf/subclip_sourceclip_references_compositionmob_with_mastermob.aaf": 0,
    "otio-aaf/transitions.aaf": 4,
    "otio-aaf/utf8.aaf": 1,
    "pyaaf2/bezier03.aaf": 1,
    "pyaaf2/linear02.aaf": 1,
    "pyaaf2/spline01.aaf": 1,
    "pyaaf2/spline03.aaf": 1,
    "pyaaf2/step01.aaf": 1,
}
LEFT_OUT = {"otio-aaf/misc_speed_effects.aaf": {CURVE: 1}}


@pytest.mark.skipif(not FILES, reason="UPREZ_TIMELINES names no folder of timelines")
@pytest.mark.parametrize("name", FILES)
def test_a_real_aaf_is_relinked_and_what_is_left_out_is_pinned(name: str, tmp_path: Path) -> None:
    found = run_corpus(FOLDER / name, tmp_path)
    assert found.get("told", []) == []
    assert (found["wrong"], found["relinked"]) == (0, RELINKED[name])
    assert found["left_out"] == LEFT_OUT.get(name, {})
    assert found["clips"] == found["relinked"] + sum(found["left_out"].values())
