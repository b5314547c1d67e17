"""Every way to fail, through one assertion: status, shape, headers, charge, and silence."""

import logging
from pathlib import Path

import pytest

from storykeep.api.params import read_parameters
from storykeep.core import errors
from storykeep.core.endpoints import ENDPOINTS
from storykeep.core.endpoints.row import AnyEndpoint
from storykeep.core.ports import StorySource
from tests.api.refusal import (
    KEYED,
    LIST,
    MARK,
    PLAIN,
    Way,
    assert_refused,
    assert_untold,
    marked,
)
from tests.api.rig import CLOSE_FRIENDS, HIDDEN, PHOTO, PRIVATE, UNKEPT, Rig, open_rig
from tests.api.scripted import Failing

PAGE = "https://www.instagram.com/stories"
CDN = "https://scontent-lga3-1.cdninstagram.com/v"
UNKNOWN_PK = "3870830000099000003"


def story(query: str) -> str:
    return f"/v1/story/by/id?{query}"


def by_url(url: str) -> str:
    return f"/v1/story/by/url?url={url}"


def download(url: str) -> str:
    return f"/v1/story/download/by/url?url={url}"


INVALID, PRIVATE_ACCOUNT = "ValidationError", "PrivateAccount"
NO_STORY, NO_USER, NO_MEDIA = "StoryNotFound", "UserNotFound", "MediaNotFound"

