"""Read a timeline with OTIO and print it as rows; runs as a process of its own, since OTIO can be crashed.

    python -I -m uprez_otio.child rows|text TIMELINE
    python -I -m uprez_otio.child call TIMELINE MODULE FUNCTION   with what it is told on stdin, as JSON

What it prints is our own small JSON, a list of rows on each line; the last row is `["end", count]`. Numbers
are still OTIO's floats: `convert` makes frames of them.
"""

from __future__ import annotations

import gc
import json
import sys
import zipfile
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from uprez_otio.limits import BadTimeline, limit_this_process
from uprez_otio.readers import reader_of

_BATCH = 512


def main(argv: list[str]) -> int:
    """Print the rows of a timeline, or its JSON; what is wrong with it goes out as one sentence."""
    limit_this_process()
    gc.disable()
    out = sys.stdout.buffer
    try:
        if argv[0] == "text":
            out.write(_adapted(Path(argv[1])))
        elif argv[0] == "call":
            for line in _lines(_called(*argv[1:])):
                out.write(line)
        else:
            path = Path(argv[1])
            for line in _lines(import_module(reader_of(path)).rows(path)):
                out.write(line)
    except (BadTimeline, OSError, zipfile.BadZipFile) as bad:
        out.write(_told(bad))
        return 3
    except RecursionError:
        out.write(_told("it is nested too deeply"))
        return 3
    except Exception as broken:  # OTIO and its adapters raise whatever they like
        out.write(_told(f"OpenTimelineIO can't read it: {' '.join(str(broken).split())[:300]}"))
        return 3
    return 0


def _told(why: object) -> bytes:
    return b"\n" + json.dumps([["error", str(why)]]).encode()


def _called(path: str, module: str, function: str) -> Iterator[list[Any]]:
    """Call what reads or changes a file that only a library can, which is no safer than reading it."""
    found: Iterator[list[Any]] = getattr(import_module(module), function)(Path(path), json.load(sys.stdin))
    return found


def _lines(rows: Iterable[list[Any]]) -> Iterator[bytes]:
    count, batch = 0, []
    for row in rows:
        count += 1
        batch.append(row)
        if len(batch) == _BATCH:
            yield json.dumps(batch).encode() + b"\n"
            batch = []
    yield json.dumps([*batch, ["end", count]]).encode() + b"\n"


def _adapted(path: Path) -> bytes:
    """Return what an adapter makes of a timeline of another format, as OTIO's JSON."""
    from uprez_otio.opening import root_of

    text: str = root_of(path).to_json_string(4)
    return text.encode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
