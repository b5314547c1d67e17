"""The fake Instagram as any client sees it."""

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from storykeep.core.extract import read_capture
from storykeep.testing.clock import HandClock
from storykeep.testing.instagram import (
    FAILURES,
    SESSION,
    STICKERS,
    Answer,
    FakeInstagram,
    World,
    create_world,
    rewriting_transport,
)

WILD, QUIET, CLOSED, FRIEND = "4400000001", "4400000002", "4400000003", "4400000009"
API = "https://i.instagram.com/api/v1"
REEL = f"{API}/feed/user/{WILD}/story/"
COOKIES = {"Cookie": f"mid=x; sessionid={SESSION}"}
QUERY = "https://www.instagram.com/graphql/query"


@pytest.fixture
async def instagram() -> AsyncIterator[FakeInstagram]:
    async with FakeInstagram() as running:
        yield running


@pytest.fixture
async def client(instagram: FakeInstagram) -> AsyncIterator[httpx2.AsyncClient]:
    """Reach it as a client of the sources does."""
    carried = rewriting_transport(instagram.origin, httpx2.AsyncHTTPTransport())
    async with httpx2.AsyncClient(transport=carried, headers=COOKIES) as opened:
        yield opened


def reels_of(answer: httpx2.Response) -> list[str]:
    return [*answer.json()["reels"]]


# --------------------------------------------------------------------------- private API


async def test_many_reels_in_one_request(client: httpx2.AsyncClient) -> None:
    """Accounts and highlights; those with nothing to be seen are left out."""
    (kept,) = (await client.get(f"{API}/highlights/{WILD}/highlights_tray/")).json()["tray"]
    wanted = [WILD, QUIET, CLOSED, "1", kept["id"]]
    asked = await client.get(f"{API}/feed/reels_media/", params={"reel_ids": ",".join(wanted)})
    assert [WILD, kept["id"]] == reels_of(asked)
    signed = json.dumps({"user_ids": wanted})
    posted = await client.post(
        f"{API}/feed/reels_media/", data={"signed_body": f"SIGNATURE.{signed}"}
    )
    assert asked.json() == posted.json()
    captured = read_capture(posted.json(), source="instagram", seen_at=0)
    assert () == captured.problems
    assert len(STICKERS) + 2 == sum(len(each.stories) for each in captured.sightings)


async def test_at_most_fifty_reels_in_one_request(client: httpx2.AsyncClient) -> None:
    ids = ",".join(map(str, range(51)))
    refused = await client.get(f"{API}/feed/reels_media/", params={"reel_ids": ids})
    assert (400, "fail") == (refused.status_code, refused.json()["status"])


