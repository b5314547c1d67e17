"""From when on a sighting's word on privacy counts."""

import pytest

from storykeep.core.extract import read_capture
from storykeep.core.sighting import DAY, Sighting
from tests.payloads.loading import payload

NOW = 1_900_000_000
ITEM = "constructed_v1_item_photo_plain.json"


def capture(*, is_private: bool, has_item: bool = True) -> Sighting:
    item = payload(ITEM)
    item["user"]["is_private"] = is_private
    reel = {"id": item["user"]["pk"], "user": item["user"], "items": [item] if has_item else []}
    (sighting,) = read_capture({"reel": reel}, source="test", seen_at=NOW).sightings
    return sighting


def test_an_old_capture_never_opens_an_account() -> None:
    """Public counts from the earliest moment that the capture may have been made at."""
    taken_at = payload(ITEM)["taken_at"]
    assert (taken_at, 0) == (
        capture(is_private=False).privacy_at,
        capture(is_private=False, has_item=False).privacy_at,
    )


def test_private_counts_from_the_latest_moment() -> None:
    taken_at = payload(ITEM)["taken_at"]
    assert (taken_at + DAY, NOW) == (
        capture(is_private=True).privacy_at,
        capture(is_private=True, has_item=False).privacy_at,
    )


@pytest.mark.parametrize("is_private", [True, False])
def test_an_exact_moment_is_the_moment(*, is_private: bool) -> None:
    """A live source knows when it looked."""
    seen = capture(is_private=is_private)
    live = Sighting(user=seen.user, seen_at=NOW, source="live", stories=seen.stories)
    assert NOW == live.privacy_at


def test_of_two_words_in_one_capture_the_private_one_holds() -> None:
    item = payload(ITEM)
    owner = {**item["user"], "is_private": False}
    item["user"]["is_private"] = True
    document = {"reel": {"id": owner["pk"], "user": owner, "items": [item]}}
    (sighting,) = read_capture(document, source="test", seen_at=NOW).sightings
    assert sighting.user.is_private
