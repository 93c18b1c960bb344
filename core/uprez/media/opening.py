"""Open a media file as the hostile thing it may be: no network, no playlists, one sentence when it fails."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av

from uprez.errors import MediaError

# Demuxers that read one local file. Playlists (hls, concat, dash) and image2 patterns can open others.
DEMUXERS = (
    "mov,matroska,webm,avi,mxf,mpegts,mpeg,mpegvideo,h264,hevc,obu,ivf,nut,ogg,flv,asf,dv,gxf,rm,"
    "yuv4mpegpipe,apng,gif,"
    "png_pipe,jpeg_pipe,tiff_pipe,bmp_pipe,exr_pipe,dpx_pipe,webp_pipe,psd_pipe,j2k_pipe,jpegxl_pipe,sgi_pipe"
)
_SAFE = {"protocol_whitelist": "file", "format_whitelist": DEMUXERS}


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open `path` for reading, with at least one video stream; closes it at the end.

    Raises MediaError, also for what goes wrong while it is read inside the `with` block.
    """
    if path.is_dir():
        raise MediaError(f"{path}: a folder, not a media file; name a file")
    if not path.exists():
        raise MediaError(f"{path}: no such file; bring the media back or relink the clip")
    if path.stat().st_size == 0:
        raise MediaError(f"{path}: the file is empty; copy it again")
    with readable(path):
        container = av.open(str(path.absolute()), container_options=dict(_SAFE))
        with container:
            if not container.streams.video:
                raise MediaError(f"{path}: has no picture; uprez works on video and stills")
            yield container


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
