"""What a call costs, what is free, and in which order a request is looked at."""

import asyncio
from pathlib import Path

import pytest

from storykeep.core.endpoints import ENDPOINTS
from tests.api.rig import HIDDEN, HIGHLIGHT, PHOTO, PHOTO_BYTES, PRIVATE, PUBLIC, Rig, open_rig

PAGE = f"https://www.instagram.com/stories/acme_wild/{PHOTO}/"
DOWNLOAD = f"/v1/story/download?id={PHOTO}"
REEL = f"/v1/user/stories?user_id={PUBLIC}"
BY_NAME = "/v1/user/stories/by/username?username=acme_wild"

SHARED = "aGlnaGxpZ2h0OjE4MTQ2MjE2Njk4MDIyMTc0"

PRICES = (
    (f"/v1/story/by/id?id={PHOTO}", 1),
    (f"/v1/story/by/url?url={PAGE}", 1),
    (DOWNLOAD, 1),
    (f"/v1/story/download/by/story/url?url={PAGE}", 1),
    (f"/v1/story/download/by/url?url={PAGE}", 1),
    (REEL, 2),
    (f"{REEL}&force=on", 1),
    (f"{REEL}&force=FALSE", 2),
    (f"{REEL}&amount=1", 2),
    (f"{REEL}&at=2020-01-01", 2),
    (BY_NAME, 3),
    (f"{BY_NAME}&force=true", 2),
    (f"{BY_NAME}&force=0", 3),
    ("/v1/user/by/username?username=acme_wild", 1),
    (f"/v1/user/by/id?id={PUBLIC}", 1),
    ("/v1/user/by/url?url=https://www.instagram.com/acme_wild/", 1),
    ("/v2/user/by/username?username=acme_wild&safe_int=on", 1),
    (f"/v2/user/by/id?id={PUBLIC}", 1),
    (f"/v2/story/by/id?id={PHOTO}", 1),
    (f"/v2/story/by/url?url={PAGE}", 1),
    (f"/v2/user/stories?user_id={PUBLIC}", 2),
    (f"/v2/user/stories?user_id={PUBLIC}&force=on", 1),
    ("/v2/user/stories/by/username?username=acme_wild", 3),
    ("/v2/user/stories/by/username?username=acme_wild&force=on", 2),
    (f"/v1/media/by/id?id={PHOTO}", 1),
    (f"/v1/user/medias/chunk?user_id={PUBLIC}", 1),
    (f"/v1/user/highlights?user_id={PUBLIC}", 2),
    (f"/v1/user/highlights?user_id={PUBLIC}&force=on", 1),
    ("/v1/user/highlights/by/username?username=acme_wild", 3),
    (f"/v2/user/highlights?user_id={PUBLIC}", 2),
    ("/v2/user/highlights/by/username?username=acme_wild", 3),
    ("/v2/user/highlights/by/username?username=acme_wild&force=on", 2),
    (f"/v1/highlight/by/id?id={HIGHLIGHT}", 1),
    (f"/v1/highlight/by/url?url=https://instagram.com/stories/highlights/{HIGHLIGHT}/", 1),
    (f"/v2/highlight/by/id?id={HIGHLIGHT}", 1),
    (f"/v1/share/by/code?code={SHARED}", 0),
    (f"/v1/share/by/url?url=https://www.instagram.com/s/{SHARED}", 0),
    (f"/v1/users/stories?user_ids={PUBLIC}", 2),
    (f"/v1/users/stories?user_ids={PUBLIC},{PRIVATE},1&force=on", 3),
    ("/sys/balance", 0),
)


@pytest.mark.parametrize(("target", "price"), PRICES)
async def test_an_answer_costs_its_price_and_is_entered(target: str, price: int, rig: Rig) -> None:
    """The headers tell the price and what is left; the ledger tells what for."""
    answer = await rig.get(target)
    assert answer.status == 200
    assert f'{{"reqs": {price}}}' == answer.headers["x-hiker-info"]
    assert str(1000 - price) == answer.headers["x-quota-remaining"]
    charged = [(line.entry.units, line.entry.reason, line.balance) for line in await rig.entries()]
    assert [(-price, target.partition("?")[0], 1000 - price)] * bool(price) == charged


def test_every_row_has_its_price_here() -> None:
    assert {row.path for row in ENDPOINTS} == {target.partition("?")[0] for target, _ in PRICES}


@pytest.mark.parametrize(
    ("user_ids", "status", "price"),
    [("1,x,3", 400, 2), (",", 400, 2), (",".join(map(str, range(51))), 400, 2)],
)
async def test_a_batch_that_is_refused_costs_as_one_call(
    user_ids: str, status: int, price: int, rig: Rig
) -> None:
    answer = await rig.get(f"/v1/users/stories?user_ids={user_ids}")
    assert (status, f'{{"reqs": {price}}}') == (answer.status, answer.headers["x-hiker-info"])
    assert 1000 - price == await rig.balance()


async def test_an_account_that_is_named_twice_is_paid_once(rig: Rig) -> None:
    answer = await rig.get(f"/v1/users/stories?user_ids={PUBLIC},0{PUBLIC},{PUBLIC}")
    assert (200, '{"reqs": 2}', 1) == (
        answer.status, answer.headers["x-hiker-info"], len(answer.json()),
    )  # fmt: skip
    assert 998 == await rig.balance()


async def test_an_empty_reel_costs_the_price(rig: Rig) -> None:
    answer = await rig.get("/v1/user/stories?user_id=4400000011")
    assert answer.json() == []
    assert answer.headers["x-quota-remaining"] == "998"


