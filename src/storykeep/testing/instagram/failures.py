"""Everything that can go wrong, by name: what Instagram says, and what networks do.

A failure is made from the true answer, so that a truncated reel is half of that very reel.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any, NamedTuple

from storykeep.testing.instagram.wire import Answer, Body, json_answer

HUGE = 200_000_000
"""The bytes of JSON in the answer that never seems to end."""

_PIECE = 65_536


class Waits(NamedTuple):
    """What an answer may wait for."""

    second: Callable[[], Awaitable[object]]
    release: Callable[[], Awaitable[object]]


Failure = Callable[[Answer, Waits], Answer]


def refusal(status: int, message: str, **more: Any) -> Answer:
    """Return Instagram's own way to say no."""
    return json_answer({"message": message, **more, "status": "fail"}, status)


def _graph(status: int, code: int, message: str, **more: Any) -> Answer:
    """Return an error of the Graph API."""
    error = {"message": message, "type": "OAuthException", "code": code, **more}
    return json_answer({"error": {**error, "fbtrace_id": "A0"}}, status)


def page(status: int, title: str, head: str = "") -> Answer:
    """Return a page of HTML."""
    text = f"<!DOCTYPE html>\n<html><head><title>{title}</title>{head}</head></html>\n"
    return Answer(status, text.encode(), {"Content-Type": "text/html; charset=utf-8"})


def _challenge(path: str) -> Answer:
    where = {"url": f"https://i.instagram.com{path}", "api_path": path, "lock": True}
    return refusal(
        400, "challenge_required", challenge=where, error_type="checkpoint_challenge_required"
    )


_WAIT = "Please wait a few minutes before you try again."

REFUSALS = {
    "user_not_found": refusal(404, "User not found"),
    "media_not_found": refusal(404, "Media not found"),
    "media_unavailable": refusal(400, "Media not found or unavailable"),
    "media_deleted": refusal(400, "Sorry, this photo has been deleted."),
    "private_account": refusal(400, "Not authorized to view user"),
    "invalid_target_user": refusal(400, "Invalid target user."),
    "invalid_media_id": refusal(400, "Invalid media_id"),
    "login_required": refusal(
        403, "login_required", error_title="You've Been Logged Out", logout_reason=8
    ),
    "challenge_required": _challenge("/challenge/1234/abcd/"),
    "account_suspended": _challenge("/accounts/suspended/"),
    "checkpoint_required": refusal(
        400,
        "checkpoint_required",
        checkpoint_url="https://i.instagram.com/integrity/checkpoint/",
        lock=True,
        error_type="checkpoint_logged_out",
    ),
    "consent_required": refusal(
        400, "consent_required", consent_data={"headline": "Updates to Our Terms"}
    ),
    "geoblock_required": refusal(400, "geoblock_required"),
    "masked_challenge": Answer(404, b"Not Found", {"Content-Type": "text/html"}),
    "feedback_required": refusal(
        400,
        "feedback_required",
        spam=True,
        feedback_title="Try Again Later",
        feedback_message="We limit how often you can do certain things on Instagram.",
    ),
    "please_wait": refusal(401, _WAIT, require_login=True, igweb_rollout=True),
    "please_wait_400": refusal(400, _WAIT),
    "please_wait_429": refusal(429, _WAIT),
    "throttled": refusal(429, ""),
    "rate_limit": refusal(400, "Sorry, too many requests.", error_type="rate_limit_error"),
    "sentry_block": refusal(
        400, "Sorry, there was a problem with your request.", error_type="sentry_block"
    ),
    "needs_upgrade": refusal(
        400, "Please upgrade your app to use Instagram", error_type="needs_upgrade"
    ),
    "address_blocked": refusal(
        400, "The username you entered doesn't appear to belong to an account."
    ),
    "unauthorized": refusal(401, "unauthorized"),
    "forbidden": refusal(403, "forbidden"),
    "request_timeout": refusal(408, "timeout"),
    "bad_query": refusal(400, "invalid request"),
    "too_many_reels": refusal(400, "Too many reels."),
    "no_such_path": page(404, "Page Not Found"),
    "status_fail": refusal(200, "Something went wrong."),
    "server_error": page(500, "Server Error"),
    "bad_gateway": page(502, "Bad Gateway"),
    "unavailable": page(503, "Service Unavailable"),
    "html": page(200, "Instagram"),
    "redirect": Answer(302),
    "reset": Answer(sent=-1),
    "gone": Answer(410),
    "expired": Answer(403, b"URL signature expired", {"Content-Type": "text/plain"}),
    "graph_token_expired": _graph(
        400, 190, "Error validating access token: Session has expired.", error_subcode=463
    ),
    "graph_token_invalid": _graph(400, 190, "Error validating access token.", error_subcode=467),
    "graph_transient": _graph(
        500, 2, "An unexpected error has occurred. Please retry later.", is_transient=True
    ),
    "graph_throttled": _graph(400, 4, "(#4) Application request limit reached", is_transient=True),
    "graph_permission": _graph(403, 10, "(#10) Application has no permission for this action"),
    "graph_missing": _graph(
        400,
        100,
        "Unsupported get request. Object does not exist or cannot be loaded.",
        error_subcode=33,
        type="GraphMethodException",
    ),
    "graph_blocked": _graph(400, 368, "The action attempted has been deemed abusive."),
}
"""Answers that do not depend on what would have been the true one."""


