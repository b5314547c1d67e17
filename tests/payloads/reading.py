"""Reading payloads in tests, and the account and addresses of the constructed ones."""

import json
from collections.abc import Callable
from typing import Any

from storykeep.core.extract import Capture, read_capture
from storykeep.core.model import Story, encode_story
from storykeep.core.sighting import SeenStory, Sighting

NOW = 1_800_000_000
CDN = "https://scontent-lga3-1.cdninstagram.com"
ACME = {
    "pk": "4400000001",
    "id": "4400000001",
    "username": "acme_wild",
    "full_name": "Acme Wild",
    "profile_pic_url": f"{CDN}/v/t51.2885-19/acme_n.jpg?stp=dst-jpg_s150x150&oe=69DC0000",
    "profile_pic_url_hd": None,
    "is_private": False,
    "is_verified": True,
}
CTA = {"x": 0.5126011, "y": 0.5168225, "z": 0.0, "width": 0.50998676, "height": 0.25875}
LISTS = ("sponsor_tags", "mentions", "links", "hashtags", "locations", "stickers", "medias")


def capture(document: Any) -> Capture:
    return read_capture(document, source="test", seen_at=NOW)


def look(document: Any) -> Sighting:
    """Read a document that shows one account and nothing doubtful."""
    read = capture(document)
    assert () == read.problems
    (sighting,) = read.sightings
    return sighting


def only(document: Any) -> SeenStory:
    """Read a document that holds one story and nothing doubtful."""
    read = capture(document)
    assert () == read.problems
    ((story,),) = (sighting.stories for sighting in read.sightings)
    return story


def wire(story: Story) -> Any:
    return json.loads(encode_story(story))


def ordered(value: Any, text: Callable[[str], Any] = str) -> Any:
    """Make the order of keys count; of every text what ``text`` leaves of it."""
    if isinstance(value, dict):
        return [(key, ordered(entry, text)) for key, entry in value.items()]
    if isinstance(value, list):
        return [ordered(entry, text) for entry in value]
    return text(value) if isinstance(value, str) else value
