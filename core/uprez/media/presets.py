"""The codecs that plates and renders are written in, and what each keeps of a source."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from uprez.frozen import Frozen
from uprez.model import Colour, Info, PlatePreset, RenderPreset

Preset = RenderPreset | PlatePreset


class Codec(Frozen):
    """Hold what an encoder is opened with; `made` is the codec name that a probe of its files says."""

    encoder: str
    made: str
    pixel_format: str
    container: str
    suffix: str
    options: dict[str, str] = {}
    tag: str | None = None


_FULL = 2
# packed layouts that FFV1 doesn't take, and the planar ones that hold the same
_PLANAR = {
    "nv12": "yuv420p",
    "nv21": "yuv420p",
    "nv16": "yuv422p",
    "uyvy422": "yuv422p",
    "yuyv422": "yuv422p",
    "p010le": "yuv420p10le",
    "p210le": "yuv422p10le",
    "y210le": "yuv422p10le",
    "p012le": "yuv420p12le",
    "xv30le": "yuv444p10le",
    "xv36le": "yuv444p12le",
    "ayuv64le": "yuva444p16le",
    "monob": "gray",
    "monow": "gray",
}
_ALPHA = ("yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya")
_CONTAINERS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "prores": ("mov", ".mov"),
        "dnxhr": ("mov", ".mov"),
        "h264": ("mov", ".mov"),
        "mp4": ("mp4", ".mp4"),
        "h265": ("mov", ".mov"),
        "ffv1": ("matroska", ".mkv"),
        "still": ("image2", ".png"),
        "none": ("", ""),
    }
)


def suffix(preset: Preset) -> str:
    """Return the file suffix of a preset, with its dot."""
    return _CONTAINERS[preset][1]


def codec(preset: Preset, source_format: str, bits: int, ending: str = "") -> Codec:
    """Return how a preset is encoded for frames that come in `source_format` with `bits` per component.

    A still is encoded as the file ending says: PNG, TIFF or JPEG.
    """
    container, usual = _CONTAINERS[preset]
    ending = ending or usual
    encode = _STILLS.get(ending.lower(), _png) if preset == "still" else _ENCODERS[preset]
    encoder, made, pixel_format, options, tag = encode(source_format, bits)
    return Codec(
        encoder=encoder,
        made=made,
        pixel_format=pixel_format,
        container=container,
        suffix=ending,
        options=options,
        tag=tag,
    )


def normal(info: Info) -> tuple[str, int, Colour]:
    """Return pixel format, bits and colour that a video source travels in: YUV of limited range.

    The codecs that editors read back carry neither RGB nor a full range; two more bits keep its levels.
    """
    rgb, colour = is_rgb(info.pixel_format), info.colour
    if not rgb and colour.range != _FULL and not info.pixel_format.startswith("yuvj"):
        return _PLANAR.get(info.pixel_format, info.pixel_format), info.bits, colour
    bits = 10 if info.bits <= 8 else 12
    chroma = "444" if rgb else {3: "444", 2: "422"}.get(chroma_of(info.pixel_format), "420")
    alpha = "a" if info.alpha else ""
    matrix = 1 if rgb else colour.matrix
    return f"yuv{alpha}{chroma}p{bits}le", bits, colour.model_copy(update={"matrix": matrix, "range": 1})


_Encoder = tuple[str, str, str, dict[str, str], str | None]


def _prores(source: str, bits: int) -> _Encoder:
    alpha = source.startswith(_ALPHA)
    deep = alpha or chroma_of(source) == 3
    pixel_format = "yuva444p10le" if alpha else "yuv444p10le" if deep else "yuv422p10le"
    return "prores_aw", "prores", pixel_format, {"profile": "4" if deep else "3", "vendor": "apl0"}, None


def _dnxhr(source: str, bits: int) -> _Encoder:
    if chroma_of(source) == 3 and bits > 8:
        return "dnxhd", "dnxhd", "yuv444p10le", {"profile": "dnxhr_444"}, None
    if bits > 8:
        return "dnxhd", "dnxhd", "yuv422p10le", {"profile": "dnxhr_hqx"}, None
    return "dnxhd", "dnxhd", "yuv422p", {"profile": "dnxhr_hq"}, None


def _h264(source: str, bits: int) -> _Encoder:
    return "libx264", "h264", "yuv420p", {"crf": "14", "preset": "medium", "profile": "high"}, None


def _h265(source: str, bits: int) -> _Encoder:
    options = {"crf": "14", "preset": "fast", "x265-params": "log-level=error"}
    return "libx265", "hevc", "yuv420p10le", options, "hvc1"


def _ffv1(source: str, bits: int) -> _Encoder:
    options = {"level": "3", "slicecrc": "1", "context": "0", "g": "1"}
    return "ffv1", "ffv1", source, options, None


def _png(source: str, bits: int) -> _Encoder:
    alpha = source.startswith(_ALPHA)
    eight, sixteen = ("rgba", "rgba64be") if alpha else ("rgb24", "rgb48be")
    return "png", "png", sixteen if bits > 8 else eight, {}, None


def _tiff(source: str, bits: int) -> _Encoder:
    alpha = source.startswith(_ALPHA)
    eight, sixteen = ("rgba", "rgba64le") if alpha else ("rgb24", "rgb48le")
    return "tiff", "tiff", sixteen if bits > 8 else eight, {"compression_algo": "deflate"}, None


def _jpeg(source: str, bits: int) -> _Encoder:
    pixel_format = "yuvj420p" if "420" in source else "yuvj422p" if "422" in source else "yuvj444p"
    return "mjpeg", "mjpeg", pixel_format, {"qmin": "1", "qmax": "2", "huffman": "optimal"}, None


def _dpx(source: str, bits: int) -> _Encoder:
    by_depth = {8: "rgb24", 9: "gbrp10le", 10: "gbrp10le", 12: "gbrp12le"}
    return "dpx", "dpx", by_depth.get(bits, "rgb48be"), {}, None


_STILLS = {".png": _png, ".tif": _tiff, ".tiff": _tiff, ".jpg": _jpeg, ".jpeg": _jpeg, ".dpx": _dpx}
FRAME_SUFFIXES = frozenset(_STILLS)
"""The kinds of picture that an image sequence can be written in."""
STILL_SUFFIXES = FRAME_SUFFIXES - {".dpx"}
"""Those that services and editors take for a single still."""
_ENCODERS = {
    "prores": _prores,
    "dnxhr": _dnxhr,
    "h264": _h264,
    "mp4": _h264,
    "h265": _h265,
    "ffv1": _ffv1,
    "still": _png,
}


def depth_of(pixel_format: str) -> int:
    """Return the bits per component of a pixel format."""
    for bits in (16, 14, 12, 10, 9):
        if f"p{bits}" in pixel_format or f"gray{bits}" in pixel_format:
            return bits
    return 16 if pixel_format in ("rgb48be", "rgb48le", "rgba64be", "rgba64le") else 8


def is_rgb(pixel_format: str) -> bool:
    """Tell whether a pixel format holds red, green and blue."""
    return pixel_format == "pal8" or any(name in pixel_format for name in ("rgb", "bgr", "gbr"))


def chroma_of(pixel_format: str) -> int:
    """Rank how much chroma a format holds: 3 for 4:4:4 and RGB, 2 for 4:2:2, 1 for 4:2:0, 0 for less."""
    if "444" in pixel_format or is_rgb(pixel_format):
        return 3
    if "422" in pixel_format or pixel_format in ("uyvy422", "yuyv422", "y210le", "nv16"):
        return 2
    return 0 if pixel_format.startswith(("gray", "mono")) else 1
