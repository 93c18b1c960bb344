"""The in-box plugin for S3-compatible storage: plates at presigned URLs, for services that take a URL."""

from __future__ import annotations

import uprez
from uprez.stager import Stager
from uprez_s3.stager import S3Stager


@uprez.hookimpl
def uprez_stagers() -> list[type[Stager]]:
    """Bring the stager."""
    return [S3Stager]