REFUSALS = (
    Way("id is no number", story("id=abc"), 400, INVALID, 1, 1, says="Not a story id: 'abc'"),
    Way("id is empty", story("id="), 400, INVALID, 1, 1, says="PK_USERPK"),
    Way("id has a sign", story("id=%2B1"), 400, INVALID, 1, 1, says="decimal"),
    Way("id is 41 digits", story(f"id={'1' * 41}"), 400, INVALID, 1, 1, says="decimal"),
    Way("id in other digits", story("id=%D9%A3"), 400, INVALID, 1, 1, says="decimal"),
    Way("url without pk", by_url(f"{PAGE}/natgeo/"), 400, INVALID, 1, 1, says="/stories/natgeo/PK/"),
    Way("url of another host", by_url("https://example.com/stories/a/1/"), 400, INVALID, 1, 1),
    Way("url of a look-alike host", by_url("https://xinstagram.com/stories/a/1/"), 400, INVALID, 1, 1),
    Way("url of a highlight", by_url(f"{PAGE}/highlights/1/"), 400, INVALID, 1, 1, says="/v1/highlight/by/url"),
    Way("url that is none", by_url("natgeo"), 400, INVALID, 1, 1, says="Instagram story address"),
    Way("share link of a highlight", by_url("https://www.instagram.com/s/aGlnaGxpZ2h0OjE4MTQ2MjE2Njk4MDIyMTc0"), 400, INVALID, 1, 1, says="/v1/highlight/by/url"),
    Way("download of a foreign host", download("https://example.com/a.jpg"), 400, INVALID, 1, 1, says="cdninstagram.com"),
    Way("download of a host that only ends so", download("https://evilcdninstagram.com/a.jpg"), 400, INVALID, 1, 1),
    Way("download of a host that only begins so", download("https://a.cdninstagram.com.evil.test/a.jpg"), 400, INVALID, 1, 1),
    Way("download over http", download("http://a.cdninstagram.com/a.jpg"), 400, INVALID, 1, 1, says="https"),
    Way("download by story url of a CDN", f"/v1/story/download/by/story/url?url={CDN}/a.jpg", 400, INVALID, 1, 1),
    Way("unknown format", f"/v1/story/download?id={PHOTO}&format=xml", 400, INVALID, 1, 1, says="format=json"),
    Way("user_id is a name", "/v1/user/stories?user_id=natgeo", 400, INVALID, 2, 2, says="user id"),
    Way("username with a space", "/v1/user/stories/by/username?username=a+b", 400, INVALID, 3, 3, says="username"),
    Way("private story", story(f"id={HIDDEN}"), 403, PRIVATE_ACCOUNT, 1, 1),
    Way("private story by url", by_url(f"{PAGE}/acme_private/{HIDDEN}/"), 403, PRIVATE_ACCOUNT, 1, 1),
    Way("private download", f"/v1/story/download?id={HIDDEN}", 403, PRIVATE_ACCOUNT, 1, 1),
    Way("private download by file", download(f"{CDN}/hidden_n.jpg"), 403, PRIVATE_ACCOUNT, 1, 1),
    Way("private reel", f"/v1/user/stories?user_id={PRIVATE}", 403, PRIVATE_ACCOUNT, 2, 2),
    Way("private reel, forced", f"/v1/user/stories?user_id={PRIVATE}&force=on", 403, PRIVATE_ACCOUNT, 1, 1),
    Way("private name", "/v1/user/stories/by/username?username=acme_private", 403, PRIVATE_ACCOUNT, 3, 3),
    Way("private name, forced", "/v1/user/stories/by/username?username=acme_private&force=1", 403, PRIVATE_ACCOUNT, 2, 2),
    Way("unknown story", story(f"id={UNKNOWN_PK}"), 404, NO_STORY, 1, 1),
    Way("story beyond all numbers", by_url(f"{PAGE}/example/30038568123745341231284"), 404, NO_STORY, 1, 1),
    Way("story of another owner", story(f"id={PHOTO}_1"), 404, NO_STORY, 1, 1),
    Way("story for close friends", story(f"id={CLOSE_FRIENDS}"), 404, NO_STORY, 1, 1),
    Way("download for close friends", f"/v1/story/download?id={CLOSE_FRIENDS}", 404, NO_STORY, 1, 1),
    Way("unknown account", "/v1/user/stories?user_id=1", 404, NO_USER, 2, 2),
    Way("account beyond all numbers", f"/v1/user/stories?user_id={'9' * 40}", 404, NO_USER, 2, 2),
    Way("unknown name", "/v1/user/stories/by/username?username=nobody", 404, NO_USER, 3, 3),
    Way("unknown name, forced", "/v1/user/stories/by/username?username=nobody&force=t", 404, NO_USER, 2, 2),
    Way("file that is not kept", f"/v1/story/download?id={UNKEPT}", 404, NO_MEDIA, 1, 1),
    Way("unknown file", download(f"{CDN}/unknown_n.jpg"), 404, NO_MEDIA, 1, 1),
    Way("raw id is no number", "/v2/story/by/id?id=abc", 400, INVALID, 1, 1, says="Not a story id"),
    Way("raw url of another host", "/v2/story/by/url?url=https://example.com/stories/a/1/", 400, INVALID, 1, 1),
    Way("raw private story", f"/v2/story/by/id?id={HIDDEN}", 403, PRIVATE_ACCOUNT, 1, 1),
    Way("raw private reel, forced", f"/v2/user/stories?user_id={PRIVATE}&force=on", 403, PRIVATE_ACCOUNT, 1, 1),
    Way("raw private name", "/v2/user/stories/by/username?username=acme_private", 403, PRIVATE_ACCOUNT, 3, 3),
    Way("raw story for close friends", f"/v2/story/by/id?id={CLOSE_FRIENDS}", 404, NO_STORY, 1, 1),
    Way("raw story by url for close friends", f"/v2/story/by/url?url={PAGE}/acme_wild/{CLOSE_FRIENDS}/", 404, NO_STORY, 1, 1),
    Way("raw unknown account", "/v2/user/stories?user_id=1", 404, NO_USER, 2, 2),
    Way("raw unknown name", "/v2/user/stories/by/username?username=nobody", 404, NO_USER, 3, 3),
    Way("extended for close friends", story(f"id={CLOSE_FRIENDS}&extended=on"), 404, NO_STORY, 1, 1),
    Way("extended private reel", f"/v1/user/stories?user_id={PRIVATE}&extended=on", 403, PRIVATE_ACCOUNT, 2, 2),
    Way("media id is no number", "/v1/media/by/id?id=abc", 400, INVALID, 1, 1),
    Way("unknown media", f"/v1/media/by/id?id={UNKNOWN_PK}", 404, NO_MEDIA, 1, 1),
    Way("media for close friends", f"/v1/media/by/id?id={CLOSE_FRIENDS}", 404, NO_MEDIA, 1, 1),
    Way("private media", f"/v1/media/by/id?id={HIDDEN}", 403, PRIVATE_ACCOUNT, 1, 1),
    Way("chunk of a name", "/v1/user/medias/chunk?user_id=natgeo", 400, INVALID, 1, 1),
    Way("safe_int is 2", "/v2/user/stories?user_id=1&safe_int=2", 422, None, 2, shape=LIST),
    Way("extended is empty", story("id=1&extended="), 422, None, 1, shape=LIST),
    Way("parameter missing", "/v1/user/stories?amount=1", 422, None, 2, shape=LIST),
    Way("amount is no integer", "/v1/user/stories?user_id=1&amount=x", 422, None, 2, shape=LIST),
    Way("amount is negative", "/v1/user/stories?user_id=1&amount=-1", 422, None, 2, shape=LIST),
    Way("force is empty", "/v1/user/stories/by/username?username=a&force=", 422, None, 3, shape=LIST),
    Way("force is 2", "/v1/user/stories/by/username?username=a&force=2", 422, None, 3, shape=LIST),
    Way("force is null", "/v1/user/stories/by/username?username=a&force=null", 422, None, 3, shape=LIST),
    Way("at is no time", "/v1/user/stories?user_id=1&at=yesterday", 422, None, 2, shape=LIST),
)  # fmt: skip