def _constant(answer: Answer) -> Failure:
    return lambda _truth, _waits: answer


def _truncated(truth: Answer, _waits: Waits) -> Answer:
    """Send half of the body as if that were all."""
    body = _whole(truth)
    return replace(truth, body=body[: len(body) // 2])


def _cut(truth: Answer, _waits: Waits) -> Answer:
    """Break the connection in the middle of the body."""
    return replace(truth, sent=len(_whole(truth)) // 2)


def _wrong_encoding(truth: Answer, _waits: Waits) -> Answer:
    """Send UTF-16 and call it UTF-8."""
    return replace(truth, body=_whole(truth).decode().encode("utf-16"))


def _not_gzip(truth: Answer, _waits: Waits) -> Answer:
    """Send plain bytes and call them compressed."""
    return replace(truth, headers={**truth.headers, "Content-Encoding": "gzip"})


def _hang(truth: Answer, waits: Waits) -> Answer:
    async def body() -> AsyncIterator[bytes]:
        await waits.release()
        yield _whole(truth)

    return replace(truth, body=body())


def _drip(truth: Answer, waits: Waits) -> Answer:
    """Send a byte a second."""

    async def body() -> AsyncIterator[bytes]:
        for byte in _whole(truth):
            yield bytes([byte])
            await waits.second()

    return replace(truth, body=body())


def _huge(_truth: Answer, _waits: Waits) -> Answer:
    """Send JSON that goes on and on."""

    async def body() -> AsyncIterator[bytes]:
        yield b'{"status":"ok","reel":null,"padding":"'
        for _ in range(HUGE // _PIECE):
            yield b"x" * _PIECE
        yield b'"}'

    return Answer(200, body(), {"Content-Type": "application/json"})


def _whole(answer: Answer) -> bytes:
    """Return the body of a true answer, which is always ready."""
    body: Body = answer.body
    assert isinstance(body, bytes)  # noqa: S101
    return body


FAILURES: dict[str, Failure] = {name: _constant(answer) for name, answer in REFUSALS.items()} | {
    "truncated": _truncated,
    "cut": _cut,
    "wrong_encoding": _wrong_encoding,
    "not_gzip": _not_gzip,
    "hang": _hang,
    "drip": _drip,
    "huge": _huge,
}
"""Every failure by the name that ``FakeInstagram.fail`` takes."""
