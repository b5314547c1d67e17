"""Another server of this API as an origin: what its answers mean, and that its key stays here."""

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from storykeep.core.errors import (
    HighlightNotFound,
    PrivateAccount,
    SourceDrift,
    SourceLoginRequired,
    SourceThrottled,
    SourceTimeout,
    SourceUnavailable,
    SourceUnaware,
    StorykeepError,
    StoryNotFound,
    UserNotFound,
)
from storykeep.core.model import encode_story
from storykeep.core.upstream import Upstream
from storykeep.sources.hiker import HikerUpstream, create_hiker
from storykeep.testing import HandClock
from tests.client.scripted import Said, Script, http, scripted
from tests.making import ACME, RIVAL, T0, make_story, make_user
from tests.payloads.loading import payload
from tests.sources.counted import Counted

KEY = "a_key_that_no_text_may_show"
USER = {"pk": ACME, "username": "acme", "full_name": "Acme", "is_private": False}
STORIES = [make_story(1, user=make_user(full_name="Acme")), make_story(2)]
BEST = 17900000000000099
ENTRY = {
    "id": f"highlight:{BEST}",
    "reel_type": "highlight_reel",
    "title": "Best",
    "user": USER,
    "created_at": T0 - 9,
    "media_count": 1,
}
ITEM = payload("constructed_v1_item_photo_plain.json")
WHOLE = {f"highlight:{BEST}": ENTRY | {"items": [ITEM]}}
REEL = b"[%b]" % b",".join(map(encode_story, STORIES))

Ask = Callable[[HikerUpstream], Awaitable[Any]]
QUESTIONS: dict[str, Ask] = {
    "user": lambda hiker: hiker.user("acme"),
    "user_by_pk": lambda hiker: hiker.user_by_pk(ACME),
    "reel": lambda hiker: hiker.reel(ACME),
    "story": lambda hiker: hiker.story(1),
    "highlights": lambda hiker: hiker.highlights(ACME),
    "highlight": lambda hiker: hiker.highlight(BEST),
    "check": lambda hiker: hiker.check(),
}
EACH = pytest.mark.parametrize("question", QUESTIONS)


async def no_sleep(_: float) -> None:
    pass


@asynccontextmanager
async def asking(
    server: Script, folder: Path, drift: Counted | None = None, options: str = ""
) -> AsyncIterator[HikerUpstream]:
    """An origin that asks ``server`` at T0, and sleeps no time."""
    file = folder / "hiker_key"
    file.write_text(f"{KEY}\n")
    address = server.url.replace("http://", "hiker://")
    hiker = create_hiker(
        f"{address}?key_file={file}&tls=off{options}",
        drift=drift or Counted(),
        clock=HandClock(T0 + 0.5),
        sleep=no_sleep,
    )
    try:
        yield hiker
    finally:
        await hiker.close()


def told(value: Any, status: int = 200, **headers: str) -> Said:
    return Said(http(status, json.dumps(value).encode(), **headers))


# -------------------------------------------------------------------------------- its answers


async def test_an_account_is_asked_by_name_and_by_number(tmp_path: Path) -> None:
    with scripted(told(USER), told(USER | {"pk": str(ACME)})) as server:
        async with asking(server, tmp_path) as hiker:
            upstream: Upstream = hiker
            found = [await upstream.user("acme"), await upstream.user_by_pk(ACME)]
    assert [make_user(full_name="Acme")] * 2 == [sighting.user for sighting in found]
    first = found[0]
    assert (T0, True, hiker.name, (), None) == (
        first.seen_at, first.is_moment_exact, first.source, first.stories, first.envelope,
    )  # fmt: skip
    assert server.url.replace("http", "hiker") == hiker.name
    expected = ["/v1/user/by/username?username=acme", f"/v1/user/by/id?id={ACME}"]
    assert expected == [asked.path for asked in server.asked]
    assert {KEY} == {asked.headers["x-access-key"] for asked in server.asked}


async def test_an_account_may_have_nulls(tmp_path: Path) -> None:
    nulls = dict.fromkeys(USER) | {"pk": ACME, "profile_pic_url": ""}
    drift = Counted()
    with scripted(told(nulls)) as server:
        async with asking(server, tmp_path, drift) as hiker:
            user = (await hiker.user("acme")).user
    assert (str(ACME), None, None) == (user.pk, user.username, user.is_private)
    assert [] == drift.problems


async def test_a_reel_is_whole_and_its_payloads_are_kept(tmp_path: Path) -> None:
    with scripted(Said(http(200, REEL))) as server:
        async with asking(server, tmp_path) as hiker:
            sighting = await hiker.reel(ACME)
    assert [1, 2] == [seen.pk for seen in sighting.stories]
    assert STORIES[0] == sighting.stories[0].story
    assert json.loads(REEL) == [json.loads(seen.raw) for seen in sighting.stories]
    assert {"vendor"} == {seen.dialect for seen in sighting.stories}
    assert "Acme" == sighting.user.full_name
    assert sighting.envelope is not None
    assert f"/v1/user/stories?user_id={ACME}&force=on" == server.asked[0].path


