"""When a wanted file is tried again: a pure rule, with the time and the chance passed in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from storykeep.core.errors import (
    InvalidValue,
    MediaNotFound,
    QuotaReached,
    SourceDrift,
    SourceThrottled,
    SourceTimeout,
    SourceUnavailable,
    StorageError,
)
from storykeep.core.media import Wanted
from storykeep.core.retry import (
    LONGEST_WAIT,
    MOST_TRIES,
    OWN_WAIT,
    after,
    expire,
)
from storykeep.core.sighting import DAY
from tests.making import T0

WANTED = Wanted(story_pk=1, kind="image", url="https://x.fbcdn.net/a.jpg", expires_at=T0 + DAY)


@pytest.mark.parametrize(
    "error", [MediaNotFound("gone"), InvalidValue("no address"), SourceDrift("a page")]
)
def test_what_asking_again_does_not_change_is_given_up_with_the_reason(error: Exception) -> None:
    tried = after(WANTED, error, T0, 0.5)
    assert (True, str(error), 1) == (tried.is_given_up, tried.reason, tried.tries)


@pytest.mark.parametrize(
    "error", [SourceUnavailable("down"), SourceTimeout("slow"), ZeroDivisionError("bug")]
)
def test_what_may_pass_is_tried_again_after_a_wait_that_doubles(error: Exception) -> None:
    tried, waits = WANTED, []
    for _ in range(10):
        tried = after(tried, error, T0, 0.0)
        waits.append(tried.next_at - T0)
    assert [30, 60, 120, 240, 480, 960, 1920, 3840, LONGEST_WAIT, LONGEST_WAIT] == waits
    assert (False, 10, str(error)) == (tried.is_given_up, tried.tries, tried.reason)


def test_files_that_failed_together_do_not_come_back_together() -> None:
    at = [after(WANTED, SourceUnavailable(), T0, chance).next_at for chance in (0.0, 0.5, 1.0)]
    assert [T0 + 30, T0 + 38, T0 + 45] == at


@pytest.mark.parametrize("error", [StorageError("disk full"), QuotaReached()])
def test_what_is_our_own_fault_is_no_try(error: Exception) -> None:
    """However long the disk is full: only the end of the address ends it."""
    tried = WANTED
    for _ in range(1000):
        tried = after(tried, error, T0, 0.0)
    assert (0, T0 + OWN_WAIT, False) == (tried.tries, tried.next_at, tried.is_given_up)


def test_a_wait_that_was_asked_for_is_kept_within_reason() -> None:
    asked = [SourceThrottled(retry_after=seconds) for seconds in (1.0, 600.0, 1e9)]
    waits = [after(WANTED, error, T0, 0.0).next_at - T0 for error in asked]
    assert [30, 600, DAY] == waits


def test_an_address_without_an_end_is_not_tried_for_ever() -> None:
    endless = structs.replace(WANTED, expires_at=None)
    tried = endless
    while not tried.is_given_up:
        tried = after(tried, SourceTimeout("slow"), T0, 0.0)
    assert (MOST_TRIES, "slow") == (tried.tries, tried.reason)
    assert None is expire(endless, T0 + 1000 * DAY)


def test_an_address_is_good_until_it_says() -> None:
    """What is given up then says what the last try said too."""
    failed = after(WANTED, SourceTimeout("slow"), T0, 0.0)
    assert None is expire(failed, T0 + DAY - 1)
    tried = expire(failed, T0 + DAY)
    assert tried is not None
    assert (True, "The address has expired. slow") == (tried.is_given_up, tried.reason)


@given(tries=st.integers(0, 10_000), chance=st.floats(0, 1), asked=st.floats(0, 1e12))
def test_the_next_try_is_never_now_and_never_far(tries: int, chance: float, asked: float) -> None:
    tried = after(
        structs.replace(WANTED, tries=tries), SourceThrottled(retry_after=asked), T0, chance
    )
    assert T0 + 30 <= tried.next_at <= T0 + DAY
