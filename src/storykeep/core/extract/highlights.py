"""Which reels are highlights, and the list of an account's."""

from typing import Any

from storykeep.core.extract.node import read_pk
from storykeep.core.sighting import Problem

_KINDS = ("highlight_reel", "GraphHighlightReel")


def is_highlight(reel: dict[str, Any]) -> bool:
    """Tell whether a reel is kept by its account, and not that of a day."""
    told = reel.get("id")
    is_named = isinstance(told, str) and told.startswith("highlight:")
    return is_named or reel.get("reel_type") in _KINDS or reel.get("__typename") in _KINDS


def highlight_pk(reel: dict[str, Any]) -> int | None:
    """Return the pk of a highlight, whose id is ``highlight:PK``; None for another reel."""
    reel_id = reel.get("id")
    told = reel_id.removeprefix("highlight:") if isinstance(reel_id, str) else reel_id
    pk = read_pk(told) if is_highlight(reel) else None
    return int(pk) if pk else None


def read_tray(
    entries: list[Any], problems: list[Problem]
) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Return the accounts of a list of highlights, each with its own, without their items."""
    found: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {}
    for index, entry in enumerate(entries):
        owner = entry.get("user") if isinstance(entry, dict) else None
        pk = read_pk(owner.get("pk")) if isinstance(owner, dict) else None
        if owner is None or pk is None or highlight_pk(entry) is None:
            problems.append(Problem(f"tray[{index}]", "no highlight of an account"))
        else:
            bare = {key: value for key, value in entry.items() if key != "items"}
            found.setdefault(pk, (owner, []))[1].append(bare)
    return [*found.values()]


def sidecar_reel(sidecar: dict[str, Any]) -> dict[str, Any] | None:
    """Return what gallery-dl says of the highlight that it found a story in, if in one."""
    title, pk = sidecar.get("highlight_title"), read_pk(sidecar.get("post_id"))
    if pk is None or not (title or sidecar.get("type") == "highlight"):
        return None
    return {"id": f"highlight:{pk}", "title": title or ""}