@pytest.mark.parametrize(
    ("said", "seen_at", "is_whole"),
    [
        ({"X-Storykeep-Seen-At": "2026-04-08T00:00:00Z"}, 1_775_606_400, True),
        ({"X-Storykeep-Seen-At": "2099-01-01T00:00:00Z"}, T0, True),
        ({"X-Storykeep-Seen-At": "lately"}, T0, True),
        ({"X-Storykeep-Outcome": "stale"}, T0, False),
    ],
)
async def test_a_storykeep_tells_when_it_saw_and_whether_it_could_ask(
    said: dict[str, str], seen_at: int, is_whole: bool, tmp_path: Path
) -> None:
    with scripted(Said(http(200, REEL, **said))) as server:
        async with asking(server, tmp_path) as hiker:
            sighting = await hiker.reel(ACME)
    assert (seen_at, is_whole) == (sighting.seen_at, sighting.envelope is not None)


async def test_an_empty_list_is_a_whole_empty_reel(tmp_path: Path) -> None:
    drift = Counted()
    with scripted(told([])) as server:
        async with asking(server, tmp_path, drift) as hiker:
            sighting = await hiker.reel(ACME)
    assert (ACME, (), None) == (sighting.user_pk, sighting.stories, sighting.user.is_private)
    assert {"answer": {}, "reel": None, "dialect": "vendor"} == json.loads(sighting.envelope or b"")
    assert [] == drift.problems


async def test_one_story_that_cannot_be_read_is_counted_and_the_others_are_there(
    tmp_path: Path,
) -> None:
    broken = json.loads(encode_story(STORIES[0])) | {"pk": "x", "id": "y"}
    good = json.loads(encode_story(STORIES[1])) | {"hashtags": [{"hashtag": {}}]}
    drift = Counted()
    with scripted(told([broken, good])) as server:
        async with asking(server, tmp_path, drift) as hiker:
            assert [2] == [seen.pk for seen in (await hiker.reel(ACME)).stories]
    assert {"[0].pk", "hashtags[0].hashtag.name"} == {field for _, field in drift.problems}
    assert {hiker.name} == {source for source, _ in drift.problems}


async def test_what_could_not_be_read_of_a_single_story_is_counted(tmp_path: Path) -> None:
    broken = json.loads(encode_story(STORIES[0])) | {"taken_at": "x"}
    drift = Counted()
    with scripted(told(broken)) as server:
        async with asking(server, tmp_path, drift) as hiker:
            with pytest.raises(SourceDrift):
                await hiker.story(1)
    assert [(hiker.name, "taken_at")] == drift.problems


async def test_it_has_no_question_about_several_reels(tmp_path: Path) -> None:
    """So they are asked for one by one, and one that fails fails alone."""
    with scripted() as server:
        async with asking(server, tmp_path) as hiker:
            with pytest.raises(SourceUnaware, match="one by one"):
                await hiker.reels([7, ACME, RIVAL])
    assert [] == server.asked


async def test_a_story_is_a_sighting_of_its_own(tmp_path: Path) -> None:
    with scripted(Said(http(200, encode_story(STORIES[0])))) as server:
        async with asking(server, tmp_path) as hiker:
            sighting = await hiker.story(1, "acme")
    assert (STORIES[0], None) == (sighting.stories[0].story, sighting.envelope)
    assert (T0, True) == (sighting.seen_at, sighting.is_moment_exact)
    assert "/v1/story/by/id?id=1" == server.asked[0].path


def paged(**response: Any) -> dict[str, Any]:
    """A page as the vendor gives it: Instagram's own answer, and where the next one begins."""
    return {"response": response | {"status": "ok"}, "next_page_id": None}


async def test_highlights_are_told_without_their_stories(tmp_path: Path) -> None:
    """All in one question, and privacy is not asked with it."""
    rival = ENTRY | {"id": "highlight:1", "user": {"pk": RIVAL, "username": "rival"}}
    drift = Counted()
    with scripted(told(paged(tray=[rival, ENTRY]))) as server:
        async with asking(server, tmp_path, drift) as hiker:
            sighting = await hiker.highlights(ACME)
    [seen] = sighting.highlights
    assert (BEST, (), ENTRY) == (seen.pk, sighting.stories, json.loads(seen.reel))
    assert (ACME, T0, hiker.name) == (sighting.user_pk, sighting.seen_at, sighting.source)
    assert [f"/v2/user/highlights?user_id={ACME}&amount=1000&force=on"] == [
        asked.path for asked in server.asked
    ]
    assert [] == drift.problems


