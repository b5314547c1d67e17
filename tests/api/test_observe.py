"""The access log: one JSON line a request, with what an operator needs and no secret."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.rig import PHOTO, PUBLIC, Rig, open_rig


def lines_of(rig: Rig, capfd: pytest.CaptureFixture[str]) -> list[Any]:
    rig.flush_log()
    return [json.loads(line) for line in capfd.readouterr().err.split("\n")[:-1]]


async def test_a_line_tells_who_asked_what_and_what_it_cost(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with open_rig(tmp_path, access_log=True) as rig:
        await rig.get(f"/v1/user/stories?user_id={PUBLIC}", x_request_id="mine")
        (line,) = lines_of(rig, capfd)
        assert {
            "at": "2026-04-08T14:53:20Z",
            "event": "request",
            "method": "GET",
            "path": "/v1/user/stories",
            "status": 200,
            "units": 2,
            "key": rig.secret[:12],
            "request_id": "mine",
            "ms": 0.0,
        } == line


async def test_every_request_has_its_line_in_order(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Also those without a key, to nowhere, and of a file."""
    async with open_rig(tmp_path, access_log=True) as rig:
        answers = [
            await rig.get(f"/v1/story/by/id?id={PHOTO}", key=""),
            await rig.get(f"/v1/story/download?id={PHOTO}"),
            await rig.get("/nowhere"),
            await rig.get("/livez", key=""),
        ]
        lines = lines_of(rig, capfd)
        assert [line["status"] for line in lines] == [401, 200, 404, 200]
        assert [line["units"] for line in lines] == [0, 1, 0, 0]
        assert [None, rig.secret[:12], None, None] == [line["key"] for line in lines]
        assert [answer.headers["x-request-id"] for answer in answers] == [
            line["request_id"] for line in lines
        ]


@pytest.mark.parametrize(
    "target",
    [
        f"/v1/story/by/id?id={PHOTO}&access_key={{secret}}",
        "/v1/story/by/id?id={secret}",
        "/v1/user/stories/by/username?username=whom_i_watch",
    ],
)
async def test_neither_key_nor_query_is_logged(
    target: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A query may hold a key, and it tells who looks at whom."""
    async with open_rig(tmp_path, access_log=True) as rig:
        await rig.get(target.format(secret=rig.secret))
        rig.flush_log()
        written = capfd.readouterr().err
        assert len(written.splitlines()) == 1
        assert rig.secret not in written
        assert "whom_i_watch" not in written
        assert "?" not in written


async def test_a_line_stays_one_line_of_bounded_length(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever a stranger puts into the path."""
    async with open_rig(tmp_path, access_log=True) as rig:
        await rig.get("/" + "%0A%22}" * 5000, key="")
        await rig.get("/%1b[31m%E2%80%A8", key="", x_request_id="a\nb")
        lines = lines_of(rig, capfd)
        assert len(lines) == 2
        assert len(lines[0]["path"]) == 200


async def test_the_log_can_be_switched_off(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with open_rig(tmp_path, access_log=False) as rig:
        await rig.get("/livez", key="")
    assert capfd.readouterr().err == ""
