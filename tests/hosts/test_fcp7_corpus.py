"""Real Final Cut XMLs by other people's editors: each relinked frame is right, the rest is left out by name.

Nothing of them is in this repo: `UPREZ_TIMELINES` names the folder.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hosts.corpus_fcp7 import run_corpus

FOLDER = Path(os.environ.get("UPREZ_TIMELINES", "no such folder"))
GENERATORS = (
    "Universal Counting Leader",
    "Black Video",
    "Color",
    "HD Bars and Tone",
    "Transparent Video",
    "Graphic",
)
PINNED = {
    "kdenlive_example_from_fcp.xml": (64, 64, []),
    "hiero_xml_export.xml": (2, 1, ["it has no media; relink it in your editor"]),
    "premiere_generators.xml": (
        6,
        0,
        [f"it is a generator ({name}), which has no file; render it first" for name in GENERATORS],
    ),
}
FILES = sorted(FOLDER.rglob("*.xml")) if FOLDER.is_dir() else []


@pytest.mark.skipif(not FILES, reason="UPREZ_TIMELINES names no folder of timelines")
@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_a_real_timeline_is_relinked_frame_for_frame(file: Path, tmp_path: Path) -> None:
    told = run_corpus(file, tmp_path)
    print(told)
    assert told["wrong"] == 0, told
    assert (told["clips"], told["relinked"], sorted(told["left_out"])) == (
        *PINNED[file.name][:2],
        sorted(PINNED[file.name][2]),
    )
