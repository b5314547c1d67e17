"""What needs no key: health, numbers, the OpenAPI document and its reader."""

import re
from pathlib import Path

import pytest

from storykeep.core.endpoints import ENDPOINTS
from tests.api.rig import PHOTO, Rig, open_rig

PAGES = ("/livez", "/readyz", "/openapi.json", "/docs", "/metrics")


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_needs_no_key_and_costs_nothing(path: str, rig: Rig) -> None:
    answer = await rig.get(path, key="")
    assert answer.status == 200
    assert str(len(answer.body)) == answer.headers["content-length"]
    assert answer.headers["x-request-id"]
    assert "x-hiker-info" not in answer.headers
    assert await rig.entries() == []


async def test_the_openapi_document_names_every_row(rig: Rig) -> None:
    document = (await rig.get("/openapi.json", key="")).json()
    assert document["openapi"].startswith("3.1")
    assert {row.path for row in ENDPOINTS} <= set(document["paths"])


async def test_the_reader_asks_nobody_else(rig: Rig) -> None:
    """Everything it loads is here, and its policy allows nothing other; a browser agrees."""
    page = await rig.get("/docs", key="")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    loaded = re.findall(r'(?:src|href)="([^"#]+)"', page.body.decode())
    assert loaded
    for path in loaded:
        if path == "data:,":  # no icon
            continue
        assert path.startswith("/docs/") or path == "/openapi.json"
        part = await rig.get(path, key="")
        assert part.status == 200
        assert part.body
        assert part.headers.get("x-content-type-options", "nosniff") == "nosniff"


async def test_metrics_count_requests_seconds_and_units(rig: Rig) -> None:
    """By row and status: no path that a stranger made up becomes a label."""
    await rig.get(f"/v1/story/by/id?id={PHOTO}")
    await rig.get("/v1/story/by/id?id=1")
    await rig.get("/v1/story/by/id?id=1", key="")
    await rig.get("/made/up")
    answer = await rig.get("/metrics", key="")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = set(answer.body.decode().splitlines())
    row = 'path="/v1/story/by/id"'
    assert {
        f'storykeep_requests_total{{{row},status="200"}} 1.0',
        f'storykeep_requests_total{{{row},status="404"}} 1.0',
        f'storykeep_requests_total{{{row},status="401"}} 1.0',
        'storykeep_requests_total{path="other",status="404"} 1.0',
        f"storykeep_request_units_total{{{row}}} 2.0",
        f'storykeep_request_seconds_bucket{{le="+Inf",{row}}} 3.0',
        f"storykeep_request_seconds_count{{{row}}} 3.0",
    } <= lines
    assert b"made" not in answer.body


async def test_metrics_can_be_switched_off(tmp_path: Path) -> None:
    async with open_rig(tmp_path, metrics=False) as rig:
        assert (await rig.get("/metrics", key="")).status == 404
