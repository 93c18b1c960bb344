"""The table of the real timelines: for each file its clips, what was relinked, left out and why, and wrong.

    UPREZ_TIMELINES=FOLDER python tests/hosts/corpus.py [NAME...]

Nothing of the files is in this repository. Each gets stand-in media for what it names, every shot is
relinked to a stand-in render, and the result is held against a reading that knows nothing of uprez.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("UPREZ_TIMELINES", "no such folder"))
RUNNERS = {
    ".otio": "corpus_otio", ".xml": "corpus_fcp7", ".fcpxml": "corpus_fcpxml", ".edl": "corpus_edl",
    ".aaf": "corpus_aaf", ".mlt": "corpus_mlt", ".kdenlive": "corpus_mlt",
}  # fmt: skip
NO_MEDIA = ("generator", "no media", "no address", "title", "black", "shows no frame of it", "no picture")
"""Words of the reasons of clips that show no file at all: nothing could be relinked there."""
Row = dict[str, Any]


def files(suffix: str) -> list[Path]:
    return sorted(FOLDER.rglob(f"*{suffix}")) if FOLDER.is_dir() else []


def run(file: Path) -> Row:
    runner = importlib.import_module(f"hosts.{RUNNERS[file.suffix.lower()]}")
    with tempfile.TemporaryDirectory() as folder:
        told: Row = runner.run_corpus(file, Path(folder))
    return {**told, "file": file.relative_to(FOLDER).as_posix()}


def wanted(row: Row) -> int:
    """Count the clips that show a file: plainly, retimed, or in a transition."""
    empty = sum(count for why, count in row["left_out"].items() if any(word in why for word in NO_MEDIA))
    return int(row["clips"]) - empty


def table(rows: Iterable[Row]) -> Iterator[str]:
    total: Counter[str] = Counter()
    yield f"{'file':60} {'clips':>5} {'with media':>10} {'relinked':>8} {'wrong':>5}  left out"
    for row in rows:
        counts = row["clips"], wanted(row), row["relinked"], row["wrong"]
        total.update(dict(zip(("clips", "wanted", "relinked", "wrong"), counts, strict=True)))
        why = "; ".join(f"{count} {reason[:90]}" for reason, count in row["left_out"].items())
        yield f"{row['file'][-60:]:60} {counts[0]:>5} {counts[1]:>10} {counts[2]:>8} {counts[3]:>5}  {why}"
    share = total["relinked"] / max(1, total["wanted"])
    yield f"{total['relinked']} of {total['wanted']} clips with media relinked ({share:.1%}), " + (
        f"{total['wrong']} wrong, {total['clips']} clips in all"
    )


def main() -> None:
    names = sys.argv[1:]
    chosen = [
        file
        for suffix in RUNNERS
        for file in files(suffix)
        if not names or any(n in str(file) for n in names)
    ]
    print(*table(run(file) for file in chosen), sep="\n", flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    main()
