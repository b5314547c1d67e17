"""Fifty accounts at once, from Instagram to the caller."""

from pathlib import Path
from typing import Any

import pytest

from storykeep.core.model import AccountStories
from storykeep.testing import HandClock
from storykeep.testing.instagram import Account
from tests.api.rig import Answer
from tests.e2e.test_live import Live, live
from tests.sources.instagram.test_questions import POSTS

pytestmark = pytest.mark.filterwarnings(POSTS)

OK = range(1000, 1020)
FOLLOWED = range(1100, 1102)
EMPTY = range(1200, 1210)
CLOSED = range(1300, 1308)
NOBODY = range(1400, 1408)
FAILING = range(1500, 1502)
EXPECTED = {
    **dict.fromkeys(OK, "ok"),
    **dict.fromkeys(FOLLOWED, "private"),
    **dict.fromkeys(EMPTY, "empty"),
    **dict.fromkeys(CLOSED, "private"),
    **dict.fromkeys(NOBODY, "not_found"),
    **dict.fromkeys(FAILING, "unavailable"),
}
BATCH = f"/v1/users/stories?user_ids={','.join(map(str, EXPECTED))}"
REELS, USERS = "feed/reels_media/", "/users/"


def people(rig: Live, clock: HandClock) -> None:
    """Add them to the world, and let the question about the failing ones fail."""
    for pk in [*OK, *FOLLOWED, *EMPTY, *CLOSED, *FAILING]:
        is_private = pk in FOLLOWED or pk in CLOSED
        account = Account(pk, f"acme_{pk}", is_private=is_private, is_followed=pk in FOLLOWED)
        if pk not in EMPTY and pk not in FAILING:
            account.post(clock() - 60)
        rig.fake.world.accounts.append(account)
    for pk in FAILING:
        rig.fake.fail(f"users/{pk}/", "truncated")


async def balance(rig: Live) -> int:
    told: int = (await rig.ask("/sys/balance")).json()["requests"]
    return told


def outcomes(answer: Answer) -> dict[int, str]:
    return {int(each["user_id"]): each["outcome"] for each in answer.json()}


async def test_fifty_accounts_are_one_request_of_reels(tmp_path: Path) -> None:
    """And one about each that is missing in it; what was told is not asked again."""
    clock = HandClock()
    async with live(tmp_path, clock) as rig:
        people(rig, clock)
        before = await balance(rig)
        answer = await rig.ask(BATCH)
        assert 200 == answer.status
        assert [*EXPECTED.items()] == [*outcomes(answer).items()]
        missing = len(EMPTY) + len(CLOSED) + len(NOBODY) + len(FAILING)
        assert (1, missing) == (rig.fake.count(REELS), rig.fake.count(USERS))
        assert 2 * (50 - len(FAILING)) == before - await balance(rig)
        assert '{"reqs": 100}' == answer.headers["x-hiker-info"]

        rig.fake.requests.clear()
        rig.fake.heal()
        clock.turn(30)
        again = await rig.ask(BATCH.replace(",", "%20,") + "&force=on")
        expected = EXPECTED | dict.fromkeys(FAILING, "empty")
        assert expected == outcomes(again)
        asked_again = len(NOBODY) + len(FAILING)  # nothing is kept of who is not there
        assert (1, asked_again) == (rig.fake.count(REELS), rig.fake.count(USERS))


async def test_each_has_what_the_single_call_answers(tmp_path: Path) -> None:
    clock = HandClock()
    async with live(tmp_path, clock) as rig:
        people(rig, clock)
        told: dict[int, Any] = {
            int(each["user_id"]): each for each in (await rig.ask(BATCH)).json()
        }
        for pk in (OK[0], EMPTY[0], CLOSED[0], NOBODY[0], FAILING[0]):
            assert [*AccountStories.__struct_fields__] == [*told[pk]]
            single = await rig.ask(f"/v1/user/stories?user_id={pk}")
            if single.status == 200:
                assert single.json() == told[pk]["stories"]
                assert single.headers["x-storykeep-seen-at"] == told[pk]["seen_at"]
                assert (None, None) == (told[pk]["exc_type"], told[pk]["detail"])
            else:
                assert single.json()["exc_type"] == told[pk]["exc_type"]
                assert single.json()["detail"] == told[pk]["detail"]
                assert ([], None, None) == tuple(
                    told[pk][name] for name in ("stories", "source", "seen_at")
                )


