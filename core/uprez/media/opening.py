"""Open a media file as the hostile thing it may be: no network, no playlists, one sentence when it fails."""

from __future__ import annotations

import contextlib
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
from av.stream import Disposition

from uprez.errors import MediaError

# Demuxers that read one local file. Playlists (hls, concat, dash) and image2 patterns can open others.
DEMUXERS = (
    "mov,matroska,webm,avi,mxf,mpegts,mpeg,mpegvideo,h264,hevc,obu,ivf,nut,ogg,flv,asf,dv,gxf,rm,"
    "yuv4mpegpipe,apng,gif,wav,w64,mp3,flac,aiff,aac,caf,"
    "png_pipe,jpeg_pipe,tiff_pipe,bmp_pipe,exr_pipe,dpx_pipe,webp_pipe,psd_pipe,j2k_pipe,jpegxl_pipe,sgi_pipe"
)
# A still's own first bytes: by its name FFmpeg would take it for a pattern of numbered files.
_STILLS = (
    (b"\xff\xd8\xff", "jpeg_pipe"),
    (b"\x89PNG\r\n\x1a\n", "png_pipe"),
    (b"II*\0", "tiff_pipe"),
    (b"MM\0*", "tiff_pipe"),
    (b"\x76\x2f\x31\x01", "exr_pipe"),
    (b"SDPX", "dpx_pipe"),
    (b"XPDS", "dpx_pipe"),
    (b"8BPS", "psd_pipe"),
)
_SAFE = {"protocol_whitelist": "file", "format_whitelist": DEMUXERS}
_MOST_PIXELS = 2**28  # 16384 x 16384; a few bytes can claim far more and fill the memory


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open `path` for reading, with at least one video stream; closes it at the end.

    Raises MediaError, also for what goes wrong while it is read inside the `with` block.
    """
    with readable(path):
        _refuse(path)
        # tags in another encoding than UTF-8 are no reason to refuse a picture
        container = av.open(
            str(path.absolute()),
            format=_still_format(path),
            container_options=dict(_SAFE),
            metadata_errors="replace",
        )
        with container:
            _check(path, picture(container, path))
            yield container


def picture(source: Any, path: Path | None = None) -> Any:
    """Return the video stream that is the picture, not a cover or a thumbnail; raises MediaError."""
    for stream in source.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    raise MediaError(f"{path or source.name}: has no picture; uprez works on video and stills")


@contextlib.contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what FFmpeg and the system say about reading `path` into one sentence."""
    try:
        yield
    except (av.error.FFmpegError, ValueError) as broken:
        why = getattr(broken, "strerror", None) or str(broken)
        raise MediaError(f"{path}: can't be read as media ({why}); check that the file is whole") from None
    except OSError as broken:
        raise MediaError(
            f"{path}: can't be read ({broken.strerror}); check the disk and its permissions"
        ) from None


@contextlib.contextmanager
def writable(path: Path) -> Iterator[None]:
    """Turn what FFmpeg and the system say about writing `path` into one sentence."""
    try:
        yield
    except MediaError:
        raise
    except (av.error.FFmpegError, OSError, ValueError) as broken:
        why = getattr(broken, "strerror", None) or str(broken)
        raise MediaError(
            f"{path}: can't be written ({why}); free space or choose another --workspace"
        ) from None


def _refuse(path: Path) -> None:
    """Raise MediaError for what is no file with something in it."""
    try:
        found = path.stat()
    except FileNotFoundError:
        raise MediaError(f"{path}: no such file; bring the media back or relink the clip") from None
    if stat.S_ISDIR(found.st_mode):
        raise MediaError(f"{path}: a folder, not a media file; name a file")
    if not stat.S_ISREG(found.st_mode):
        raise MediaError(f"{path}: a device, not a media file; name a file")
    if found.st_size == 0:
        raise MediaError(f"{path}: the file is empty; copy it again")


def _still_format(path: Path) -> str | None:
    """Return the demuxer of a still by its first bytes; None leaves the choice to FFmpeg."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[:4] == b"RIFF" and head[8:] == b"WEBP":
        return "webp_pipe"
    return next((name for magic, name in _STILLS if head.startswith(magic)), None)


def _check(path: Path, video: Any) -> None:
    context = video.codec_context
    if context is None:
        raise MediaError(f"{path}: its codec is not known here; transcode the file first")
    if context.width * context.height > _MOST_PIXELS:
        raise MediaError(f"{path}: claims {context.width}x{context.height} pixels; use a smaller picture")
