"""A file in words: what ``format=json`` answers instead of the bytes."""

from urllib.parse import parse_qsl, urlencode

from msgspec import json

from storykeep.api.download import file_name
from storykeep.api.exchange import Exchange
from storykeep.core.errors import InvalidValue
from storykeep.core.model import FileDescription, decode_story
from storykeep.service.media import StoryFile

_LEFT_OUT = frozenset({"format", "access_key"})


def describe(exchange: Exchange, answer: StoryFile, base: str) -> bytes:
    """Return the file as a FileDescription, its address beginning with ``base``.

    Raises InvalidValue for any other format.
    """
    if getattr(exchange.params, "format", None) != "json":
        raise InvalidValue("Not a format: leave it out for the bytes, or send format=json.")
    story, file = decode_story(answer.story.wire), answer.file
    asked = parse_qsl(exchange.query.decode("latin-1"))
    kept = [(name, value) for name, value in asked if name not in _LEFT_OUT]
    return json.encode(
        FileDescription(
            url=f"{base}{exchange.path}?{urlencode(kept)}",
            content_type=file.content_type,
            size=file.size,
            sha256=file.sha256,
            filename=file_name(answer.story.account.username, answer.story.pk, file),
            media_type=story.media_type,
            taken_at=story.taken_at,
        )
    )
