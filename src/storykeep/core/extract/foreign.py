"""What a document that is no capture looks like, said so that a person understands."""

from typing import Any

_MAX_QUOTE = 100
_UNKNOWN = "JSON, but none of the known shapes"
_POSTS = ("feed", "clips", "igtv", "ad", "carousel_container", "carousel_item")


class NotACapture(ValueError):
    """Not a capture of stories; the message says what it looks like instead."""


def describe(document: object) -> str:
    """Say what ``document``, in which no story was found, looks like."""
    if isinstance(document, list):
        document = next((entry for entry in document if isinstance(entry, dict)), None)
    if isinstance(document, dict):
        return _error(document) or _known_foreigner(document) or _UNKNOWN
    return _UNKNOWN


def is_error(document: dict[str, Any]) -> bool:
    """Tell whether ``document`` says itself that it is the answer to a failed request."""
    return document.get("status") == "fail"


def is_post(item: dict[str, Any]) -> bool:
    """Tell whether ``item`` is a post of the feed, which looks much like a story."""
    if item.get("is_reel_media") is True:
        return False
    kind = item.get("__typename")
    is_graph = isinstance(kind, str) and kind.startswith("Graph")
    is_graph_post = is_graph and not str(kind).startswith("GraphStory")
    return is_graph_post or item.get("product_type") in _POSTS


def _error(document: dict[str, Any]) -> str | None:
    error = document.get("error")
    message = _quote(document, "message", "error_type")
    if is_error(document) or set(document) == {"message"}:
        return f"an error answer of Instagram: {message}"
    if "exc_type" in document:
        return f"an error answer of a Stories API: {_quote(document, 'exc_type')}"
    if isinstance(error, dict):
        return f"an error answer of the Graph API: {_quote(error, 'message', 'type')}"
    if isinstance(document.get("errors"), list):
        return "an error answer of Instagram's web pages"
    return None


def _known_foreigner(document: dict[str, Any]) -> str | None:
    response = document.get("response")
    tray = (response if isinstance(response, dict) else document).get("tray")
    if isinstance(tray, list):
        return "a list of reels, none of them a highlight of an account"
    if "instaloader" in document:
        about = document["instaloader"]
        kind = _quote(about if isinstance(about, dict) else {}, "node_type")
        return f"a file of instaloader, but not of a story: {kind}"
    if is_post(document):
        return "a post of the feed, not a story"
    if "ig_stories" in document:
        return "the list of stories of a data export, but not one that can be read"
    if document.get("category") == "instagram":
        return f"a sidecar of gallery-dl, but not of a story: {_quote(document, 'type')}"
    return None


def _quote(document: dict[str, Any], *keys: str) -> str:
    """Return the first text under ``keys``, short and printable."""
    for key in keys:
        value = document.get(key)
        if isinstance(value, str) and value:
            return "".join(c if c.isprintable() else "?" for c in value[:_MAX_QUOTE])
    return "no reason given"
