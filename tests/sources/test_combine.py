"""A chain: an answer is final, an Absent is final, a SourceError asks the next."""

import pytest

from storykeep.core.errors import SourcesExhausted, SourceThrottled, SourceUnavailable, UserNotFound
from storykeep.core.ports import Account
from storykeep.sources.combine import Chain
from storykeep.testing import ScriptedSource

ACCOUNT = Account(1, "a", is_private=False)


async def test_the_first_answer_holds() -> None:
    first = ScriptedSource(users={"a": SourceUnavailable()})
    chain = Chain(first, ScriptedSource(users={"a": ACCOUNT}), ScriptedSource())
    assert ACCOUNT == await chain.user("a")


async def test_absent_is_final() -> None:
    chain = Chain(
        ScriptedSource(users={"a": UserNotFound()}), ScriptedSource(users={"a": ACCOUNT})
    )
    with pytest.raises(UserNotFound):
        await chain.user("a")


async def test_when_nobody_can_tell_the_shortest_wait_is_told() -> None:
    chain = Chain(
        ScriptedSource(users={"a": SourceThrottled(retry_after=60)}),
        ScriptedSource(users={"a": SourceThrottled(retry_after=5)}),
        ScriptedSource(users={"a": SourceUnavailable()}),
    )
    with pytest.raises(SourcesExhausted) as raised:
        await chain.user("a")
    assert 5 == raised.value.retry_after


async def test_a_bug_is_no_answer() -> None:
    """Whatever is neither Absent nor a SourceError rises: the next source would hide it."""
    chain = Chain(ScriptedSource(users={"a": KeyError("x")}), ScriptedSource(users={"a": ACCOUNT}))
    with pytest.raises(KeyError):
        await chain.user("a")
