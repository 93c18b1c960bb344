"""Lend plates by presigned URLs of a bucket, through obstore: S3, R2, MinIO and what else speaks S3.

A plate travels in parts. A process that is killed meanwhile leaves them in the bucket, where no list shows
them and each is billed; give the bucket a lifecycle rule that aborts unfinished uploads after a day
(`AbortIncompleteMultipartUpload`, `DaysAfterInitiation` 1), and one that expires what lies under the prefix
after eight, since no address of it lives longer than seven.
"""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from uprez.errors import PlanError, StagingError
from uprez.orders import Staged
from uprez.stager import Stager

LONGEST_HOURS = 7 * 24  # a signature of version 4 lives no longer
_PART = 16 << 20  # bytes of a part: memory stays at a few of them


class Bucket(BaseModel):
    """Say where plates are lent from; the account's keys come from the environment, as `AWS_…`.

    An `endpoint` without TLS is taken on this machine alone; `allow_http` takes one elsewhere.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bucket: str = Field(min_length=1)
    prefix: str = "uprez"
    region: str = "us-east-1"
    endpoint: str | None = None
    path_style: bool = True
    allow_http: bool = False

    @model_validator(mode="after")
    def _has_tls(self) -> Self:
        parts = urlsplit(self.endpoint or "https://")
        if parts.scheme == "https" or (
            parts.scheme == "http" and (self.allow_http or _is_here(parts.hostname))
        ):
            return self
        raise ValueError(
            f"endpoint {self.endpoint} would send plates and signatures in the clear; use https://, or set "
            "allow_http = true"
        )


class S3Stager(Stager):
    """Put plates into a bucket under names that nobody can guess."""

    name: ClassVar[str] = "s3"

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        try:
            self.bucket = Bucket.model_validate(dict(settings))
        except ValidationError as wrong:
            first = wrong.errors()[0]
            name = "".join(f" {part}" for part in first["loc"])
            raise PlanError(f"[stager.s3]{name}: {first['msg']}; mend uprez.toml") from None

    async def put(self, path: Path, *, hours: float) -> Staged:
        """Upload in parts and sign a URL that reads it for `hours`, a week at most."""
        obstore, store = self._store()
        if not path.is_file() or path.stat().st_size == 0:
            raise StagingError(f"{path}: there is nothing to lend; export the plate again")
        key = f"{self.bucket.prefix}/{uuid.uuid4()}/in{path.suffix.lower()}"
        lasting = timedelta(hours=min(hours, LONGEST_HOURS))
        try:
            await obstore.put_async(store, key, path, chunk_size=_PART, max_concurrency=3)
            url = await obstore.sign_async(store, "GET", key, lasting)
        except Exception as refused:
            raise self._refused(f"{path.name} could not be put there", refused) from None
        return Staged(url=url, data={"key": key})

    async def drop(self, staged: Staged) -> None:
        """Delete what `put` uploaded; what is gone already is fine."""
        obstore, store = self._store()
        try:
            await obstore.delete_async(store, staged.data["key"])
        except FileNotFoundError:
            return
        except Exception as refused:
            raise self._refused("a lent plate could not be deleted", refused) from None

    def _store(self) -> tuple[Any, Any]:
        try:
            import obstore
            from obstore.store import S3Store
        except ImportError:
            raise StagingError(
                "[stager.s3] needs the library obstore; run `python -m pip install 'uprez[s3]'`"
            ) from None
        chosen = self.bucket
        where: dict[str, Any] = {} if chosen.endpoint is None else {"endpoint": chosen.endpoint}
        plain = urlsplit(chosen.endpoint or "").scheme == "http"
        return obstore, S3Store(
            chosen.bucket,
            region=chosen.region,
            virtual_hosted_style_request=not chosen.path_style,
            client_options={"allow_http": plain},
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=60)},
            **where,
        )

    def _refused(self, what: str, refused: Exception) -> StagingError:
        """Say what went wrong without the address, which can carry a signature."""
        kind = type(refused).__name__.removesuffix("Error") or "failure"
        return StagingError(
            f"bucket {self.bucket.bucket}: {what} ({kind}); check [stager.s3] and the AWS_… variables"
        )


def _is_here(host: str | None) -> bool:
    """Tell whether a host is this machine by its number or its reserved name."""
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"
