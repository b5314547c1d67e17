"""What a kept capture says of a story beyond the vendor's object."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from msgspec import Struct, json, structs

from storykeep.core import extended as model
from storykeep.core.extract.node import Node, as_flag, as_text, as_whole
from storykeep.core.model import Story
from storykeep.core.raw import RawItem
from storykeep.core.sighting import DAY, Problem, Provenance

_STICKERS: dict[str, tuple[str, str, type[Struct]]] = {
    "polls": ("story_polls", "poll_sticker", model.StoryPoll),
    "questions": ("story_questions", "question_sticker", model.StoryQuestion),
    "quizzes": ("story_quizs", "quiz_sticker", model.StoryQuiz),
    "sliders": ("story_sliders", "slider_sticker", model.StorySlider),
    "countdowns": ("story_countdowns", "countdown_sticker", model.StoryCountdown),
    "music": ("story_music_stickers", "music_asset_info", model.StoryMusic),
}
"""The list of a Story, that of an item, what its stickers are about, and what they become."""


def extend(story: Story, kept: RawItem | None, told: Provenance | None) -> model.ExtendedStory:
    """Return ``story`` with what ``kept`` adds; where that is nothing, ``told`` says who saw it.

    Nothing is guessed, and what cannot be read is left out.
    """
    data = json.decode(kept.item) if kept is not None else None
    problems: list[Problem] = []
    item = Node(data if isinstance(data, dict) else {}, "", problems, story.pk)
    size = item.child("dimensions")  # of the old web pages
    by = kept or told
    seen_at = by.seen_at if by else None
    end = kept.expiring_at if kept is not None else int(story.taken_at.timestamp()) + DAY
    found: dict[str, Any] = structs.asdict(story)
    found |= {name: _read_stickers(item, *row) for name, row in _STICKERS.items()}
    return model.ExtendedStory(
        **found,
        expiring_at=datetime.fromtimestamp(end, UTC),
        captions=_read_captions(item),
        original_width=(size or item).get("width" if size else "original_width", as_whole),
        original_height=(size or item).get("height" if size else "original_height", as_whole),
        audience=item.get("audience", as_text),
        is_paid_partnership=item.get("is_paid_partnership", as_flag),
        link_targets=_read_targets(story),
        seen_at=None if seen_at is None else datetime.fromtimestamp(seen_at, UTC),
        source=by.source if by else None,
    )


def _read_stickers(item: Node, key: str, inner: str, kind: type[Struct]) -> list[Any]:
    found = []
    for sticker in item.children(key):
        about = sticker.about(inner)
        if about is None:
            continue
        given = structs.asdict(sticker.fill(model.Sticker))
        if "tallies" in kind.__struct_fields__:
            given["tallies"] = [each.fill(model.Tally) for each in about.children("tallies")]
        found.append(about.fill(kind, **given))
    return found


def _read_captions(item: Node) -> list[str]:
    """Return what the author wrote below the story."""
    is_held = isinstance(item.data.get("caption"), dict)
    holder = item.child("caption") if is_held else item
    text = holder.get("text" if is_held else "caption", as_text) if holder else None
    return [text] if text else []


def _read_targets(story: Story) -> list[str]:
    """Return where the links lead, each once: behind Instagram's own redirect."""
    links = [sticker.story_link.url for sticker in story.stickers if sticker.story_link]
    links += [link.webUri for link in story.links]
    return list(dict.fromkeys(_unwrapped(url) for url in links if url))


def _unwrapped(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    is_redirect = parts.hostname in ("l.instagram.com", "l.facebook.com", "lm.facebook.com")
    target = (parse_qs(parts.query).get("u") or [url])[0] if is_redirect else url
    return target if target.startswith(("https://", "http://")) else url
