"""The Graph API of the fake Instagram."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from storykeep.core.sighting import DAY
from storykeep.testing.clock import HandClock
from storykeep.testing.instagram import (
    STICKERS,
    TOKEN,
    FakeInstagram,
    create_world,
    rewriting_transport,
)

ACCOUNT = "17841400000000001"
BASE = "https://graph.facebook.com/v25.0"
FIELDS = "id,media_type,media_product_type,media_url,thumbnail_url,permalink,timestamp,owner"


class Graph:
    """Asks one question at a time."""

    def __init__(self, instagram: FakeInstagram, clock: HandClock) -> None:
        carried = rewriting_transport(instagram.origin, httpx2.AsyncHTTPTransport())
        self.instagram, self.clock = instagram, clock
        self.client = httpx2.AsyncClient(transport=carried)

    async def ask(self, path: str, token: str = TOKEN, **params: str) -> httpx2.Response:
        return await self.client.get(f"{BASE}/{path}", params={"access_token": token, **params})


@pytest.fixture
async def graph() -> AsyncIterator[Graph]:
    clock = HandClock()
    async with FakeInstagram(create_world(clock)) as instagram:
        asking = Graph(instagram, clock)
        async with asking.client:
            yield asking


def error_of(answer: httpx2.Response) -> tuple[int, int, int | None]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error.get("error_subcode")


async def test_without_fields_there_are_only_ids(graph: Graph) -> None:
    told = (await graph.ask(f"{ACCOUNT}/stories")).json()
    assert len(STICKERS) + 1 == len(told["data"])
    assert [{"id"}] * len(told["data"]) == [set(media) for media in told["data"]]


async def test_a_story_has_what_was_asked_for_and_has_a_value(graph: Graph) -> None:
    told: list[dict[str, Any]] = (await graph.ask(f"{ACCOUNT}/stories", fields=FIELDS)).json()[
        "data"
    ]
    photo = {
        "id",
        "media_type",
        "media_product_type",
        "media_url",
        "permalink",
        "timestamp",
        "owner",
    }
    by_type = {media["media_type"]: set(media) for media in told}
    assert {"IMAGE": photo, "VIDEO": photo | {"thumbnail_url"}} == by_type
    newest = told[0]
    account = graph.instagram.world.account("acme_wild")
    assert account is not None
    pk = account.stories[-1]["pk"]
    assert f"https://www.instagram.com/stories/acme_wild/{pk}" == newest["permalink"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000", newest["timestamp"])
    assert 200 == (await graph.client.get(newest["media_url"])).status_code
    graph.clock.turn(DAY)
    assert {"data": []} == (await graph.ask(f"{ACCOUNT}/stories")).json()


async def test_the_file_of_a_video_with_somebodys_music_is_withheld(graph: Graph) -> None:
    account = graph.instagram.world.account("acme_wild")
    assert account is not None
    account.stories.clear()
    account.post(graph.clock(), "music", is_video=True)
    (media,) = (await graph.ask(f"{ACCOUNT}/stories", fields=FIELDS)).json()["data"]
    assert ("VIDEO", True, False) == (
        media["media_type"],
        "thumbnail_url" in media,
        "media_url" in media,
    )


async def test_an_account_and_what_is_left_of_the_budget(graph: Graph) -> None:
    graph.instagram.world.graph_usage = 95
    told = await graph.ask(ACCOUNT, fields="ig_id,username,name")
    assert {
        "id": ACCOUNT,
        "ig_id": 4400000001,
        "username": "acme_wild",
        "name": "Acme Wild",
    } == told.json()
    assert 95 == json.loads(told.headers["X-App-Usage"])["call_count"]
    (usage,) = json.loads(told.headers["X-Business-Use-Case-Usage"])[ACCOUNT]
    assert (95, 0) == (usage["call_count"], usage["estimated_time_to_regain_access"])


async def test_a_token_ends_and_is_renewed_before(graph: Graph) -> None:
    assert (400, 190, 467) == error_of(await graph.ask(ACCOUNT, token="nobodys"))
    graph.clock.turn(59 * DAY)
    renewed = (
        await graph.client.get(
            "https://graph.instagram.com/refresh_access_token",
            params={"grant_type": "ig_refresh_token", "access_token": TOKEN},
        )
    ).json()
    assert (60 * DAY, "bearer") == (renewed["expires_in"], renewed["token_type"])
    graph.clock.turn(2 * DAY)
    assert (400, 190, 463) == error_of(await graph.ask(ACCOUNT))
    assert 200 == (await graph.ask(ACCOUNT, token=renewed["access_token"])).status_code
    exchanged = await graph.ask("oauth/access_token", fb_exchange_token=renewed["access_token"])
    assert 200 == exchanged.status_code


async def test_another_account_is_not_told_about(graph: Graph) -> None:
    assert (400, 100, 33) == error_of(await graph.ask("17841400000000002/stories"))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("graph_transient", (500, 2, None)),
        ("graph_throttled", (400, 4, None)),
        ("graph_permission", (403, 10, None)),
        ("graph_blocked", (400, 368, None)),
    ],
)
async def test_its_errors_can_be_ordered(
    graph: Graph, kind: str, expected: tuple[int, int, int | None]
) -> None:
    graph.instagram.fail("graph.facebook.com", kind)
    assert expected == error_of(await graph.ask(ACCOUNT))
