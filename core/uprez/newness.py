"""Which new pictures are wanted, and what they are made of: values that a request and a plan hold."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

from uprez.frozen import Frozen
from uprez.model import Media

_READ = (".png", ".jpg", ".jpeg")
Kind = Literal["animate", "restyle", "bridge", "generate"]


class Making(Frozen):
    """Say which new pictures are wanted of a cut; they are never a conform.

    `reference` is a still whose look they get, `between` names the clips around a gap, `gap` is a timecode
    in one. `above` is true where they go on a track above, so that a freeze below doesn't hold them.
    """

    kind: Kind
    reference: Path | None = None
    between: tuple[str, str] | None = None
    gap: str | None = None
    above: bool = True


class Keyframe(Frozen):
    """Name one frame of a media, counted from the file's first."""

    media: Media
    frame: int

    def still(self, workspace: Path) -> Path:
        """Return the file that it becomes, named by what is in it: PNG or JPEG, which every service reads."""
        if self.media.info.still and self.media.path.suffix.lower() in _READ:
            name, ending = self.media.fingerprint, self.media.path.suffix.lower()
        else:
            told = f"{self.media.fingerprint} {self.frame}"
            name, ending = hashlib.sha256(told.encode()).hexdigest(), ".png"
        return workspace / "references" / f"{name}{ending}"
