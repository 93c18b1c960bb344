"""The receipt: what a relink changed in a timeline, and how to take it back."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from uprez.errors import HostError
from uprez.frozen import Frozen
from uprez.model import MannerKind

Undo = tuple[tuple[int, int, str], ...]


class Changed(Frozen):
    """Say what one clip had before it was relinked; `filled` is true where it got a source range.

    `effects` are those it had where a retime was baked; None where they stayed.
    """

    name: str
    track: str
    references: dict[str, Any] = {}
    active: str = ""
    filled: bool = False
    effects: list[dict[str, Any]] | None = None


class Receipt(Frozen):
    """Hold what a relink did.

    `undo` are edits of the output's characters, one list for each step, that give the input back as long
    as nobody has edited the output; `shots` says it clip for clip.
    """

    uprez_receipt: Literal[1] = 1
    host: Literal["otio"] = "otio"
    run: str
    manner: MannerKind
    input: Path
    input_digest: str
    output: Path
    output_digest: str
    shots: dict[str, Changed]
    undo: tuple[Undo, ...]


def read_receipt(path: Path) -> Receipt:
    """Read a receipt; raises HostError for what is none."""
    try:
        return Receipt.model_validate_json(path.read_bytes())
    except OSError as broken:
        raise HostError(f"{path}: can't be read ({broken.strerror}); name the receipt of a relink") from None
    except ValidationError:
        raise HostError(f"{path}: is no receipt of an OTIO relink; name the .uprez-receipt.json") from None


def receipt_path(output: Path) -> Path:
    """Return where the receipt of an output is: beside it."""
    return output.with_name(f"{output.stem}.uprez-receipt.json")


def digest(text: str) -> str:
    """Digest a timeline's text."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
