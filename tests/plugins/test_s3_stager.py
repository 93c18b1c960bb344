"""Plates are lent from a real S3 server on loopback, and gone after use."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from services.runware import Runware

from uprez.errors import PlanError, StagingError
from uprez.keys import Key
from uprez.orders import Recipe
from uprez.provider import Context
from uprez.stager import Stager
from uprez.testing import StagerContract, make_clip, read_numbers
from uprez.testing.workshop import Workshop
from uprez_runware.provider import RunwareProvider
from uprez_s3.stager import S3Stager

moto = pytest.importorskip("moto.server", reason="needs moto: python -m pip install 'moto[server]'")
pytest.importorskip("obstore", reason="needs obstore: python -m pip install 'uprez[s3]'")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    import boto3

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "an-id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-of-storage")
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket="plates")
    return {"bucket": "plates", "endpoint": endpoint}


def kept(endpoint: str) -> list[str]:
    import boto3

    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    return [one["Key"] for one in client.list_objects_v2(Bucket="plates").get("Contents", [])]


class TestS3(StagerContract):
    @pytest.fixture
    def stager(self, bucket: dict[str, Any]) -> Stager:
        return S3Stager(bucket)


def test_an_order_travels_by_a_lent_url_and_leaves_nothing_behind(
    tmp_path: Path, bucket: dict[str, Any]
) -> None:
    clip = make_clip(tmp_path / "clip.mkv", frames=10, size=(128, 72))
    recipe = Recipe(
        provider="runware",
        model="topazlabs:starlight-precise@2.5",
        options={"format": "MP4", "quality": 95},
        render="ffv1",
    )
    shop = Workshop(tmp_path, clip, recipe, RunwareProvider)
    before = kept(bucket["endpoint"])
    with Runware(tmp_path / "runware", "a-key") as server:
        context = Context(
            scratch=tmp_path / "scratch",
            key=Key("a-key"),
            base_url=f"{server.url}/v1",
            stager=S3Stager(bucket),
        )
        provider = RunwareProvider(context)
        provider.poll_every = 0.02
        (standing,) = shop.run(provider, shop.order(2, 6))
        assert standing.state == "done", standing.error
        assert standing.render is not None
        assert read_numbers(standing.render.path) == list(range(2, 8))
        assert server.media == {}, "nothing was uploaded to the service itself"
        assert server.broken == []
    assert kept(bucket["endpoint"]) == before
    ledger = (shop.workspace / "ledger.db").read_bytes()
    assert b"a-secret-of-storage" not in ledger


def test_a_bucket_that_is_not_there_is_one_sentence(bucket: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "plate.mp4"
    path.write_bytes(b"x")
    with pytest.raises(StagingError, match="bucket elsewhere") as refused:
        asyncio.run(S3Stager({**bucket, "bucket": "elsewhere"}).put(path, hours=1))
    assert "a-secret-of-storage" not in str(refused.value)


@pytest.mark.parametrize("settings", [{}, {"bucket": "x", "colour": "red"}, {"bucket": ""}])
def test_a_wrong_table_names_its_key(settings: dict[str, Any]) -> None:
    with pytest.raises(PlanError, match=r"\[stager.s3\] (bucket|colour)"):
        S3Stager(settings)


@pytest.mark.parametrize(
    "endpoint", ["http://storage.example:9000", "http://10.0.0.7:9000", "ftp://x", "here"]
)
def test_plates_travel_without_tls_on_this_machine_alone_or_by_an_explicit_word(endpoint: str) -> None:
    with pytest.raises(PlanError, match=r"\[stager\.s3\].*in the clear.*allow_http"):
        S3Stager({"bucket": "plates", "endpoint": endpoint})
    if endpoint.startswith("http:"):
        assert S3Stager({"bucket": "plates", "endpoint": endpoint, "allow_http": True}).bucket.allow_http


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1", "https://x"]
)
def test_this_machine_and_tls_need_no_word(endpoint: str) -> None:
    assert S3Stager({"bucket": "plates", "endpoint": endpoint}).bucket.endpoint == endpoint
