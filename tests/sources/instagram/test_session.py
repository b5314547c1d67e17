"""A session is taken as it is given, kept as it becomes, and never gets in the operator's way."""

import asyncio
import json
from typing import Any

import pytest

from storykeep.core.errors import (
    InvalidValue,
    SourceLoginRequired,
    SourceUnavailable,
    StorageError,
)
from storykeep.sources.instagram.session import keep, owner_of, read_session
from storykeep.testing import MemorySessions
from storykeep.testing.instagram import SESSION, FakeInstagram
from tests.sources.instagram.rig import WILD, asking, says, with_session

DEVICE = {"phone_id": "p", "uuid": "u", "android_device_id": "android-a"}
OTHER = SESSION.replace("Nobody", "Somebody")


def devices(fake: FakeInstagram) -> set[str]:
    return {request.headers["x-ig-device-id"] for request in fake.requests}


@pytest.mark.parametrize(
    "text",
    [
        SESSION,
        f"\n{SESSION}\n",
        SESSION.replace("%3A", ":"),
        json.dumps({"cookies": {"sessionid": SESSION}}),
        json.dumps({"authorization_data": {"sessionid": SESSION, "ds_user_id": 42}}),
        json.dumps({"authorization_data": {}, "cookies": {"sessionid": SESSION}, "uuids": DEVICE}),
    ],
)
async def test_every_form_of_a_session_is_accepted(text: str) -> None:
    kept = read_session(text)
    assert "42" == owner_of(kept)
    async with asking(store=with_session(text)) as rig:
        await rig.upstream.check()
        assert "users/42/info/" in rig.fake.requests[0].place


@pytest.mark.parametrize(
    "text",
    [
        "",
        "42%3Ashort",
        "no number%3AfakeSessionOfNobody%3A7",
        f"{SESSION} {SESSION}",
        "{",
        "{}",
        '{"cookies": null, "authorization_data": []}',
        '{"cookies": {"sessionid": 5}}',
        '{"sessionid": "42%3AfakeSessionOfNobody%3A7"}',
    ],
)
def test_what_is_no_session_is_not_quoted(text: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        read_session(text)
    assert "fakeSession" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_file_does_not_say_how_requests_travel() -> None:
    """With another tool's settings, nobody turns off the verification of TLS unseen."""
    given: dict[str, Any] = {
        "cookies": {"sessionid": SESSION},
        "uuids": DEVICE,
        "tls_verify": False,
        "private_transport": "curl",
        "request_timeout": 100,
        "proxy": "http://127.0.0.1:1",
        "fbns_auth": {"secret": "s"},
    }
    assert {"cookies", "uuids"} == json.loads(read_session(json.dumps(given))).keys()


async def test_a_device_stays_the_same_after_a_restart() -> None:
    """Also when the very first question was refused."""
    store = with_session()
    seen = set()
    for kind in ("challenge_required", "", "login_required", ""):
        async with asking(store=store) as rig:
            if kind:
                rig.fake.fail("users/", kind)
                with pytest.raises(SourceLoginRequired):
                    await rig.upstream.check()
            else:
                await rig.upstream.check()
            seen |= devices(rig.fake)
    assert 1 == len(seen)


async def test_what_instagram_says_to_a_session_is_kept() -> None:
    async with asking() as rig:
        profile = {"user": {"pk": 42, "username": "acme_viewer", "full_name": ""}, "status": "ok"}
        told = {"ig-set-x-mid": "newMid", "Set-Cookie": "rur=EAG; Domain=.instagram.com; Path=/"}
        rig.fake.fail("users/", says(profile, headers=told))
        await rig.upstream.check()
        kept = json.loads(rig.store.load("acme_viewer") or b"")
        assert ("newMid", "EAG") == (kept["mid"], kept["cookies"]["rur"])
        assert SESSION == kept["authorization_data"]["sessionid"]


async def test_a_dead_session_gives_way_to_the_one_that_was_added() -> None:
    """Without a restart."""
    async with asking() as rig:
        await rig.upstream.check()
        rig.fake.world.sessions = {OTHER}
        with pytest.raises(SourceLoginRequired, match="storykeep session add"):
            await rig.upstream.check()
        rig.store.save("acme_viewer", read_session(OTHER))
        await rig.upstream.check()
        assert b"Somebody" in (rig.store.load("acme_viewer") or b"")


async def test_a_session_that_was_added_meanwhile_is_not_written_over() -> None:
    async with asking() as rig:
        await rig.upstream.check()
        rig.fake.world.sessions.add(OTHER)
        rig.fake.fail("users/", "hang", times=1, headers={"ig-set-x-mid": "oldMid"})
        question = asyncio.create_task(rig.upstream.check())
        await rig.fake.until("users/", 2)
        rig.store.save("acme_viewer", read_session(OTHER))
        rig.fake.release()
        await question
        await rig.upstream.reel(WILD)
        kept = rig.store.load("acme_viewer") or b""
        assert (True, False) == (b"Somebody" in kept, b"oldMid" in kept)
        assert 2 == len({request.headers["authorization"] for request in rig.fake.requests})


async def test_a_session_that_was_removed_is_not_used() -> None:
    async with asking() as rig:
        await rig.upstream.check()
        rig.store.remove("acme_viewer")
        with pytest.raises(SourceUnavailable, match="There is no session"):
            await rig.upstream.check()
        rig.store.save("acme_other", read_session(SESSION))
        await rig.upstream.check()
        assert 2 == len(rig.fake.requests)


class FullDisk(MemorySessions):
    """A store that can only be read."""

    def save(self, name: str, session: bytes) -> None:
        if self.names():
            raise StorageError("The disk is full.")
        super().save(name, session)


async def test_a_full_disk_does_not_stop_the_answers() -> None:
    store = FullDisk()
    store.save("acme_viewer", read_session(SESSION))
    async with asking(store=store) as rig:
        await rig.upstream.check()
        await rig.upstream.check()
        assert 2 == len(rig.fake.requests)
        assert 1 == len(devices(rig.fake))


class Locked(MemorySessions):
    """A store whose key is another one."""

    def load(self, name: str) -> bytes | None:
        raise StorageError(f"STORYKEEP_SESSION_KEY does not open the session {name}.")


async def test_without_a_session_nothing_is_asked() -> None:
    """Adding one needs no restart, and no breaker has to be closed."""
    locked = Locked()
    locked.save("acme_viewer", b"")
    broken = MemorySessions()
    broken.save("acme_viewer", keep({"cookies": {"sessionid": "x"}, "uuids": 5}))
    for store, words in (
        (MemorySessions(), "There is no session to ask Instagram with"),
        (locked, "STORYKEEP_SESSION_KEY does not open"),
        (broken, "cannot be used"),
    ):
        async with asking(store=store) as rig:
            with pytest.raises(SourceUnavailable, match=words):
                await rig.upstream.check()
            assert [] == rig.fake.requests
            store.save("acme_viewer", read_session(SESSION))
            if store is not locked:
                await rig.upstream.check()


async def test_one_of_several_sessions_by_its_name() -> None:
    store = with_session()
    store.save("acme_aaa", read_session(OTHER))
    async with asking(store=store, session="acme_viewer") as rig:
        await rig.upstream.check()
        assert "instagram:acme_viewer" == (await rig.upstream.reel(WILD)).source
    async with asking(store=store, session="acme_zzz") as rig:
        with pytest.raises(SourceUnavailable, match="no session acme_zzz"):
            await rig.upstream.check()
    async with asking(store=store) as rig:  # the first
        with pytest.raises(SourceLoginRequired):
            await rig.upstream.check()
