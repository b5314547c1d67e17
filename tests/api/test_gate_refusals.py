"""Who is not let in is told so in the gate's own shape: 401, 402, 429; and 422 for who is."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from storykeep.core.keys import create_key
from tests.api.refusal import GATE, KEYED, MARK, Way, assert_refused, assert_untold, marked
from tests.api.rig import PHOTO, PUBLIC, Rig, open_rig

STORY = f"/v1/story/by/id?id={PHOTO}"


async def no_key(_: Rig) -> str:
    return ""


async def unknown_key(_: Rig) -> str:
    return create_key(bytes(32))


async def mistyped_key(rig: Rig) -> str:
    return rig.secret[:-1] + ("a" if rig.secret[-1] != "a" else "b")


async def foreign_key(_: Rig) -> str:
    return f"{MARK} ünknown"


async def disabled_key(rig: Rig) -> str:
    key, secret = await rig.create_key()
    await rig.shelves.keyring.disable(key.id)
    return secret


async def expired_key(rig: Rig) -> str:
    _, secret = await rig.create_key(expires_at=int(rig.now))
    return secret


async def rotated_key(rig: Rig) -> str:
    key, secret = await rig.create_key()
    await rig.shelves.keyring.rotate(key.id, b"another", "keep_another")
    return secret


async def poor_key(rig: Rig) -> str:
    _, secret = await rig.create_key(units=1)
    return secret


async def hasty_key(rig: Rig) -> str:
    _, secret = await rig.create_key(rate=0.4)
    assert (await rig.get("/sys/balance", key=secret)).status == 200
    return secret


NO_KEY = "AccessKeyInvalid"
REEL = f"/v1/user/stories?user_id={PUBLIC}"
GATES = (
    (no_key, Way("no key", REEL, 401, NO_KEY, 2, shape=GATE, says="x-access-key")),
    (no_key, Way("no key, nor parameters", "/v1/user/stories", 401, NO_KEY, 2, shape=GATE)),
    (no_key, Way("no key for the balance", "/sys/balance", 401, NO_KEY, 0, shape=GATE)),
    (unknown_key, Way("unknown key", REEL, 401, NO_KEY, 2, shape=GATE, says="Unknown")),
    (mistyped_key, Way("mistyped key", REEL, 401, NO_KEY, 2, shape=GATE, says="Mistyped")),
    (foreign_key, Way("no key of ours", REEL, 401, NO_KEY, 2, shape=GATE, says="Mistyped")),
    (disabled_key, Way("disabled key", REEL, 401, NO_KEY, 2, shape=GATE, says="disabled")),
    (expired_key, Way("expired key", REEL, 401, NO_KEY, 2, shape=GATE, says="expired")),
    (rotated_key, Way("rotated key", REEL, 401, NO_KEY, 2, shape=GATE, says="Unknown")),
    (poor_key, Way("too poor", REEL, 402, "InsufficientFunds", 2, shape=GATE, says="Top up")),
    (hasty_key, Way("too hasty", REEL, 429, "RateLimited", 2, shape=GATE, says="wait")),
)


@pytest.mark.parametrize(
    ("prepare", "way"), GATES, ids=lambda each: str(each) if isinstance(each, Way) else ""
)
async def test_the_gate_refuses_in_its_own_shape(
    prepare: Callable[[Rig], Awaitable[str]],
    way: Way,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing is charged; who is unknown is told nothing about a key."""
    async with open_rig(tmp_path, access_log=True) as rig:
        secret = await prepare(rig)
        answer = await rig.get(marked(way.target), key=secret)
        known = {401: {"x-hiker-info"}, 402: KEYED, 429: KEYED | {"retry-after"}}[way.status]
        assert_refused(answer, way, headers=known, secrets=(MARK, *filter(None, [secret])))
        assert [
            line for key in await rig.shelves.keyring.list() for line in await rig.entries(key.id)
        ] == []
    assert_untold(capfd, caplog, MARK, *filter(None, [secret]))


async def test_the_402_names_the_operators_page(tmp_path: Path) -> None:
    async with open_rig(tmp_path, billing_url="https://example.org/pay") as rig:
        answer = await rig.get(STORY, key=(await rig.create_key(units=0))[1])
    expected = {
        "state": False,
        "error": "Top up your account at https://example.org/pay",
        "exc_type": "InsufficientFunds",
    }
    assert expected == answer.json()
    assert answer.headers["x-quota-remaining"] == "0"


async def test_the_429_says_how_long_to_wait(rig: Rig) -> None:
    """In whole seconds, rounded up; after them the key is let in."""
    secret = await hasty_key(rig)
    refused = await rig.get(STORY, key=secret)
    assert refused.headers["retry-after"] == "3"  # of 2.5
    rig.now += 3
    assert (await rig.get(STORY, key=secret)).status == 200


async def test_the_422_lists_every_complaint(rig: Rig) -> None:
    """As FastAPI does; that they are its very words is shown in test_params."""
    answer = await rig.get("/v1/user/stories?amount=-1&force=")
    missing, negative, empty = answer.json()["detail"]
    assert missing == {
        "type": "missing", "loc": ["query", "user_id"], "msg": "Field required", "input": None,
    }  # fmt: skip
    assert negative["type"] == "greater_than_equal"
    assert empty["type"] == "bool_parsing"
