"""Pages of other origins may call when the operator says so, and not otherwise."""

from pathlib import Path

import pytest

from tests.api.rig import PHOTO, Rig, open_rig

STORY = f"/v1/story/by/id?id={PHOTO}"
DOWNLOAD = f"/v1/story/download?id={PHOTO}"
HERE = "https://here.example"
ASKING = {"origin": HERE, "access_control_request_method": "GET"}


def cors(headers: dict[str, str]) -> set[str]:
    return {name for name in headers if name.startswith("access-control-")}


async def test_without_the_setting_there_is_no_word_of_it(rig: Rig) -> None:
    for target in (STORY, DOWNLOAD, "/v1/story/by/id?id=x", "/nowhere", "/openapi.json"):
        assert set() == cors((await rig.get(target, origin=HERE)).headers)
    refused = await rig.get(STORY, method="OPTIONS", key="", **ASKING)
    assert refused.status == 405
    assert set() == cors(refused.headers)


@pytest.mark.parametrize("target", [STORY, DOWNLOAD, "/v1/story/by/id?id=x", "/nowhere"])
async def test_a_named_origin_may_read_every_answer(target: str, tmp_path: Path) -> None:
    """Errors and files too, and the headers that are ours."""
    async with open_rig(tmp_path, cors_origins=f"https://other.example {HERE}") as rig:
        answer = await rig.get(target, origin=HERE)
        assert answer.headers["access-control-allow-origin"] == HERE
        assert "origin" in answer.headers["vary"]
        exposed = answer.headers["access-control-expose-headers"].split(", ")
        assert {"x-hiker-info", "x-quota-remaining", "retry-after", "etag"} < set(exposed)
        assert set() == cors((await rig.get(target, origin="https://evil.example")).headers)
        assert set() == cors((await rig.get(target, origin="null")).headers)


async def test_a_star_means_any_origin_without_credentials(tmp_path: Path) -> None:
    async with open_rig(tmp_path, cors_origins="*") as rig:
        answer = await rig.get(STORY, origin="https://any.example")
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("target", ["/v1/story/by/id", "/v1/story/download", "/sys/balance"])
async def test_a_preflight_is_answered_without_a_key(target: str, tmp_path: Path) -> None:
    async with open_rig(tmp_path, cors_origins=HERE) as rig:
        answer = await rig.get(target, method="OPTIONS", key="", **ASKING)
        assert answer.status == 204
        assert answer.body == b""
        assert "content-length" not in answer.headers
        assert answer.headers["access-control-allow-origin"] == HERE
        assert {"GET", "HEAD"} == set(answer.headers["access-control-allow-methods"].split(", "))
        assert "x-access-key" in answer.headers["access-control-allow-headers"].split(", ")
        assert await rig.entries() == []


async def test_a_preflight_of_a_stranger_is_refused(tmp_path: Path) -> None:
    async with open_rig(tmp_path, cors_origins=HERE) as rig:
        asking = ASKING | {"origin": "https://evil.example"}
        answer = await rig.get(STORY, method="OPTIONS", key="", **asking)
        assert answer.status == 405
        assert set() == cors(answer.headers)
        plain = await rig.get(STORY, method="OPTIONS", key="", origin=HERE)
        assert plain.status == 405