NOWHERE = (
    Way("unknown route", "/v1/story", 404, None, None, shape=PLAIN),
    Way("root", "/", 404, None, None, shape=PLAIN),
    Way("trailing slash", f"/v1/story/by/id/?id={PHOTO}", 404, None, None, shape=PLAIN),
    Way("double slash", f"//v1/story/by/id?id={PHOTO}", 404, None, None, shape=PLAIN),
    Way("double slash inside", f"/v1//story/by/id?id={PHOTO}", 404, None, None, shape=PLAIN),
    Way("dots", f"/v1/x/../story/by/id?id={PHOTO}", 404, None, None, shape=PLAIN),
    Way("upper case", f"/V1/story/by/id?id={PHOTO}", 404, None, None, shape=PLAIN),
    Way("NUL", "/v1/story%00", 404, None, None, shape=PLAIN),
    Way("POST", story(f"id={PHOTO}"), 405, None, None, shape=PLAIN, method="POST"),
    Way("PUT of a list", "/v1/user/stories?user_id=1", 405, None, None, shape=PLAIN, method="PUT"),
    Way("DELETE of a file", f"/v1/story/download?id={PHOTO}", 405, None, None, shape=PLAIN, method="DELETE"),
    Way("HEAD of a story", story(f"id={PHOTO}"), 405, None, None, shape=PLAIN, method="HEAD"),
    Way("HEAD of a list", "/v1/user/stories?user_id=1", 405, None, None, shape=PLAIN, method="HEAD"),
    Way("OPTIONS without CORS", story(f"id={PHOTO}"), 405, None, None, shape=PLAIN, method="OPTIONS"),
    Way("POST to a page", "/openapi.json", 405, None, None, shape=PLAIN, method="POST"),
    Way("an invented method", story(f"id={PHOTO}"), 405, None, None, shape=PLAIN, method="BREW"),
)  # fmt: skip

SOURCE_FAILURES: tuple[tuple[Exception, int, str, str | None], ...] = (
    (errors.SourceUnavailable(), 503, "SourceUnavailable", None),
    (errors.SourceThrottled(retry_after=12.2), 503, "SourceThrottled", "13"),
    (errors.SourceLoginRequired(), 503, "SourceLoginRequired", None),
    (errors.SourceDrift(), 503, "SourceDrift", None),
    (errors.SourcesExhausted(retry_after=0.1), 503, "SourcesExhausted", "1"),
    (errors.SourceTimeout(), 504, "SourceTimeout", None),
    (errors.StorageError(), 503, "StorageError", None),
    (RuntimeError(f"{MARK} of our own"), 500, "InternalError", None),
)