@pytest.mark.parametrize("tray", [[], [ENTRY | {"user": {"pk": RIVAL}}]])
async def test_an_account_may_have_no_highlights(tray: list[Any], tmp_path: Path) -> None:
    drift = Counted()
    with scripted(told(paged(tray=tray))) as server:
        async with asking(server, tmp_path, drift) as hiker:
            sighting = await hiker.highlights(ACME)
    assert [] == drift.problems
    assert (ACME, (), None) == (
        sighting.user_pk, sighting.highlights, sighting.user.is_private,
    )  # fmt: skip


async def test_a_highlight_is_told_with_its_stories_as_they_were_captured(tmp_path: Path) -> None:
    """What the server adds beside Instagram's answer is not taken for stories of its own."""
    page = paged(reels=WHOLE) | {"items": [json.loads(encode_story(STORIES[1]))]}
    with scripted(told(page)) as server:
        async with asking(server, tmp_path) as hiker:
            sighting = await hiker.highlight(BEST)
    [seen], [story] = sighting.highlights, sighting.stories
    assert (BEST, (story.pk,), True) == (seen.pk, seen.items, seen.is_whole)
    assert (int(ITEM["pk"]), "v1", ITEM) == (story.pk, story.dialect, json.loads(story.raw))
    assert f"/v2/highlight/by/id?id={BEST}" == server.asked[0].path


async def test_the_balance_is_watched(tmp_path: Path) -> None:
    """By the check, and where the server tells it with every answer."""
    balance = {"requests": 90, "rate": 15, "currency": "USD", "amount": 0.1}
    refused = told({"exc_type": "UserNotFound"}, 404, x_quota_remaining="88")
    with scripted(told(balance), told([], x_quota_remaining="89"), refused, told([])) as server:
        async with asking(server, tmp_path) as hiker:
            seen = [hiker.balance]
            await hiker.check()
            seen.append(hiker.balance)
            await hiker.reel(ACME)
            seen.append(hiker.balance)
            with pytest.raises(UserNotFound):
                await hiker.reel(ACME)
            seen.append(hiker.balance)
            await hiker.reel(ACME)
            seen.append(hiker.balance)
    assert [None, 90, 89, 88, 88] == seen
    assert "/sys/balance" == server.asked[0].path


# -------------------------------------------------------------------------------- its failures

LIMITED = {"state": False, "error": KEY, "exc_type": "RateLimited"}
FAILURES: dict[str, tuple[Said, type[StorykeepError], str, float | None]] = {
    "no key": (told({"error": KEY, "exc_type": "AccessKeyInvalid"}, 401), SourceLoginRequired, "key_file", None),
    "no units": (told({"error": KEY, "exc_type": "InsufficientFunds"}, 402), SourceUnavailable, "top up", None),
    "private": (told({"exc_type": "PrivateAccount"}, 403), PrivateAccount, "private", None),
    "a wall": (Said(http(403, b"<html>")), SourceUnavailable, "check the address", None),
    "a wrong address": (told({"detail": "Not Found"}, 404), SourceUnavailable, "check the address", None),
    "a page": (Said(http(404, b"<html>")), SourceUnavailable, "check the address", None),
    "a redirect": (Said(http(302, b"", location=f"http://127.0.0.1/{KEY}")), SourceUnavailable, "check the address", None),
    "refused": (told({"detail": KEY, "exc_type": "ValidationError"}, 400), SourceDrift, "400", None),
    "misunderstood": (told({"detail": []}, 422), SourceDrift, "422", None),
    "too often": (told(LIMITED, 429, retry_after="7"), SourceThrottled, "slow down", 7.0),
    "for ever": (told(LIMITED, 429, retry_after="9" * 400), SourceThrottled, "slow down", 86_400.0),
    "closed": (told({"detail": KEY}, 503, retry_after="30"), SourceUnavailable, "503", 30.0),
    "a page instead": (Said(http(200, f"<html>{KEY}".encode())), SourceDrift, "no JSON", None),
    "half": (Said(http(200, REEL[:-9])), SourceDrift, "no JSON", None),
    "too long": (Said(http(200, bytes(5 << 20)), "close"), SourceDrift, "longer", None),
    "a number": (told(7), SourceDrift, "answered|sent", None),
    "an error and 200": (told({"status": "fail", "message": KEY}), SourceDrift, "answered", None),
}  # fmt: skip


