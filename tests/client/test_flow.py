"""A call is steps: driven here by hand, without a network, a clock or a client."""

from pathlib import Path
from typing import Any

import pytest

from storykeep.client import Retries, errors
from storykeep.client.answers import Answer
from storykeep.client.calls import Calls
from storykeep.client.effects import Do, Effect, Flow, Read, Send, Wait
from storykeep.core import endpoints as rows
from storykeep.core.model import Balance

BODY = b'{"requests": 7, "rate": 15, "currency": "USD", "amount": 0.0, "more": null}'


def calls(**retries: Any) -> Calls:
    return Calls(Retries(**retries), random=lambda: 1.0)


def drive(flow: Flow[Any], *replies: Any) -> tuple[list[Effect], Any]:
    """Return what the flow wanted, and what it returned, when these replies come in turn."""
    wanted = [next(flow)]
    for reply in replies:
        is_error = isinstance(reply, Exception)
        try:
            wanted.append(flow.throw(reply) if is_error else flow.send(reply))
        except StopIteration as end:
            return wanted, end.value
    raise AssertionError(f"it goes on: {wanted[-1]}")


def test_a_call_sends_and_reads_to_the_end() -> None:
    answer = Answer(200, {})
    wanted, balance = drive(calls().ask(rows.BALANCE), answer, BODY[:9], BODY[9:], b"")
    assert [Send("/sys/balance", {}), *[Read(answer)] * 3] == wanted
    assert Balance(requests=7, rate=15, currency="USD", amount=0.0) == balance


def test_what_is_not_given_is_not_sent() -> None:
    (send,) = [next(calls().ask(rows.USER_STORIES, "1", force=True))]
    assert Send("/v1/user/stories", {"user_id": "1", "amount": 0, "force": True}) == send


def test_it_waits_longer_each_time_and_gives_up() -> None:
    trouble = errors.ConnectionFailed
    flow = calls(most=2, first_wait=3.0).ask(rows.BALANCE)
    wanted = [next(flow), flow.throw(trouble()), flow.send(None), flow.throw(trouble())]
    assert [Send("/sys/balance", {}), Wait(3.0), Send("/sys/balance", {}), Wait(6.0)] == wanted
    flow.send(None)
    with pytest.raises(trouble):
        flow.throw(trouble())


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        ("7", "", 7.0),
        ("Wed, 08 Apr 2026 14:31:22 GMT", "Wed, 08 Apr 2026 14:31:15 GMT", 7.0),
        ("Wed, 08 Apr 2026 14:31:08 GMT", "Wed, 08 Apr 2026 14:31:15 GMT", 0.0),
        ("Wed, 08 Apr 2026 14:31:22 GMT", "", None),
        ("soon", "", None),
        ("-5", "", None),
        ("", "", None),
    ],
)
def test_retry_after_is_seconds_or_a_moment_by_the_servers_clock(
    value: str, date: str, seconds: float | None
) -> None:
    answer = Answer(503, {"retry-after": value, "date": date})
    assert seconds == answer.failure(errors.ServerFailed).retry_after


@pytest.mark.parametrize(
    ("status", "price", "cost"),
    [(404, '{"reqs": 3}', 3), (404, "reqs=3", 3), (404, "", 0), (401, '{"reqs": 3}', 0)],
)
def test_an_error_costs_the_price_where_the_rule_says_so(
    status: int, price: str, cost: int
) -> None:
    assert cost == Answer(status, {"x-hiker-info": price}).failure(errors.ClientError).cost


def test_an_answer_without_an_end_is_not_read_to_the_end() -> None:
    flow = calls().ask(rows.BALANCE)
    flow.send(None)
    flow.send(Answer(200, {}))
    for _ in range(32):
        flow.send(bytes(1 << 20))
    with pytest.raises(errors.NotUnderstood, match="longer than"):
        flow.send(b"!")


def test_a_call_given_up_leaves_its_part_closed(tmp_path: Path) -> None:
    """What a driver does when it is cancelled."""
    flow = calls().story_download_v1("1", tmp_path / "a.jpg")
    opening = next(flow)
    assert isinstance(opening, Do)
    flow.send(opening.work())
    assert [tmp_path / "a.jpg.part"] == [*tmp_path.iterdir()]
    flow.close()
    assert [] == [*tmp_path.iterdir()]
