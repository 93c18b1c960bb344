"""What a service sends as the render: the whole file or an error, and nothing that it says is a path."""
# ruff: noqa: D102 - the name of a check is its sentence

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from uprez.errors import UprezError
from uprez.orders import Succeeded
from uprez.testing.trial import Trial
from uprez.testing.wire import Files

EXPIRED = b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
PAGE = b"<!doctype html><html><body>down for maintenance</body></html>"
BLOCKS = 32  # of a megabyte each


class Downloads:
    """Check a fetch against bodies that are not what their headers say."""

    def test_a_truncated_download_is_never_taken_for_the_render(self, trial: Trial) -> None:
        self._ends_whole(trial, Files(change=lambda body: (body[: len(body) // 2],)))

    def test_a_padded_download_is_never_taken_for_the_render(self, trial: Trial) -> None:
        self._ends_whole(trial, Files(change=lambda body: (body, b"\0" * 4096)))

    def test_a_line_that_drops_within_a_download_ends_whole(self, trial: Trial) -> None:
        self._ends_whole(trial, Files(change=lambda body: (body[: len(body) // 3],), breaks=True))

    def test_an_empty_download_is_never_taken_for_the_render(self, trial: Trial) -> None:
        self._ends_whole(trial, Files(change=lambda body: (), headers={"content-length": "0"}))

    def test_an_expired_address_is_asked_for_anew(self, trial: Trial) -> None:
        headers = {"content-type": "application/xml", "content-length": str(len(EXPIRED))}
        self._ends_whole(trial, Files(change=lambda body: (EXPIRED,), headers=headers, status=403))

    def test_a_page_of_words_is_never_taken_for_the_render(self, trial: Trial) -> None:
        headers = {"content-type": "text/html", "content-length": str(len(PAGE))}
        self._ends_whole(trial, Files(change=lambda body: (PAGE,), headers=headers))

    def test_a_name_from_the_service_is_never_a_path(self, trial: Trial, tmp_path: Path) -> None:
        named = {"content-disposition": 'attachment; filename="../../evil.mkv"'}
        self._ends_whole(trial, Files(headers=named))
        assert list(tmp_path.rglob("*evil*")) == []

    def test_a_download_larger_than_any_render_is_refused_before_it_fills_the_disk(
        self, trial: Trial, tmp_path: Path
    ) -> None:
        huge = Files(
            change=lambda body: (bytes(1 << 20) for _ in range(BLOCKS)),
            headers={"content-length": str(1 << 50)},
        )
        failure, to = self._fetched_by_hand(trial, huge, tmp_path)
        assert failure is not None
        assert not to.exists()
        assert huge.read < BLOCKS << 20, "a petabyte was promised, and it was read to its end"

    def test_a_failed_fetch_leaves_no_file(self, trial: Trial, tmp_path: Path) -> None:
        short = Files(change=lambda body: (body[: len(body) // 2],))
        failure, to = self._fetched_by_hand(trial, short, tmp_path)
        assert failure is None or not to.exists(), "half a render lies where the whole one belongs"

    def _ends_whole(self, trial: Trial, files: Files) -> None:
        trial.sends("fetch")
        trial.wire.spoil(files, "fetch", times=None)
        standing = trial.run()
        if not files.met:
            pytest.skip("no render comes over HTTP")
        if standing.state == "done":
            trial.is_done(standing)
        else:
            trial.ends_whole()

    def _fetched_by_hand(self, trial: Trial, files: Files, folder: Path) -> tuple[Exception | None, Path]:
        trial.sends("fetch")
        provider, to = trial.provider(), folder / "fetched" / "render.mkv"
        done = trial.ended(provider, trial.placed(provider))
        assert isinstance(done, Succeeded)
        trial.wire.spoil(files, "fetch", times=None)
        to.parent.mkdir()
        try:
            asyncio.run(provider.fetch(done, to))
        except UprezError as failure:
            return failure, to
        if not files.met:
            pytest.skip("no render comes over HTTP")
        return None, to
