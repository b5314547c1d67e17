"""What its errors mean, what is no answer, and a budget that is used up."""

import json
from pathlib import Path
from typing import Any

import pytest

from storykeep.core.errors import (
    SourceDrift,
    SourceError,
    SourceLoginRequired,
    SourceThrottled,
    SourceTimeout,
    SourceUnavailable,
)
from storykeep.testing.instagram import Answer
from tests.sources.graph.rig import GRAPH_ID, PK, STORIES, Rig, create

FAILURES: dict[str, tuple[type[SourceError], str, int]] = {
    "graph_token_expired": (SourceLoginRequired, "expired", 1),
    "graph_token_invalid": (SourceLoginRequired, "not valid", 1),
    "graph_transient": (SourceUnavailable, "cannot answer now", 2),
    "graph_throttled": (SourceThrottled, "slow down", 1),
    "graph_permission": (SourceUnavailable, "instagram_basic", 1),
    "graph_missing": (SourceUnavailable, "account=", 1),
    "graph_blocked": (SourceUnavailable, "blocks", 1),
    "html": (SourceDrift, "neither", 1),
    "redirect": (SourceDrift, "neither", 1),
    "server_error": (SourceUnavailable, "cannot answer now", 2),
    "truncated": (SourceDrift, "neither", 1),
    "wrong_encoding": (SourceDrift, "neither", 1),
    "not_gzip": (SourceDrift, "compressed", 1),
    "huge": (SourceDrift, "longer", 1),
    "reset": (SourceUnavailable, "cannot be reached", 2),
    "cut": (SourceUnavailable, "ended early|cannot be reached", 2),
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_failure_is_of_its_kind(rig: Rig, failure: str) -> None:
    kind, words, times = FAILURES[failure]
    await rig.graph.check()
    rig.instagram.fail("graph.facebook.com", failure)
    with pytest.raises(kind, match=words) as caught:
        await rig.graph.reel(PK)
    assert kind is type(caught.value)
    assert times == rig.instagram.count(STORIES)
    assert (300.0 if kind is SourceThrottled else None) == caught.value.retry_after


async def test_one_that_hangs_is_given_up(rig: Rig, tmp_path: Path) -> None:
    rig.instagram.fail("graph.facebook.com", "hang")
    graph = create(tmp_path, rig.instagram, rig.clock, rig.drift, "&timeout=0.2")
    with pytest.raises(SourceTimeout):
        await graph.check()
    await graph.close()


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {},
        {"data": {}},
        {"data": [{"id": "1"}]},
        {"data": [7]},
        {"error": "x"},
        {"error": {"code": []}},
    ],
)
async def test_what_was_not_asked_for_is_drift(rig: Rig, answer: Any) -> None:
    rig.instagram.fail("/stories", Answer(200, json.dumps(answer).encode(), {}))
    with pytest.raises(SourceDrift):
        await rig.graph.reel(PK)
    assert bool(rig.drift.problems) == (isinstance(answer, dict) and bool(answer.get("data")))


async def test_one_story_that_cannot_be_read_is_counted(rig: Rig) -> None:
    good = {
        "id": "18000000000000001", "media_type": "IMAGE", "timestamp": "2027-01-15T07:00:00+0000",
        "permalink": "https://instagram.com/stories/acme_wild/3876542138970013696?x=1",
        "username": "acme_wild", "media_url": "https://scontent.cdninstagram.com/v/1_n.webp",
    }  # fmt: skip
    bad = good | {"permalink": "https://www.instagram.com/p/abc/"}
    rig.instagram.fail("/stories", Answer(200, json.dumps({"data": [good, bad]}).encode(), {}))
    (seen,) = (await rig.graph.reel(PK)).stories
    assert 3876542138970013696 == seen.pk
    assert [("graph", "[1].pk")] == rig.drift.problems


async def test_an_account_without_a_number_is_drift(rig: Rig) -> None:
    rig.instagram.fail("graph.facebook.com", Answer(200, b'{"id": "1", "username": "acme"}', {}))
    with pytest.raises(SourceDrift, match="ig_id"):
        await rig.graph.check()


async def test_a_budget_that_is_nearly_used_up_is_let_recover(rig: Rig) -> None:
    """The answer that says so is still an answer; the next question is not asked."""
    rig.instagram.world.graph_usage = 96
    await rig.graph.user_by_pk(PK)
    with pytest.raises(SourceThrottled) as caught:
        await rig.graph.reel(PK)
    assert (300.0, 1) == (caught.value.retry_after, len(rig.asked))
    rig.instagram.world.graph_usage = 20
    rig.clock.turn(300)
    assert (await rig.graph.reel(PK)).stories


async def test_who_says_when_access_comes_back_is_believed(rig: Rig) -> None:
    usage = {
        GRAPH_ID: [{"type": "instagram", "call_count": 100, "estimated_time_to_regain_access": 7}]
    }
    headers = {"X-Business-Use-Case-Usage": json.dumps(usage), "X-App-Usage": "no json"}
    rig.instagram.fail("graph.facebook.com", "graph_throttled", times=1, headers=headers)
    with pytest.raises(SourceThrottled) as caught:
        await rig.graph.check()
    assert 420.0 == caught.value.retry_after
    rig.clock.turn(419)
    with pytest.raises(SourceThrottled) as caught:
        await rig.graph.check()
    assert (1.0, 1) == (caught.value.retry_after, len(rig.asked))
    rig.clock.turn(1)
    await rig.graph.check()