async def test_with_fresh_facts_nothing_is_asked_but_the_reels(tmp_path: Path) -> None:
    """That an account is public or private was told within five minutes."""
    clock = HandClock()
    async with live(tmp_path, clock) as rig:
        people(rig, clock)
        known = [*OK, *EMPTY, *CLOSED]
        batch = f"/v1/users/stories?user_ids={','.join(map(str, known))}"
        for pk in known:
            await rig.ask(f"/v1/user/stories?user_id={pk}")
        rig.fake.requests.clear()
        clock.turn(120)
        assert {pk: EXPECTED[pk] for pk in known} == outcomes(await rig.ask(batch))
        assert [1, 1] == [rig.fake.count(REELS), len(rig.fake.requests)]


async def test_what_cannot_be_asked_is_answered_from_what_is_kept(tmp_path: Path) -> None:
    """As stale; of whom nothing is kept is unavailable, and free."""
    clock = HandClock()
    async with live(tmp_path, clock) as rig:
        people(rig, clock)
        await rig.ask(f"/v1/user/stories?user_id={OK[0]}")
        clock.turn(600)
        rig.fake.fail(REELS, "login_required")
        before = await balance(rig)
        answer = await rig.ask(f"/v1/users/stories?user_ids={OK[0]},{OK[1]}")
        assert {OK[0]: "ok", OK[1]: "unavailable"} == outcomes(answer)
        assert [True, False] == [each["is_stale"] for each in answer.json()]
        assert "SourceLoginRequired" == answer.json()[1]["exc_type"]
        assert 2 == before - await balance(rig)


@pytest.mark.parametrize(
    ("user_ids", "detail"),
    [
        (",".join(map(str, range(51))), "51 accounts are too many: ask for at most 50 at once."),
        ("1,acme", "Not a user id: 'acme'."),
        ("1,", "Not a user id: ''."),
    ],
)
async def test_a_list_that_is_none_is_refused_as_one_call(
    user_ids: str, detail: str, tmp_path: Path
) -> None:
    async with live(tmp_path, HandClock()) as rig:
        before = await balance(rig)
        answer = await rig.ask(f"/v1/users/stories?user_ids={user_ids}")
        assert (400, "ValidationError") == (answer.status, answer.json()["exc_type"])
        assert answer.json()["detail"].startswith(detail)
        assert 2 == before - await balance(rig)
        assert [] == [*rig.fake.requests]


async def test_one_named_twice_is_answered_once(tmp_path: Path) -> None:
    """Larger numbers than there can be are nobody's, and nobody is asked."""
    clock = HandClock()
    async with live(tmp_path, clock) as rig:
        people(rig, clock)
        largest = 10**30
        target = f"/v1/users/stories?user_ids={OK[0]},%20{OK[0]}+,0{OK[0]},{largest}&amount=1"
        answer = await rig.ask(target)
        assert {OK[0]: "ok", largest: "not_found"} == outcomes(answer)
        assert 1 == len(answer.json()[0]["stories"])


async def test_its_files_may_have_stable_addresses(tmp_path: Path) -> None:
    """Those that are kept, as in the single call."""
    clock = HandClock()
    async with live(tmp_path, clock) as rig:
        people(rig, clock)
        query = f"{OK[0]},{EMPTY[0]},{OK[1]}&media=stable"
        answer = await rig.ask(f"/v1/users/stories?user_ids={query}")
        singles = [
            (await rig.ask(f"/v1/user/stories?user_id={pk}&media=stable")).json()
            for pk in (OK[0], EMPTY[0], OK[1])
        ]
        assert singles == [each["stories"] for each in answer.json()]
