"""The proof of a stager: what it lends is the same file, at a name nobody can guess, until it is dropped.

class TestMine(StagerContract):
    @pytest.fixture
    def stager(self):
        return MyStager({...})
"""
# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

import asyncio
import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from uprez.errors import StagingError
from uprez.orders import Staged
from uprez.stager import Stager


def read(url: str) -> bytes:
    """Read a URL as a service would: without a key, a cookie or a header of ours."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        content: bytes = answer.read()
    return content


class StagerContract:
    """Inherit this in a test class named `Test…`, and define a fixture `stager`."""

    @pytest.fixture
    def stager(self) -> Stager:
        """Return the stager, with somewhere to put files."""
        raise NotImplementedError(f"{type(self).__name__} needs a fixture `stager` that returns a Stager")

    @pytest.fixture
    def plate(self, tmp_path: Path) -> Path:
        """Return a file to lend."""
        path = tmp_path / "Büro A001 & more.mp4"
        path.write_bytes(bytes(range(256)) * 300)
        return path

    def put(self, stager: Stager, path: Path, hours: float = 1.0) -> Staged:
        """Lend a file."""
        return asyncio.run(stager.put(path, hours=hours))

    def test_it_has_a_name_to_be_chosen_by(self, stager: Stager) -> None:
        assert re.fullmatch(r"[a-z][a-z0-9-]*", stager.name)

    def test_what_is_lent_is_read_without_a_key_byte_for_byte(self, stager: Stager, plate: Path) -> None:
        staged = self.put(stager, plate)
        assert staged.url is not None
        assert read(staged.url) == plate.read_bytes()

    def test_a_name_tells_nothing_and_can_not_be_guessed(self, stager: Stager, plate: Path) -> None:
        staged = self.put(stager, plate)
        assert staged.url is not None
        assert "A001" not in staged.url
        assert re.search(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}|[A-Za-z0-9_-]{20,}", staged.url)

    def test_lending_twice_gives_two_names(self, stager: Stager, plate: Path) -> None:
        first, second = self.put(stager, plate), self.put(stager, plate)
        assert first.url is not None and second.url is not None
        assert first.url.partition("?")[0] != second.url.partition("?")[0]
        asyncio.run(stager.drop(first))
        assert read(second.url) == plate.read_bytes()

    def test_a_dropped_file_is_gone_and_may_be_dropped_again(self, stager: Stager, plate: Path) -> None:
        staged = self.put(stager, plate)
        assert staged.url is not None
        for _ in range(2):
            asyncio.run(stager.drop(staged))
        with pytest.raises(urllib.error.HTTPError):
            read(staged.url)

    def test_what_was_staged_can_be_dropped_by_a_later_process(self, stager: Stager, plate: Path) -> None:
        staged = self.put(stager, plate)
        assert staged.url is not None
        asyncio.run(stager.drop(Staged.model_validate_json(staged.model_dump_json())))
        with pytest.raises(urllib.error.HTTPError):
            read(staged.url)

    def test_a_large_file_arrives_whole(self, stager: Stager, tmp_path: Path) -> None:
        path = tmp_path / "large.mov"
        path.write_bytes(bytes(range(256)) * 160_000)  # 41 MB: several parts
        staged = self.put(stager, path)
        assert staged.url is not None
        assert read(staged.url) == path.read_bytes()

    def test_the_file_is_only_read(self, stager: Stager, plate: Path) -> None:
        before = plate.stat()
        self.put(stager, plate)
        after = plate.stat()
        assert (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)

    @pytest.mark.parametrize("there", [True, False], ids=["empty", "missing"])
    def test_what_can_not_be_lent_is_one_sentence(self, stager: Stager, tmp_path: Path, there: bool) -> None:
        path = tmp_path / "nothing.mp4"
        if there:
            path.touch()
        with pytest.raises(StagingError) as refused:
            self.put(stager, path)
        assert "nothing.mp4" in str(refused.value)
        assert "\n" not in str(refused.value)

    def test_several_at_once_are_not_mixed_up(self, stager: Stager, tmp_path: Path) -> None:
        paths = [tmp_path / f"{number}.mp4" for number in range(5)]
        for number, path in enumerate(paths):
            path.write_bytes(bytes([number]) * 1000)

        async def every() -> list[Staged]:
            return await asyncio.gather(*(stager.put(path, hours=1) for path in paths))

        for path, staged in zip(paths, asyncio.run(every()), strict=True):
            assert staged.url is not None
            assert read(staged.url) == path.read_bytes()
