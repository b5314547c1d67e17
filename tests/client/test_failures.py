"""Scripted failures over real sockets: the right result or the right error, on both faces."""

import json

import pytest

from storykeep.client import ClientError, Retries, Timeouts, errors
from storykeep.core.model import encode_story
from tests.client.faces import FACES, KEY, call
from tests.client.scripted import Said, http, scripted
from tests.making import make_story

STORY = make_story(3776832898280228145)
GOOD = http(200, encode_story(STORY), x_request_id="r1")
BUSY = http(503, b'{"detail":"No source could answer.","exc_type":"SourcesExhausted"}')
IMPATIENT = Timeouts(read=0.2)


@FACES
def test_an_answer_is_a_story(face: str) -> None:
    with scripted(Said(GOOD)) as server:
        assert STORY == call(face, server.url, "story_by_id_v1", "1")
    (asked,) = server.asked
    assert ("/v1/story/by/id?id=1", KEY) == (asked.path, asked.headers["x-access-key"])


@FACES
def test_retry_after_is_waited_and_a_little_more(face: str) -> None:
    limited = http(429, b'{"state":false,"error":"Slow","exc_type":"RateLimited"}', retry_after="7")
    waits: list[float] = []
    with scripted(Said(limited), Said(GOOD)) as server:
        assert STORY == call(face, server.url, "story_by_id_v1", "1", waits=waits)
    assert [7.5] == waits


@FACES
def test_503_twice_then_200_is_200_on_one_connection(face: str) -> None:
    waits: list[float] = []
    with scripted(Said(BUSY), Said(BUSY), Said(GOOD)) as server:
        assert STORY == call(face, server.url, "story_by_id_v1", "1", waits=waits)
    assert [0.5, 1.0] == waits
    assert 1 == server.connections


@FACES
def test_what_does_not_pass_is_told_in_the_end(face: str) -> None:
    with scripted(*[Said(BUSY)] * 3) as server, pytest.raises(errors.ServerUnavailable) as caught:
        call(face, server.url, "story_by_id_v1", "1", retries=Retries(most=2))
    assert (503, "SourcesExhausted", 3) == (
        caught.value.status, caught.value.exc_type, len(server.asked),
    )  # fmt: skip


@FACES
def test_a_wait_beyond_the_budget_is_not_begun(face: str) -> None:
    """The caller learns when to come back instead."""
    waits: list[float] = []
    closed = http(503, b"{}", retry_after="3600")
    with scripted(Said(closed)) as server, pytest.raises(errors.ServerUnavailable) as caught:
        call(face, server.url, "story_by_id_v1", "1", waits=waits)
    assert ([], 3600.0) == (waits, caught.value.retry_after)


@FACES
@pytest.mark.parametrize("then", ["close", "reset"])
def test_a_json_body_cut_short_is_asked_for_again(face: str, then: str) -> None:
    cut = http(200, b'{"pk": "37', length=4000)
    with scripted(Said(cut, then), Said(GOOD)) as server:
        assert STORY == call(face, server.url, "story_by_id_v1", "1")


@FACES
def test_a_connection_closed_without_a_word_is_tried_again(face: str) -> None:
    with scripted(Said(b"", "close"), Said(GOOD)) as server:
        assert STORY == call(face, server.url, "story_by_id_v1", "1")


@FACES
@pytest.mark.parametrize("answer", [b"", http(200, b'{"pk": "37', length=4000)])
def test_a_slow_drip_is_a_timeout_and_not_repeated(face: str, answer: bytes) -> None:
    with scripted(Said(answer, "stall")) as server, pytest.raises(errors.TimedOut):
        call(face, server.url, "story_by_id_v1", "1", timeouts=IMPATIENT)
    assert 1 == len(server.asked)


@FACES
def test_a_server_that_is_not_there_is_told_after_the_retries(face: str) -> None:
    with scripted() as server:
        pass
    waits: list[float] = []
    with pytest.raises(errors.ConnectionFailed, match="check its address") as caught:
        call(face, server.url, "balance_sys", waits=waits)
    assert [0.5, 1.0, 2.0, 4.0] == waits
    assert (None, 0, None) == (caught.value.status, caught.value.cost, caught.value.request_id)


@FACES
def test_nobody_is_followed_elsewhere_with_the_key(face: str) -> None:
    with scripted() as other, scripted(Said(http(302, location=f"{other.url}/x"))) as server:
        with pytest.raises(errors.NotUnderstood, match=r"127\.0\.0\.1"):
            call(face, server.url, "story_by_id_v1", "1")
        assert 0 == other.connections


@FACES
@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'{"pk": 1}', b"", b"\xff", b'"\xff"', b"[" * 9999]
)
def test_what_is_no_story_is_not_understood(face: str, body: bytes) -> None:
    answer = http(200, body, x_request_id="r2")
    with scripted(Said(answer)) as server, pytest.raises(errors.NotUnderstood) as caught:
        call(face, server.url, "story_by_id_v1", "1")
    assert (200, "r2") == (caught.value.status, caught.value.request_id)


MISSING = {"type": "missing", "loc": ["query", "id"], "msg": "Field required", "input": None}


@FACES
@pytest.mark.parametrize(
    ("status", "body", "kind", "words", "cost"),
    [
        (400, {"detail": "Bad id.", "exc_type": "ValidationError"}, errors.InvalidValue, "Bad id.", 2),
        (401, {"state": False, "error": "No key", "exc_type": "AccessKeyInvalid"}, errors.AccessKeyInvalid, "No key", 0),
        (402, {"state": False, "error": "Top up", "exc_type": "InsufficientFunds"}, errors.InsufficientFunds, "Top up", 0),
        (403, {"detail": "Private.", "exc_type": "PrivateAccount"}, errors.PrivateAccount, "Private.", 2),
        (404, {"detail": "Gone.", "exc_type": "StoryNotFound"}, errors.StoryNotFound, "Gone.", 2),
        (404, {"detail": "Gone.", "exc_type": "SomethingNew"}, errors.Absent, "Gone.", 2),
        (403, "<html>", errors.NotUnderstood, "The server answered 403, and not in this API's words.", 2),
        (404, {"detail": "Not Found"}, errors.NotUnderstood, "Not Found", 2),
        (405, {"detail": "Method Not Allowed"}, errors.Refused, "Method Not Allowed", 0),
        (422, {"detail": [MISSING]}, errors.InvalidParams, "id: Field required", 0),
        (500, {"detail": "Internal server error", "exc_type": "InternalError"}, errors.ServerFailed, "Internal server error", 0),
        (501, "<html>", errors.ServerFailed, "The server answered 501, and not in this API's words.", 0),
    ],
)  # fmt: skip
def test_an_error_has_its_class_its_words_and_its_cost(
    face: str, status: int, body: object, kind: type[ClientError], words: str, cost: int
) -> None:
    """And none of these is tried again."""
    answer = http(status, json.dumps(body).encode(), x_hiker_info='{"reqs": 2}', x_request_id="r3")
    with scripted(Said(answer)) as server, pytest.raises(kind) as caught:
        call(face, server.url, "story_by_id_v1", "1")
    error = caught.value
    assert type(error) is kind
    assert (words, status, cost, "r3") == (str(error), error.status, error.cost, error.request_id)