@EACH
@pytest.mark.parametrize("failure", FAILURES)
async def test_a_failure_is_of_its_kind_and_asked_once(
    question: str, failure: str, tmp_path: Path
) -> None:
    """The message says what the operator can do, and repeats nothing that the server said."""
    said, kind, words, wait = FAILURES[failure]
    with scripted(said) as server:
        async with asking(server, tmp_path) as hiker:
            with pytest.raises(kind, match=words) as caught:
                await QUESTIONS[question](hiker)
    assert (kind, wait) == (type(caught.value), getattr(caught.value, "retry_after", None))
    assert KEY not in f"{caught.value}{caught.value.__cause__}"
    assert 1 == len(server.asked)


@EACH
async def test_500_twice_is_unavailable_and_once_is_forgotten(
    question: str, tmp_path: Path
) -> None:
    broken = told({"detail": "", "exc_type": "InternalError"}, 500)
    missing = told({"detail": "", "exc_type": "SomethingNotFound"}, 404)
    absents = {"story": StoryNotFound, "highlight": HighlightNotFound}
    absent = absents.get(question, UserNotFound)
    for second, kind in ((broken, SourceUnavailable), (missing, absent)):
        with scripted(broken, second) as server:
            async with asking(server, tmp_path) as hiker:
                with pytest.raises(kind):
                    await QUESTIONS[question](hiker)
        assert 2 == len(server.asked)


async def test_one_that_hangs_is_given_up(tmp_path: Path) -> None:
    with scripted(Said(b"", "stall")) as server:
        async with asking(server, tmp_path, options="&timeout=0.2") as hiker:
            with pytest.raises(SourceTimeout):
                await hiker.reel(ACME)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("user", {"username": "acme"}),
        ("user", []),
        ("user_by_pk", USER | {"pk": RIVAL}),
        ("reel", [json.loads(encode_story(make_story(3, user=make_user(RIVAL, "rival"))))]),
        ("reel", [{"pk": "x"}, 7]),
        ("story", json.loads(encode_story(STORIES[1]))),
        ("highlights", {"response": {"users": []}}),
        ("highlight", {"response": {"reels": {}, "status": "ok"}}),
        ("highlight", {"response": {"reels": {"highlight:1": {**ENTRY, "id": "highlight:1"}}}}),
        ("check", {"requests": "many"}),
    ],
)
async def test_what_was_not_asked_for_is_drift(question: str, answer: Any, tmp_path: Path) -> None:
    with scripted(told(answer)) as server:
        async with asking(server, tmp_path) as hiker:
            with pytest.raises(SourceDrift):
                await QUESTIONS[question](hiker)


async def test_the_key_is_shown_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with scripted(told(USER), Said(b"", "close"), Said(b"", "close")) as server:
        async with asking(server, tmp_path) as hiker:
            await hiker.user("acme")
            with pytest.raises(SourceUnavailable) as caught:
                await hiker.user("acme")
            assert KEY not in f"{hiker!r} {vars(hiker)}"
    error: BaseException | None = caught.value
    while error is not None:
        assert KEY not in f"{error!r} {vars(error)}"
        error = error.__cause__ or error.__context__
    assert caplog.text
    assert KEY not in caplog.text


# --------------------------------------------------------------------------------- its address


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://a.test?key_file=FILE", "write hiker://"),
        ("hiker://?key_file=FILE", "write hiker://"),
        (f"hiker://{KEY}@a.test?key_file=FILE", "write hiker://"),
        ("hiker://a.test", "missing required field `key_file`; the options are key_file, ca_file"),
        (f"hiker://a.test?key={KEY}", "unknown field `key`"),
        ("hiker://a.test?key_file=FILE&key_file=FILE", "key_file is written twice"),
        ("hiker://a.test?key_file=FILE&tls=no", "tls"),
        ("hiker://a.test?key_file=FILE&timeout=soon", "timeout"),
        ("hiker://a.test?key_file=FILE&timeout=0", "timeout"),
        ("hiker://a.test?key_file=FILE.none", "cannot read .*none"),
        ("hiker://a.test?key_file=FILE&ca_file=FILE.none", "hiker://a.test: "),
        ("hiker://a.test:port?key_file=FILE", "port"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_what_to_write(
    address: str, words: str, tmp_path: Path
) -> None:
    file = tmp_path / "a key%20file+1"
    file.write_text(KEY)
    written = str(file).replace("%", "%25").replace(" ", "%20")
    with pytest.raises(ValueError, match=words) as caught:
        create_hiker(address.replace("FILE", written), drift=Counted(), clock=HandClock())
    assert KEY not in str(caught.value)


async def test_an_account_is_kept_as_it_was_told(tmp_path: Path) -> None:
    """Where it is told with what only its own page has."""
    page = {**USER, "biography": "Wild", "follower_count": 7}
    with scripted(told(page), told(USER)) as server:
        async with asking(server, tmp_path) as hiker:
            sightings = [await hiker.user("acme"), await hiker.user_by_pk(ACME)]
    assert [page, None] == [each.profile and json.loads(each.profile) for each in sightings]
