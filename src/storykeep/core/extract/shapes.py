"""Which documents are captures, told by their shape and never by a file's name."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from storykeep.core.extract.foreign import NotACapture, describe, is_error, is_post
from storykeep.core.extract.highlights import highlight_pk, is_highlight, read_tray, sidecar_reel
from storykeep.core.extract.items import dialect_of
from storykeep.core.extract.node import read_pk
from storykeep.core.extract.problems import Problems
from storykeep.core.sighting import Dialect, Problem

MAX_REELS = 10_000
"""Of one document: those that follow are not looked at."""
_XDT_ROOT = "xdt_api__v1__feed__reels_media"
_MEDIA_KEYS = (
    "image_versions2",
    "video_versions",
    "display_url",
    "display_resources",
    "video_resources",
    "thumbnail_url",
    "video_url",
)
_WRAPPERS = ("story", "media", "item")
_STORY_KINDS = ("story", "highlight", "stories", "highlights")
"""What gallery-dl calls stories: one, and where it found many."""
_REEL_KEYS = ("latest_reel_media", "reel_type", "media_ids")


class Look(NamedTuple):
    """What belongs together in a document: a reel, single items, or an account by itself."""

    items: Sequence[Any]
    dialect: Dialect = "v1"
    owner: Any = None
    """What is said of the account whose reel this is."""
    owner_pk: str | None = None
    """The account's pk, where the reel itself says it."""
    envelope: dict[str, Any] | None = None
    """The answer and the reel without its items; None when this is no whole reel."""
    highlights: Sequence[dict[str, Any]] = ()
    """The highlights that are told of, without their items."""
    is_whole: bool = False
    """Whether the items are all of the highlight's."""
    latest: Any = None
    """When the newest story was taken, as the reel says."""
    path: str = ""
    """Where in the document the item is, or the list that the items are in."""
    places: Sequence[int] | None = None
    """The places of the items in that list."""

    def located(self) -> Iterator[tuple[str, Any]]:
        """Go through the items, each with its path."""
        if self.places is None:
            yield from ((self.path, item) for item in self.items)
        else:
            for place, item in zip(self.places, self.items, strict=True):
                yield f"{self.path}[{place}]", item


def recognise(document: object, problems: list[Problem]) -> list[Look]:
    """Return what ``document`` captured: nothing of an empty answer.  Raises NotACapture."""
    looks = None
    if isinstance(document, list):
        looks = _read_list(document, "", problems)
    elif isinstance(document, dict):
        response = document.get("response")  # the envelope of the vendor's newer answers
        inner = response if isinstance(response, dict) else document
        if not is_error(inner):
            looks = _read_object(inner, problems)
    if looks is None:
        raise NotACapture(describe(document))
    return looks


def _read_object(document: dict[str, Any], problems: list[Problem]) -> list[Look] | None:
    if "reel" in document:
        return _read_answer(document, problems)
    if "reels" in document or "reels_media" in document:
        return _read_reels(document, _siblings(document), problems)
    if isinstance(document.get("data"), dict):
        return _read_graphql(document, problems)
    if _is_reel(document):
        return [_reel(document, "", {}, problems)]
    if isinstance(document.get("items"), list) and document["items"]:
        return _read_list(document["items"], "items", problems)
    tray = document.get("tray")
    return _read_tray(tray, problems) if isinstance(tray, list) else _read_single(document)


def _read_tray(entries: list[Any], problems: list[Problem]) -> list[Look] | None:
    """Read a list of highlights; one of accounts' stories of the day has no stories in it."""
    trays = read_tray(entries, problems)
    found = [Look([], owner=owner, highlights=reels) for owner, reels in trays]
    return found if found or not entries else None