async def test_parts_and_not_modified_cost_what_they_answer_and_412_and_416_are_free(
    rig: Rig,
) -> None:
    whole = await rig.get(DOWNLOAD)
    left = [int(whole.headers["x-quota-remaining"])]
    for asked in (
        {"range": "bytes=0-9"},
        {"range": "bytes=0-9, 20-29"},
        {"if_none_match": whole.headers["etag"]},
        {"range": f"bytes={len(PHOTO_BYTES)}-"},
        {"if_match": '"another"'},
    ):
        answer = await rig.get(DOWNLOAD, **asked)
        left.append(int(answer.headers["x-quota-remaining"]))
        assert answer.headers["x-hiker-info"] == '{"reqs": 1}'
    left.append(int((await rig.get(DOWNLOAD, method="HEAD")).headers["x-quota-remaining"]))
    assert left == [999, 998, 997, 996, 996, 996, 995]
    assert left[-1] == await rig.balance()


async def test_a_file_in_words_costs_what_the_file_costs(rig: Rig) -> None:
    await rig.get(f"{DOWNLOAD}&format=json")
    assert await rig.balance() == 999


async def test_the_operator_may_charge_only_for_what_was_found(tmp_path: Path) -> None:
    async with open_rig(tmp_path, charge="found") as rig:
        refused = [
            await rig.get(target)
            for target in (
                "/v1/story/by/id?id=x",
                f"/v1/story/by/id?id={HIDDEN}",
                "/v1/story/by/id?id=1",
                f"/v1/user/stories?user_id={PRIVATE}",
            )
        ]
        assert [answer.status for answer in refused] == [400, 403, 404, 403]
        assert {"1000"} == {answer.headers["x-quota-remaining"] for answer in refused}
        assert (await rig.get(REEL)).status == 200
        assert await rig.balance() == 998


async def test_the_balance_is_the_keys(tmp_path: Path) -> None:
    """Free of charge, and still limited and refused like any other call."""
    async with open_rig(tmp_path, unit_price=0.00046, currency="EUR") as rig:
        await rig.get(REEL)
        answer = await rig.get("/sys/balance")
        expected = {"requests": 998, "rate": 1000, "currency": "EUR", "amount": 0.4591}
        assert list(expected.items()) == list(answer.json().items())
        _, slow = await rig.create_key(units=0, rate=0.5)
        expected = {"requests": 0, "rate": 0.5, "currency": "EUR", "amount": 0.0}
        assert expected == (await rig.get("/sys/balance", key=slow)).json()
        assert (await rig.get("/sys/balance", key=slow)).status == 429


async def test_the_order_is_key_rate_parameters_balance_work(rig: Rig) -> None:
    """Each call is wrong in all the ways that come later, and told the first."""
    missing = "/v1/user/stories"
    absent = "/v1/user/stories?user_id=1"
    key, secret = await rig.create_key(units=1, rate=3)
    assert (await rig.get(missing, key="")).status == 401
    assert (await rig.get(missing, key=secret)).status == 422
    assert (await rig.get(absent, key=secret)).status == 402
    await rig.create_key()
    assert (await rig.get("/v1/story/by/id?id=1", key=secret)).status == 404
    assert (await rig.get(missing, key=secret)).status == 429
    await rig.shelves.keyring.disable(key.id)
    assert (await rig.get(missing, key=secret)).status == 401
    assert [line.entry.units for line in await rig.entries(key.id)] == [-1]


async def test_a_flood_of_malformed_requests_is_limited_too(rig: Rig) -> None:
    _, secret = await rig.create_key(rate=2)
    statuses = [(await rig.get("/v1/user/stories", key=secret)).status for _ in range(4)]
    assert statuses == [422, 422, 429, 429]


async def test_one_key_does_not_slow_another(rig: Rig) -> None:
    secrets = [(await rig.create_key(rate=1))[1] for _ in range(2)]
    statuses = [(await rig.get(REEL, key=secret)).status for secret in secrets * 2]
    assert statuses == [200, 200, 429, 429]


async def test_a_balance_is_spent_to_the_last_unit_and_not_beyond(rig: Rig) -> None:
    """All at once: what the balance covers is served, all else is 402, whatever the order."""
    key, secret = await rig.create_key(units=25)
    answers = await asyncio.gather(*(rig.get(REEL, key=secret) for _ in range(40)))
    statuses = [answer.status for answer in answers]
    assert (statuses.count(200), statuses.count(402)) == (12, 28)
    entries = await rig.entries(key.id)
    assert [line.entry.units for line in entries] == [-2] * 12
    assert entries[-1].balance == 1


async def test_a_race_for_the_last_unit_that_is_lost_tells_nothing(rig: Rig) -> None:
    """Work was done for both; the one that could not pay gets a 402 and none of it."""
    _, secret = await rig.create_key(units=2)
    answers = await asyncio.gather(*(rig.get(REEL, key=secret) for _ in range(2)))
    lost = next(answer for answer in answers if answer.status == 402)
    assert list(lost.json()) == ["state", "error", "exc_type"]
    assert b"pk" not in lost.body


async def test_a_callers_request_id_is_no_entry(rig: Rig) -> None:
    """Else a caller who always sends the same one would ask for nothing."""
    for _ in range(3):
        answer = await rig.get(REEL, x_request_id="mine")
        assert answer.headers["x-request-id"] == "mine"
    entries = [line.entry.entry for line in await rig.entries()]
    assert len(set(entries)) == 3
    assert "mine" not in entries
    assert await rig.balance() == 994
