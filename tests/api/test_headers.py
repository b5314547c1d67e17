"""The headers of every answer to a key, and those of a request that are heeded."""

from pathlib import Path

import pytest

from tests.api.rig import PHOTO, PUBLIC, Rig, open_rig

STORY = f"/v1/story/by/id?id={PHOTO}"
REEL = f"/v1/user/stories?user_id={PUBLIC}"


async def test_an_answer_says_what_it_cost_and_what_is_left(rig: Rig) -> None:
    """x-hiker-info is JSON; RateLimit and its policy are the IETF draft's."""
    answer = await rig.get(REEL)
    request_id = answer.headers.pop("x-request-id")
    assert (await rig.entries())[0].entry.entry == request_id
    expected = {
        "content-type": "application/json",
        "content-length": str(len(answer.body)),
        "vary": "accept-encoding",
        "x-hiker-info": '{"reqs": 2}',
        "x-quota-remaining": "998",
        "ratelimit": '"default";r=999;t=1',
        "ratelimit-policy": '"default";q=1000;w=1',
        "x-storykeep-source": "archive",
        "x-storykeep-outcome": "archived",
        "x-storykeep-seen-at": "2026-04-08T14:20:17Z",
        "age": "1983",
    }
    assert expected == answer.headers


async def test_a_download_says_the_same_and_is_not_json(rig: Rig) -> None:
    answer = await rig.get(f"/v1/story/download?id={PHOTO}")
    assert answer.headers["content-type"] == "image/jpeg"
    expected = ('{"reqs": 1}', "999", '"default";r=999;t=1', '"default";q=1000;w=1')
    names = ("x-hiker-info", "x-quota-remaining", "ratelimit", "ratelimit-policy")
    assert expected == tuple(answer.headers[name] for name in names)
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("rate", "policy", "limits"),
    [
        (1.0, '"default";q=1;w=1', ['"default";r=0;t=1']),
        (15.0, '"default";q=15;w=1', ['"default";r=14;t=1', '"default";r=13;t=1']),
        (0.25, '"default";q=1;w=4', ['"default";r=0;t=4']),
        (2.5, '"default";q=2;w=1', ['"default";r=1;t=1', '"default";r=0;t=1']),
    ],
)
async def test_the_rate_is_told_as_it_is_used_up(
    rate: float, policy: str, limits: list[str], rig: Rig
) -> None:
    _, secret = await rig.create_key(rate=rate)
    for limit in limits:
        answer = await rig.get(STORY, key=secret)
        assert (policy, limit) == (answer.headers["ratelimit-policy"], answer.headers["ratelimit"])


async def test_a_refused_rate_has_none_left(rig: Rig) -> None:
    _, secret = await rig.create_key(rate=1)
    answers = [await rig.get(STORY, key=secret) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 429]
    assert answers[1].headers["ratelimit"] == '"default";r=0;t=1'
    assert answers[1].headers["retry-after"] == "1"
    assert answers[1].headers["x-quota-remaining"] == "999"


@pytest.mark.parametrize(
    "sent", ["abc", "4f1a-9", "A_b-1", "x" * 128, "550e8400-e29b-41d4-a716-446655440000"]
)
async def test_a_callers_plain_request_id_is_repeated(sent: str, rig: Rig) -> None:
    assert sent == (await rig.get(STORY, x_request_id=sent)).headers["x-request-id"]
    assert sent == (await rig.get("/nowhere", x_request_id=sent)).headers["x-request-id"]


@pytest.mark.parametrize(
    "sent", ["", "a b", 'a"b', "a\tb", "ä", "<script>", "x" * 129, "a\r\nset-cookie: b", "-_-"]
)
async def test_a_request_id_that_is_not_plain_is_replaced(sent: str, rig: Rig) -> None:
    """What is repeated into headers and logs must not be able to mean anything there."""
    answer = await rig.get(STORY, x_request_id=sent)
    assert sent != answer.headers["x-request-id"]
    assert answer.headers["x-request-id"].isalnum()


async def test_request_ids_of_ours_are_all_different(rig: Rig, tmp_path: Path) -> None:
    """Also after a restart: an id that came again would be an entry that is not charged."""
    ids = [(await rig.get(STORY)).headers["x-request-id"] for _ in range(3)]
    async with open_rig(tmp_path / "second") as second:
        ids += [(await second.get(STORY)).headers["x-request-id"] for _ in range(3)]
    assert len(set(ids)) == 6


async def test_the_key_may_stand_in_the_query(rig: Rig) -> None:
    """Undocumented, and used by real programs; the header wins."""
    assert (await rig.get(f"{STORY}&access_key={rig.secret}", key="")).status == 200
    assert (await rig.get(f"{STORY}&access_key=unknown", key="")).status == 401
    assert (await rig.get(f"{STORY}&access_key=", key="")).status == 401
    assert (await rig.get(f"{STORY}&access_key=unknown")).status == 200
    assert (await rig.get(f"{STORY}&access_key={rig.secret}", key="unknown")).status == 401


@pytest.mark.parametrize("sent", ["\xff", "%FF", "%E2%82%AC", "%00", "a&x=\xff", "%"])
async def test_a_key_in_the_query_may_be_any_bytes(sent: str, rig: Rig) -> None:
    """They are no key, and no bug either."""
    assert (await rig.get(f"{STORY}&access_key={sent}", key="")).status == 401
    assert (await rig.get(f"{STORY}&access_key={rig.secret}&x={sent}", key="")).status == 200


async def test_the_key_in_the_query_can_be_switched_off(tmp_path: Path) -> None:
    async with open_rig(tmp_path, query_key=False) as rig:
        assert (await rig.get(f"{STORY}&access_key={rig.secret}", key="")).status == 401
        assert (await rig.get(STORY)).status == 200
