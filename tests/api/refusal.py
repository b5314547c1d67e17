"""The one assertion that every refusal must pass."""

import json
from typing import Any, NamedTuple

import pytest

from tests.api.rig import Answer

MARK = "m4rk3d"
"""Part of every query and key here: it must be found in no log, and the key in no answer."""

GATE, API, PLAIN, LIST = "gate", "api", "plain", "list"
"""The shapes: the vendor's gate, its API, Starlette's two routes, FastAPI's list."""

KEYED = {"x-hiker-info", "ratelimit", "ratelimit-policy", "x-quota-remaining"}
"""What an answer carries once the key is known."""


class Way(NamedTuple):
    """A way to fail, and what must come of it."""

    name: str
    target: str
    status: int
    exc_type: str | None
    price: int | None
    """The nominal price that ``x-hiker-info`` says; None where there is no row."""
    charged: int = 0
    shape: str = API
    says: str = ""
    """Words of the message that tell what to do."""
    method: str = "GET"

    def __str__(self) -> str:
        return self.name


def assert_refused(answer: Answer, way: Way, *, headers: set[str], secrets: tuple[str, ...]) -> Any:
    """Status, shape and headers are the contract's; what was secret stayed so.  Return the body."""
    assert way.status == answer.status
    expected = {"content-type", "content-length", "vary", "x-request-id", *headers}
    if way.shape == PLAIN or way.status == 500:
        expected -= {"vary"}
    assert expected == set(answer.headers)
    info = None if way.price is None else f'{{"reqs": {way.price}}}'
    assert info == answer.headers.get("x-hiker-info")
    body = {} if way.method == "HEAD" else answer.json()
    if way.method != "HEAD":
        assert str(len(answer.body)) == answer.headers["content-length"]
        _assert_shape(body, way)
    assert not [word for word in ("Traceback", *secrets) if word.encode() in answer.body]
    return body


def _assert_shape(body: Any, way: Way) -> None:
    if way.shape == GATE:
        assert list(body) == ["state", "error", "exc_type"]
        assert body["state"] is False
    elif way.shape == API:
        assert list(body) == ["detail", "exc_type"]
    elif way.shape == PLAIN:
        words = {404: "Not Found", 405: "Method Not Allowed"}
        assert {"detail": words[way.status]} == body
    else:
        assert list(body) == ["detail"]
        assert body["detail"], "there must be a complaint"
        assert all([*each][:4] == ["type", "loc", "msg", "input"] for each in body["detail"])
    assert way.exc_type == body.get("exc_type")
    assert way.says in str(body["error" if way.shape == GATE else "detail"])


def assert_untold(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, *secrets: str
) -> None:
    """Neither the access log nor any other log has one of ``secrets``."""
    logged = capfd.readouterr().err + json.dumps(
        [vars(each) for each in caplog.records], default=str
    )
    assert not [secret for secret in secrets if secret in logged]


def marked(target: str) -> str:
    """Add a parameter that nobody knows, and that must be seen nowhere."""
    return f"{target}{'&' if '?' in target else '?'}unknown={MARK}"