ASKING = (
    ("/v1/story/by/id?id=1", 1),
    (f"/v1/story/by/url?url={PAGE}/natgeo/1/", 1),
    ("/v1/story/download?id=1", 1),
    (f"/v1/story/download/by/story/url?url={PAGE}/natgeo/1/", 1),
    (f"/v1/story/download/by/url?url={PAGE}/natgeo/1/", 1),
    ("/v2/story/by/id?id=1", 1),
    (f"/v2/story/by/url?url={PAGE}/natgeo/1/", 1),
    ("/v2/user/stories?user_id=1", 2),
    ("/v2/user/stories/by/username?username=natgeo", 3),
    ("/v1/media/by/id?id=1", 1),
    ("/v1/user/stories?user_id=1", 2),
    ("/v1/user/stories/by/username?username=natgeo&force=yes", 2),
)


@pytest.mark.parametrize("way", REFUSALS, ids=str)
async def test_a_refusal_is_the_contracts(
    way: Way, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Charged are exactly the 400, 403 and 404 of the table."""
    async with open_rig(tmp_path, access_log=True) as rig:
        before = await rig.balance()
        answer = await rig.get(marked(way.target))
        assert_refused(answer, way, headers=KEYED, secrets=(rig.secret, str(tmp_path)))
        assert before - way.charged == await rig.balance()
        assert [-way.charged] * bool(way.charged) == [
            line.entry.units for line in await rig.entries()
        ]
        assert str(before - way.charged) == answer.headers["x-quota-remaining"]
        secret = rig.secret
        rig.flush_log()
    assert_untold(capfd, caplog, MARK, secret)


@pytest.mark.parametrize("way", NOWHERE, ids=str)
async def test_what_is_not_there_is_refused_before_any_question(way: Way, rig: Rig) -> None:
    """A route or method that does not exist costs nothing and asks for no key."""
    allow = {"allow"} if way.status == 405 else set()
    assert_refused(
        await rig.get(marked(way.target), method=way.method),
        way,
        headers=allow,
        secrets=(rig.secret,),
    )
    assert await rig.entries() == []


@pytest.mark.parametrize(
    ("error", "status", "exc_type", "wait"),
    SOURCE_FAILURES,
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else "",
)
async def test_a_source_that_fails_is_told_and_free(
    error: Exception, status: int, exc_type: str, wait: str | None, tmp_path: Path
) -> None:
    """On every row: 503 or 504 with the error's name, 500 for a bug, never a charge."""
    source: StorySource = Failing(lambda *_: error)
    async with open_rig(tmp_path, source) as rig:
        for target, price in ASKING:
            answer = await rig.get(marked(target))
            way = Way("", target, status, exc_type, price)
            waits = {"retry-after"} if wait else set()
            assert_refused(answer, way, headers=KEYED | waits, secrets=(rig.secret, MARK))
            assert wait == answer.headers.get("retry-after")
            assert str(await rig.balance()) == answer.headers["x-quota-remaining"]
        assert await rig.entries() == []


async def test_a_bug_says_nothing_of_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The traceback is in the log, under the request's id, and nowhere else."""
    async with open_rig(tmp_path, Failing(lambda *_: RuntimeError("our own"))) as rig:
        answer = await rig.get(story("id=1"))
    assert answer.json() == {"detail": "Internal server error", "exc_type": "InternalError"}
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.getMessage() == "request_failed"
    assert answer.headers["x-request-id"] == vars(record)["request_id"]


@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        (story("id=1"), "GET"),
        ("/v1/user/stories", "GET"),
        ("/v1/story/download", "GET, HEAD"),
        ("/docs", "GET, HEAD"),
    ],
)
async def test_the_405_says_what_is_allowed(target: str, allowed: str, rig: Rig) -> None:
    assert (await rig.get(target, method="PATCH")).headers["allow"] == allowed


@pytest.mark.parametrize("row", ENDPOINTS, ids=lambda row: row.name)
@pytest.mark.parametrize(
    "sent", ["\xff", "%ff", "%00", "%", "%ed%a0%80", "%E2%80%AE", "&&==&", "+", ";", "x" * 9000]
)
async def test_whatever_bytes_are_sent_are_answered(row: AnyEndpoint, sent: str, rig: Rig) -> None:
    """As a value, as a name, and in a row of a hundred: never a 5xx."""
    names = [each.name for each in read_parameters(row.params_type)] or ["nothing"]
    for query in ("&".join(f"{name}={sent}" for name in names), f"{sent}={sent}", f"{sent}&" * 100):
        answer = await rig.get(f"{row.path}?{query}")
        assert answer.status < 500
        assert answer.json()
