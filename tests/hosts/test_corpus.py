"""Real timelines by other people's editors: wrong is 0, and most of what shows a file is relinked.

`UPREZ_TIMELINES` names their folder; without it these tests skip. `tests/hosts/corpus.py` prints the table.
"""

from __future__ import annotations

import pytest
from hosts.corpus import FOLDER, RUNNERS, files, run, table, wanted

SUFFIXES = [suffix for suffix in RUNNERS if files(suffix)]
SHARE = 0.85


@pytest.mark.skipif(not FOLDER.is_dir(), reason="UPREZ_TIMELINES names no folder of timelines")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_real_timelines_are_relinked_without_a_wrong_frame(suffix: str) -> None:
    rows = [run(file) for file in files(suffix)]
    print(*table(rows), sep="\n")
    assert [row for row in rows if row["wrong"]] == []
    assert sum(row["relinked"] for row in rows) >= SHARE * sum(map(wanted, rows))