async def test_an_account_without_stories_has_no_reel(client: httpx2.AsyncClient) -> None:
    empty = (await client.get(f"{API}/feed/user/{QUIET}/story/")).json()
    assert {"reel": None, "broadcast": None, "status": "ok"} == empty
    assert empty == (await client.get(f"{API}/feed/user/{CLOSED}/story/")).json()


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": ""},
        {"Cookie": "sessionid=42%3Adead"},
        {"Cookie": "", "Authorization": "Bearer IGT:2:nonsense"},
        {"Authorization": f"Bearer IGT:2:{base64.b64encode(b'{}').decode()}"},
    ],
)
async def test_without_a_living_session_one_must_log_in(
    client: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    refused = await client.get(REEL, headers=headers)
    assert (403, "login_required") == (refused.status_code, refused.json()["message"])


async def test_a_session_may_be_a_header(client: httpx2.AsyncClient) -> None:
    token = base64.b64encode(json.dumps({"sessionid": SESSION}).encode()).decode()
    headers = {"Cookie": "", "Authorization": f"Bearer IGT:2:{token}"}
    assert 200 == (await client.get(REEL, headers=headers)).status_code


async def test_what_would_leave_a_trace_is_noted(
    instagram: FakeInstagram, client: httpx2.AsyncClient
) -> None:
    await client.get(REEL)
    assert [] == instagram.marks
    await client.post("https://i.instagram.com/api/v2/media/seen/", data={"reels": "{}"})
    await client.post(f"{API}/friendships/create/{WILD}/")
    assert ["/api/v2/media/seen/", f"/api/v1/friendships/create/{WILD}/"] == [
        request.path for request in instagram.marks
    ]


async def test_the_log_has_what_was_sent(
    instagram: FakeInstagram, client: httpx2.AsyncClient
) -> None:
    await client.post(f"{REEL}?a=1&b=", data={"c": "ü"})
    (request,) = instagram.requests
    assert ("POST", "i.instagram.com", f"/api/v1/feed/user/{WILD}/story/") == request[:3]
    assert ({"a": "1", "b": ""}, {"c": "ü"}) == (request.query, request.form)
    assert f"mid=x; sessionid={SESSION}" == request.headers["cookie"]


async def test_the_world_may_be_changed_while_it_is_served(
    instagram: FakeInstagram, client: httpx2.AsyncClient
) -> None:
    quiet = instagram.world.account("acme_quiet")
    assert quiet is not None
    story = quiet.post(instagram.world.clock(), "poll", is_video=True)
    told = (await client.get(f"{API}/feed/user/{QUIET}/story/")).json()
    assert [story["pk"]] == told["reel"]["media_ids"]


async def test_an_unknown_path_is_not_found(client: httpx2.AsyncClient) -> None:
    assert 404 == (await client.get("https://www.instagram.com/a/b/c/d")).status_code
    assert 404 == (await client.get("https://www.instagram.com/acme_nobody/")).status_code


# ------------------------------------------------------------------------------ web pages


async def test_the_dialects_of_the_web_pages_tell_the_same_stories(
    client: httpx2.AsyncClient,
) -> None:
    """All three are captures without problems, of the same stories by the same account."""
    variables = json.dumps({"reel_ids": [WILD]})
    answers = [
        (await client.get(REEL)).json(),
        (
            await client.post(QUERY, data={"doc_id": "29306733562261201", "variables": variables})
        ).json(),
        (
            await client.get(
                QUERY,
                params={
                    "query_hash": "303a4ae99711322310f25250d988f3b7",
                    "variables": variables,
                },
            )
        ).json(),
    ]
    read = [read_capture(answer, source="web", seen_at=0) for answer in answers]
    assert [(), (), ()] == [each.problems for each in read]
    v1, xdt, legacy = ([*each.sightings[0].stories] for each in read)
    assert ["v1", "xdt", "legacy"] == [each[0].dialect for each in (v1, xdt, legacy)]
    for told in (xdt, legacy):
        assert [story.pk for story in v1] == [story.pk for story in told]
        for one, other in zip(v1, told, strict=True):
            assert one.story.thumbnail_url == other.story.thumbnail_url
            assert one.story.taken_at == other.story.taken_at
            assert one.story.user.pk == other.story.user.pk
            assert len(one.story.hashtags) == len(other.story.hashtags)


async def test_an_account_on_the_web(client: httpx2.AsyncClient) -> None:
    """Also for those who are not logged in."""
    known = await client.get(
        "https://www.instagram.com/api/v1/users/web_profile_info/",
        params={"username": "Acme_Closed"},
        headers={"Cookie": ""},
    )
    user = known.json()["data"]["user"]
    assert (CLOSED, True) == (user["id"], user["is_private"])
    unknown = await client.get(f"{known.url.copy_with(query=b'username=nobody')}")
    assert 404 == unknown.status_code
    assert 400 == (await client.post(QUERY, data={"doc_id": "1"})).status_code


# ------------------------------------------------------------------------- what goes wrong


async def test_failures_follow_each_other_and_end(
    instagram: FakeInstagram, client: httpx2.AsyncClient
) -> None:
    """Only where they were ordered; more than a status may be ordered."""
    instagram.fail("feed/user/", "throttled", times=1, headers={"Retry-After": "30"})
    instagram.fail("feed/user/", Answer(418, b"short and stout"), times=1)
    assert 200 == (await client.get(f"{API}/users/{WILD}/info/")).status_code
    first, second, third = [await client.get(REEL) for _ in range(3)]
    assert (429, "30") == (first.status_code, first.headers["Retry-After"])
    assert (418, b"short and stout") == (second.status_code, second.content)
    assert 200 == third.status_code
    assert 3 == instagram.count("i.instagram.com/api/v1/feed/user/")


async def test_what_fails_for_ever_can_be_healed(
    instagram: FakeInstagram, client: httpx2.AsyncClient
) -> None:
    instagram.fail("", "server_error")
    assert [500, 500] == [(await client.get(REEL)).status_code for _ in range(2)]
    instagram.heal()
    assert 200 == (await client.get(REEL)).status_code


def test_an_unknown_failure_is_told_at_once() -> None:
    with pytest.raises(KeyError, match="challange"):
        FakeInstagram().fail("feed/user/", "challange")


async def test_what_hangs_is_answered_when_it_is_released(
    instagram: FakeInstagram, client: httpx2.AsyncClient
) -> None:
    instagram.fail("feed/user/", "hang", times=3)
    asked = [asyncio.create_task(client.get(REEL)) for _ in range(3)]
    await instagram.until("feed/user/", 3)
    assert [False] * 3 == [task.done() for task in asked]
    instagram.release()
    assert [200] * 3 == [answer.status_code for answer in await asyncio.gather(*asked)]


async def test_what_drips_comes_byte_by_byte() -> None:
    """At the pace of the test: here the first bytes come at once, and then nothing."""
    seconds: asyncio.Queue[None] = asyncio.Queue()
    for _ in range(9):
        seconds.put_nowait(None)
    async with FakeInstagram(pace=seconds.get) as instagram:
        instagram.fail("feed/user/", "drip")
        carried = rewriting_transport(instagram.origin, httpx2.AsyncHTTPTransport())
        async with (
            httpx2.AsyncClient(transport=carried, headers=COOKIES) as client,
            client.stream("GET", REEL) as answer,
        ):
            pieces = answer.aiter_raw()
            received = b""
            while len(received) < 10:
                received += await anext(pieces)
            assert b'{"reel":{"' == received


async def test_what_is_huge_does_not_end(
    instagram: FakeInstagram, client: httpx2.AsyncClient
) -> None:
    instagram.fail("feed/user/", "huge")
    received = 0
    async with client.stream("GET", REEL) as answer:
        assert "content-length" not in answer.headers
        async for piece in answer.aiter_raw():
            received += len(piece)
            if received > 1_000_000:
                break
    assert 200 == (await client.get(f"{API}/users/{WILD}/info/")).status_code


async def test_every_failure_can_be_ordered(
    instagram: FakeInstagram, client: httpx2.AsyncClient
) -> None:
    """And none of them ends the server."""
    for kind in FAILURES.keys() - {"hang", "drip", "huge"}:
        instagram.fail("feed/user/", kind, times=1)
        try:
            answer = await client.get(REEL)
            assert answer.status_code != 200 or kind in {
                "html",
                "truncated",
                "status_fail",
                "wrong_encoding",
            }
        except httpx2.HTTPError:
            assert kind in {"reset", "cut", "not_gzip"}
    assert 200 == (await client.get(REEL)).status_code


# ------------------------------------------------------------------------------ two ways in


def test_from_a_thread_and_as_a_proxy_for_what_blocks() -> None:
    """A client that is told of nothing but a proxy and an authority believes that it is https."""
    with FakeInstagram() as instagram:
        trusted = ssl.create_default_context(cadata=instagram.authority.decode())
        with httpx2.Client(proxy=instagram.origin, verify=trusted, headers=COOKIES) as client:
            reel = client.get(REEL).json()["reel"]
            address = reel["items"][0]["image_versions2"]["candidates"][0]["url"]
            picture = client.get(address)
            assert "image/jpeg" == picture.headers["Content-Type"]
            assert 200 == client.head(address).status_code
            assert ["i.instagram.com", *["scontent-lga3-1.cdninstagram.com"] * 2] == [
                request.host for request in instagram.requests
            ]


def test_two_at_once_do_not_know_each_other() -> None:
    with FakeInstagram() as one, FakeInstagram(World(HandClock())) as other:
        assert one.origin != other.origin
        with httpx2.Client(base_url=other.origin) as client:
            headers = {**COOKIES, "Host": "i.instagram.com"}
            told: Any = client.get(f"/api/v1/users/{WILD}/info/", headers=headers)
        assert (404, "User not found") == (told.status_code, told.json()["message"])
        assert [] == one.requests


def test_a_world_is_the_same_whenever_it_is_made() -> None:
    clock = HandClock()
    assert create_world(clock) == create_world(clock)
