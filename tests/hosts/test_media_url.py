"""Media addresses are read in every style that editors write, and written in the same style."""

from __future__ import annotations

from pathlib import Path

import pytest

from uprez_otio.media_url import is_relative, like, locate

STYLES = {
    "relative": ("{name}", "render {n}.mov"),
    "with a dot": ("./{name}", "./render {n}.mov"),
    "escaped": ("a%20%23%C3%BC.mov", "render%20{n}.mov"),
    "absolute": ("{folder}/{name}", "{folder}/render {n}.mov"),
    "url": ("file://{folder}/a%20%23%C3%BC.mov", "file://{folder}/render%20{n}.mov"),
    "url of localhost": (
        "file://localhost{folder}/a%20%23%C3%BC.mov",
        "file://localhost{folder}/render%20{n}.mov",
    ),
    "url with one slash": ("file:{folder}/a%20%23%C3%BC.mov", "file:{folder}/render%20{n}.mov"),
    "url not escaped": ("file://{folder}/{name}", "file://{folder}/render {n}.mov"),
}


@pytest.mark.parametrize("style", STYLES)
def test_an_address_is_found_and_another_written_in_its_style(style: str, tmp_path: Path) -> None:
    media = tmp_path / "a #ü.mov"
    media.touch()
    old, new = STYLES[style]
    url = old.format(name=media.name, folder=tmp_path)
    assert locate(url, tmp_path).path == media
    render = tmp_path / "render 1.mov"
    written = like(url, render, tmp_path, tmp_path)
    assert written == new.format(folder=tmp_path, n=1)
    render.touch()
    assert locate(written, tmp_path).path == render


NAMES = ["50%25.mov", "a?b.mov", "a#1.mov", "ü ß 日本.mov", "x.", "'q\" &.mov", "~.mov"]
KINDS = ["x.mov", "./x.mov", "file:///x.mov", "file:///x%20y.mov", "/x.mov", "file:/x y"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("style", KINDS)
def test_what_is_written_is_found_again(name: str, style: str, tmp_path: Path) -> None:
    render = tmp_path / name
    render.touch()
    assert locate(like(style, render, tmp_path, tmp_path), tmp_path).path == render


@pytest.mark.parametrize(
    "url",
    ["C:\\x\\y.mov", "C:/x/y.mov", "\\\\server\\x.mov", "file://server/x.mov", "file:///C:/x.mov",
     "file://localhost/C%3a/x.mov", "http://example.com/x.mov", "", "a\0b", "s3://bucket/x.mov"],
)  # fmt: skip
def test_an_address_of_elsewhere_says_why(url: str, tmp_path: Path) -> None:
    found = locate(url, tmp_path)
    assert found.path is None
    assert ";" in found.why


def test_a_folder_or_a_device_is_no_media(tmp_path: Path) -> None:
    assert locate(str(tmp_path), tmp_path).path is None
    assert locate("/dev/zero", tmp_path).path is None


def test_only_addresses_without_scheme_or_root_are_relative() -> None:
    urls = ["a.mov", "./a.mov", "../a.mov", "/a.mov", "C:/a.mov", "\\\\s\\a", "file:///a", "http://x/a", ""]
    assert [is_relative(url) for url in urls] == [True, True, True] + [False] * 6
