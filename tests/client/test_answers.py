"""What an answer is read as: exact where it is exact, lenient where a server is."""

import json
from typing import Any

import pytest

from storykeep.client.answers import Answer, result_of
from storykeep.client.errors import NotUnderstood
from storykeep.core.model import Story, encode_story
from tests.making import make_story
from tests.payloads.loading import HERE

WIRE = json.loads(encode_story(make_story(3776832898280228145)))


def read(document: Any, returns: Any = Story) -> Any:
    return result_of(Answer(200, {}), json.dumps(document).encode(), returns)


def test_the_vendors_answer_comes_back_value_for_value() -> None:
    body = (HERE / "vendor_user_stories.json").read_bytes()
    stories = result_of(Answer(200, {}), body, list[Story])
    assert json.loads(body) == [json.loads(encode_story(story)) for story in stories]


def test_a_null_that_the_model_knows_stays_one() -> None:
    assert read({**WIRE, "product_type": None}).product_type is None


@pytest.mark.parametrize(
    "name", ["mentions", "links", "hashtags", "locations", "stickers", "medias"]
)
def test_a_list_may_be_null_or_missing(name: str) -> None:
    without = {key: value for key, value in WIRE.items() if key != name}
    for given in (without, {**WIRE, name: None}):
        assert getattr(read(given), name) == []
        assert getattr(read([given], list[Story])[0], name) == []


def test_what_a_server_adds_is_passed_over() -> None:
    assert read(WIRE) == read({**WIRE, "polls": [1], "user": {**WIRE["user"], "new": {}}})


def test_a_sticker_may_have_nulls() -> None:
    """Where the model has a default."""
    media = {"media_pk": "1", "x": None, "is_pinned": None}
    assert 0.5 == read({**WIRE, "medias": [media]}).medias[0].x


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({**WIRE, "pk": None}, "missing required field `pk`"),
        ({**WIRE, "taken_at": "yesterday"}, "taken_at"),
        ([WIRE], "Expected `object`, got `array`"),
        ("story", "got `str`"),
        (None, "got `null`"),
    ],
)
def test_what_is_missing_is_named(document: Any, words: str) -> None:
    with pytest.raises(NotUnderstood, match=words):
        read(document)