def _read_answer(document: dict[str, Any], problems: list[Problem]) -> list[Look] | None:
    """Read ``{"reel": …}``; without a reel, a list of items or the account's name may be there."""
    reel, items, user = document["reel"], document.get("items"), document.get("user")
    siblings = _siblings(document)
    if isinstance(reel, dict):
        look = _reel(reel, "reel", siblings, problems)
        return [look if look.owner is not None else look._replace(owner=user)]
    if reel is not None:
        return None
    if isinstance(items, list) and items:
        return _read_list(items, "items", problems)
    if _is_user(user):
        envelope = {"answer": siblings, "reel": None, "dialect": "v1"}
        return [Look([], owner=user, envelope=envelope)]
    return []


def _read_graphql(document: dict[str, Any], problems: list[Problem]) -> list[Look] | None:
    """Read ``{"data": …}``: the web pages' answers, of today or until 2023."""
    data, siblings = document["data"], _siblings(document)
    if "reels_media" in data:
        return _read_reels(data, siblings, problems)
    roots = [root for key, root in data.items() if key.startswith(_XDT_ROOT)]
    answers = [_read_reels(root, siblings, problems, "xdt") for root in roots]
    found = [looks for looks in answers if looks is not None]
    return [*chain(*found)] if found else None


def _read_reels(
    root: object, siblings: dict[str, Any], problems: list[Problem], dialect: Dialect | None = None
) -> list[Look] | None:
    """Read the reels of ``root``; of two with one id, the one that has items."""
    entries = _entries(root) if isinstance(root, dict) else None
    if entries is None:
        return None
    unique: dict[str, tuple[str, dict[str, Any]]] = {}
    for path, name, reel in islice(entries, MAX_REELS):
        if not isinstance(reel, dict):
            problems.append(Problem(path, "not a reel"))
            continue
        key = _text(reel.get("id")) or name or path
        if key not in unique or not isinstance(unique[key][1].get("items"), list):
            unique[key] = path, reel
    if rest := sum(1 for _ in entries):
        problems.append(Problem("reels", f"not looked at, after {MAX_REELS:,} others", times=rest))
    # What stands beside several reels belongs to none of them.
    answer = siblings if len(unique) == 1 else {}
    return [_reel(reel, path, answer, problems, dialect) for path, reel in unique.values()]


def _entries(root: dict[str, Any]) -> Iterator[tuple[str, str | None, Any]] | None:
    """Return path, id and reel of what ``reels``, ``reels_media`` or ``edges`` hold."""
    listed, by_id, edges = root.get("reels_media"), root.get("reels"), root.get("edges")
    if isinstance(edges, list):
        nodes = (edge.get("node") if isinstance(edge, dict) else edge for edge in edges)
        return ((f"edges[{index}].node", None, node) for index, node in enumerate(nodes))
    if not isinstance(listed, list | None) or not isinstance(by_id, dict | None):
        return None
    return chain(
        ((f"reels_media[{index}]", None, reel) for index, reel in enumerate(listed or ())),
        ((f"reels[{name!a:.60}]", name, reel) for name, reel in (by_id or {}).items()),
    )


def _read_single(document: dict[str, Any]) -> list[Look] | None:
    """Read one item or one account, perhaps in a wrapper."""
    node = document.get("node")
    if "instaloader" in document and isinstance(node, dict):
        phone = node.get("iphone_struct")
        item, path = (phone, "node.iphone_struct") if _is_item(phone) else (node, "node")
        return _one(item, path, node.get("owner"))
    if is_sidecar(document):
        keys = {"pk": "owner_id", "username": "username", "full_name": "fullname"}
        owner = {key: document.get(theirs) for key, theirs in keys.items()}
        reels = [reel] if (reel := sidecar_reel(document)) else []
        return [Look([document], "gallery-dl", owner=owner, highlights=reels)]
    for key, item in (*((key, document.get(key)) for key in _WRAPPERS), ("", document)):
        if _is_item(item):
            return _one(item, key)
    user = document.get("user")
    if not isinstance(user, dict) or document.keys() - {"user", "status"}:
        user = document
    is_account = _is_user(user) and ("is_private" in user or "full_name" in user)
    return [Look([], owner=user)] if is_account and "pk" in user else None


