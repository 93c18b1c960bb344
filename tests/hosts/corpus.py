"""The table of the real timelines: for each file its clips, what was relinked, left out and why, and wrong.

    UPREZ_TIMELINES=FOLDER python tests/hosts/corpus.py [--pin] [NAME...]

Nothing of the files is in this repository. Each gets stand-in media for what it names, every shot is
relinked to a stand-in render, and the result is held against a reading that knows nothing of uprez. `--pin`
writes what was found into corpus.tsv, which `test_corpus.py` holds uprez to.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_suffix(".tsv")
FOLDER = Path(os.environ.get("UPREZ_TIMELINES", "no such folder"))
RUNNERS = {
    ".otio": "corpus_otio", ".xml": "corpus_fcp7", ".fcpxml": "corpus_fcpxml", ".edl": "corpus_edl",
    ".aaf": "corpus_aaf", ".json": "corpus_otio", ".mlt": "corpus_mlt", ".kdenlive": "corpus_mlt",
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
    return {**told, "file": named(file)}


def named(file: Path) -> str:
    return file.relative_to(FOLDER).as_posix()


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


def pin_of(row: Row) -> str:
    """Return what is pinned of a file; reasons without paths, which are other people's and this machine's."""
    paths = r"\([^)]*[/\\][^)]*\)|\S*/\S*"
    reasons = (f"{count} {re.sub(paths, '…', why)}" for why, count in sorted(row["left_out"].items()))
    return "\t".join([row["file"], str(row["clips"]), str(row["relinked"]), " | ".join(reasons)])


def pins() -> dict[str, str]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()[1:]
    return {line.partition("\t")[0]: line for line in lines}


def pin(rows: Iterable[Row]) -> None:
    known = (pins() if TABLE.exists() else {}) | {row["file"]: pin_of(row) for row in rows}
    TABLE.write_text("\n".join(["file\tclips\trelinked\tleft out", *map(known.get, sorted(known)), ""]))


def chosen(names: list[str]) -> list[Path]:
    """Return the files whose names have one of some words in them, or all."""
    known = [file for suffix in RUNNERS for file in files(suffix)]
    return [file for file in known if not names or any(name in str(file) for name in names)]


def kept(rows: Iterable[Row], into: list[Row]) -> Iterator[Row]:
    for row in rows:
        into.append(row)
        yield row


def main() -> None:
    names = [word for word in sys.argv[1:] if word != "--pin"]
    rows: list[Row] = []
    for line in table(kept(map(run, chosen(names)), rows)):
        print(line, flush=True)
    if "--pin" in sys.argv:
        pin(rows)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    main()