def _one(item: Any, path: str, owner: object = None) -> list[Look] | None:
    if not _is_item(item) or is_post(item):
        return None
    return [Look([item], owner=owner, path=path)]


def _read_list(entries: list[Any], name: str, problems: list[Problem]) -> list[Look] | None:
    """Read a list of items, which may also hold reels; what is neither is reported."""
    singles: list[Any] = []
    places: list[int] = []
    looks: list[Look] = []
    left_out = Problems()
    for index, entry in enumerate(entries):
        path = f"{name}[{index}]"
        if _is_reel(entry):
            looks.append(_reel(entry, path, {}, problems))
        elif _is_item(entry) and not is_post(entry):
            singles.append(entry)
            places.append(index)
        else:
            left_out.append(Problem(path, "not a story"))
    if singles:
        looks.append(Look(singles, path=name, places=places))
    if entries and not looks:
        return None
    problems.extend(left_out.told())
    return looks


def _reel(
    reel: dict[str, Any],
    path: str,
    answer: dict[str, Any],
    problems: list[Problem],
    dialect: Dialect | None = None,
) -> Look:
    user, told = reel.get("user"), reel.get("items")
    items = told if isinstance(told, list) else []
    path = f"{path}.items".removeprefix(".")
    if items is not told:
        problems.append(Problem(path, "no list: the reel says nothing of its stories"))
    if dialect is None:
        dialect = dialect_of(reel, "v1")
        if items and isinstance(items[0], dict):
            dialect = dialect_of(items[0], dialect)
    kinds = (reel.get("reel_type"), reel.get("__typename"))
    is_of_user = "user_reel" in kinds or "GraphReel" in kinds
    bare = {key: value for key, value in reel.items() if key != "items"}
    is_of_day = items is told and not is_highlight(reel)
    return Look(
        items,
        dialect,
        owner=reel.get("owner") if user is None else user,
        owner_pk=read_pk(reel.get("id")) if is_of_user else None,
        envelope={"answer": answer, "reel": bare, "dialect": dialect} if is_of_day else None,
        highlights=(bare,) if highlight_pk(reel) else (),
        is_whole=items is told,
        latest=reel.get("latest_reel_media"),
        path=path,
        places=range(len(items)),
    )


def _siblings(document: dict[str, Any]) -> dict[str, Any]:
    """Return what stands beside the reels of an answer."""
    payload = ("reel", "reels", "reels_media", "items", "data")
    return {key: value for key, value in document.items() if key not in payload}


def _is_reel(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("items"), list):
        return False
    is_named = any(_is_user(value.get(key)) for key in ("user", "owner"))
    return is_named or any(key in value for key in _REEL_KEYS)


def is_sidecar(document: dict[str, Any]) -> bool:
    """Tell whether gallery-dl wrote ``document`` beside the file of a story."""
    is_of_story = any(document.get(key) in _STORY_KINDS for key in ("type", "subcategory"))
    return document.get("category") == "instagram" and "media_id" in document and is_of_story


def _is_item(value: object) -> bool:
    if not isinstance(value, dict) or not any(key in value for key in _MEDIA_KEYS):
        return False
    kind = value.get("__typename")
    if "pk" in value or "taken_at_timestamp" in value:
        return True
    if isinstance(kind, str) and kind.startswith("GraphStory"):
        return True
    pk, _, owner = str(_text(value.get("id"))).partition("_")
    return read_pk(pk) is not None and read_pk(owner) is not None


def _is_user(value: object) -> bool:
    """Tell whether ``value`` describes an account: by number, and by name or picture."""
    if not isinstance(value, dict) or any(key in value for key in _MEDIA_KEYS):
        return False
    is_known = "is_private" in value or "full_name" in value or "profile_pic_url" in value
    pk = value.get("pk", value.get("id"))
    return is_known and isinstance(value.get("username"), str) and read_pk(pk) is not None


def _text(value: object) -> str | None:
    """Return an id as it is compared: ids come as texts and as numbers."""
    return value if isinstance(value, str) else read_pk(value)
