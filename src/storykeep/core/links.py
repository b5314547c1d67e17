"""Addresses that people paste: story pages, share links, highlights, CDN files.

All forms are decoded here, offline.  Two host lists exist in the whole project and both are
below, compared on label boundaries, so that ``cdninstagram.com.evil.test`` is nobody's CDN; the
operator may add domains to the CDN's.
"""

import base64
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from storykeep.core.errors import InvalidValue
from storykeep.core.ids import MAX_PK, read_story_id

PAGE_HOSTS = frozenset({"instagram.com", "www.instagram.com", "m.instagram.com"})
CDN_DOMAINS = ("cdninstagram.com", "fbcdn.net")
MAX_URL = 8192

_STORY_PATH = re.compile(r"/stories/([A-Za-z0-9._]{1,30})(?:/([0-9]{1,40}))?/?", re.ASCII)
_USER_PATH = re.compile(r"/([A-Za-z0-9._]{1,30})/?", re.ASCII)
_NO_USERS = frozenset({"accounts", "direct", "explore", "p", "reel", "reels", "s", "stories", "tv"})
"""What begins the path of other pages."""
_HIGHLIGHT_PATH = re.compile(r"/stories/highlights/([0-9]{1,40})/?", re.ASCII)
_SHARE_PATH = re.compile(r"/s/([A-Za-z0-9_=-]{1,200})/?", re.ASCII)
_SHARED = re.compile(rb"highlight:([0-9]{1,40})")
_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{0,62}", re.ASCII)
"""A name with a dot in it: what ends in a number is an address, in one of its many spellings."""
_ODD = re.compile(r"[\x00-\x20\x7f\\]")
_CACHE_KEY = re.compile(r"&ig_cache_key=([^&]+)")
_PROCESSING = re.compile(r"[?&]stp=([^&]*)")
_EXPIRY = re.compile(r"[?&]oe=([0-9A-Fa-f]{1,8})(?=&|$)", re.ASCII)
_PLAIN_CDN_URL = re.compile(
    r"https://(?=[^/]{1,253}/)(?:[a-z0-9-]{1,63}\.)*(?:cdninstagram\.com|fbcdn\.net)/"
    r"(?:[\w./~%+=,:;-]*/)?([\w.~-]+)(?:\?([!\"$-\[\]-~]*))?",
    re.ASCII,
)
"""What nearly every address of the CDN looks like: nothing to decode, nothing to doubt."""
_NOWHERE = urlsplit("")
_USE_HIGHLIGHTS = "This is a highlight: ask /v1/highlight/by/url for it."


class StoryLink(NamedTuple):
    """A story that an address names: its pk, and who its owner was said to be."""

    pk: int
    user_pk: int | None = None
    username: str | None = None


class CdnFile(NamedTuple):
    """The part of a CDN address that does not change with its signature."""

    name: str
    """The last segment of the path, e.g. ``310890533_1622_n.mp4``."""
    cache_key: str | None = None
    """The ``ig_cache_key`` of the query, where there is one: only images have it."""

    @property
    def names(self) -> tuple[str, ...]:
        """What it is known by, the surest first."""
        return (self.name, self.cache_key) if self.cache_key else (self.name,)

    @property
    def story_pk(self) -> int | None:
        """The story that its cache key tells: ``MzE=.3-ccb7-5`` begins with base 64 of 31."""
        try:
            digits = base64.b64decode((self.cache_key or "").partition(".")[0], validate=True)
        except ValueError:
            return None
        pk = int(digits) if digits.isdigit() and len(digits) <= len(str(MAX_PK)) else 0
        return pk if 0 < pk <= MAX_PK else None


def read_story_url(url: str) -> StoryLink:
    """Return the story of a story page or share link.

    Understood are ``http(s)://(www.|m.)instagram.com/stories/USER/PK/`` and
    ``/s/CODE?story_media_id=PK_USERPK``; other query parameters and a trailing slash do not
    matter.  Raises InvalidValue that says what to send instead.
    """
    parts = _page(url)
    if parts is _NOWHERE:
        raise InvalidValue(
            "Not an Instagram story address: send https://www.instagram.com/stories/USER/PK/."
        )
    if _HIGHLIGHT_PATH.fullmatch(parts.path):
        raise InvalidValue(_USE_HIGHLIGHTS)
    if match := _STORY_PATH.fullmatch(parts.path):
        username, pk = match.groups()
        if pk is None:
            raise InvalidValue(f"No story id in the address: send /stories/{username}/PK/.")
        return StoryLink(int(pk), username=username.lower())
    if match := _SHARE_PATH.fullmatch(parts.path):
        if ids := parse_qs(parts.query).get("story_media_id"):
            return StoryLink(*read_story_id(ids[-1]))
        if _decode(match[1]).startswith(b"highlight:"):
            raise InvalidValue(_USE_HIGHLIGHTS)
        raise InvalidValue("The share link names no story: it has no story_media_id=PK_USERPK.")
    raise InvalidValue("Not a story page: send https://www.instagram.com/stories/USER/PK/.")


def read_user_url(url: str) -> str:
    """Return the name in the address of an account's page, or of its stories; lower case.

    Understood are ``http(s)://(www.|m.)instagram.com/NAME/`` and ``/stories/NAME/PK/``, the
    latter also without PK; the query does not matter.  Raises InvalidValue.
    """
    path = _page(url).path
    if _HIGHLIGHT_PATH.fullmatch(path):
        raise InvalidValue(_USE_HIGHLIGHTS)
    match = _STORY_PATH.fullmatch(path) or _USER_PATH.fullmatch(path)
    if match and match[1].lower() not in _NO_USERS:
        return match[1].lower()
    raise InvalidValue("Not the address of an account: send https://www.instagram.com/NAME/.")


def read_highlight_url(url: str) -> int:
    """Return the highlight of /stories/highlights/PK/ or /s/CODE.  Raises InvalidValue."""
    path = _page(url).path
    if match := _HIGHLIGHT_PATH.fullmatch(path):
        return int(match[1])
    if match := _SHARE_PATH.fullmatch(path):
        return read_share_code(match[1])
    raise InvalidValue("Not a highlight: send https://www.instagram.com/stories/highlights/PK/.")


def read_share_code(code: str) -> int:
    """Return the highlight of a share link's CODE: base 64 of ``highlight:PK``.  InvalidValue."""
    if match := _SHARED.fullmatch(_decode(code)):
        return int(match[1])
    raise InvalidValue(
        "The share link names no highlight: its code is not base 64 of highlight:PK."
    )


def read_share_url(url: str) -> tuple[Literal["story", "highlight"], int]:
    """Return what a share link, ``/s/CODE``, leads to.  InvalidValue for any other address."""
    parts = _page(url)
    if not _SHARE_PATH.fullmatch(parts.path):
        raise InvalidValue("Not a share link: send https://www.instagram.com/s/CODE.")
    if "story_media_id" in parse_qs(parts.query):
        return "story", read_story_url(url).pk
    return "highlight", read_highlight_url(url)


def read_cdn_url(url: str, more: Sequence[str] = ()) -> CdnFile:
    """Return the file that a CDN address names; InvalidValue as ``split_cdn_url``."""
    # The short way decides as the long one does, many times faster.
    if len(url) <= MAX_URL and (match := _PLAIN_CDN_URL.fullmatch(url)):
        return CdnFile(match[1], _cache_key(match[2] or ""))
    parts = split_cdn_url(url, more)
    name = unquote(parts.path.rsplit("/", 1)[-1])
    if not name or not name.isprintable():
        raise InvalidValue("The address names no file.")
    return CdnFile(name, _cache_key(parts.query))


def is_same_file(one: str, other: str) -> bool:
    """Tell whether two CDN addresses mean one file in one size, whatever edge and signature."""
    return (name_of(one), _size(one)) == (name_of(other), _size(other))


def name_of(url: str) -> str:
    """Return the file name that any address ends in, whatever its signature; perhaps empty."""
    return unquote(url.partition("?")[0].rpartition("/")[2])


def split_cdn_url(url: str, more: Sequence[str] = ()) -> SplitResult:
    """Split an https address of the CDN, or of a host at or under one of the domains ``more``.

    Its ``hostname`` is a plain name in lower case; it has no port but 443, no user info, and no
    character that two readers could take differently.  Raises InvalidValue for any other.
    """
    parts = _split(url)
    if parts is None or parts.scheme != "https" or not is_cdn_host(parts.hostname or "", more):
        raise InvalidValue(
            "Not a file address of Instagram's CDN: send the thumbnail_url or video_url of a"
            " Story (https, host under cdninstagram.com or fbcdn.net), or a story page address."
        )
    return parts


def read_domains(text: str) -> tuple[str, ...]:
    """Return the domains that ``text`` names, separated by spaces.  Raises InvalidValue."""
    domains = tuple(text.lower().split())
    for domain in domains:
        if not _HOST.fullmatch(domain):
            raise InvalidValue(
                f"{domain!r} is no domain: write names such as cdn.example.net, without https://"
            )
    return domains


def read_expiry(url: str) -> int | None:
    """Return until when a CDN address is good, in Unix seconds, where it says so: ``oe`` in hex."""
    match = _EXPIRY.search(url)
    return int(match[1], 16) if match else None


def is_page_url(url: str) -> bool:
    """Tell whether ``url`` leads to Instagram's site rather than to its CDN."""
    return _page(url) is not _NOWHERE


def is_cdn_host(host: str, more: Sequence[str] = ()) -> bool:
    """Tell whether ``host`` is one of the CDN's domains or of ``more``, or lies under one."""
    return any(host == name or host.endswith(f".{name}") for name in (*CDN_DOMAINS, *more))


def _page(url: str) -> SplitResult:
    """Split an address of Instagram's site; any other is empty."""
    parts = _split(url)
    return parts if parts is not None and parts.hostname in PAGE_HOSTS else _NOWHERE


def _split(url: str) -> SplitResult | None:
    """Split an http(s) URL; None for one with user info, a port of its own or odd characters."""
    if len(url) > MAX_URL or not url.isascii() or _ODD.search(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    standard = {"http": 80, "https": 443}.get(parts.scheme)
    if standard is None or port not in (None, standard) or "@" in parts.netloc:
        return None
    return parts if _HOST.fullmatch(parts.hostname or "") else None


def _size(url: str) -> str:
    """Return how the CDN makes the picture that is sent, e.g. ``dst-jpg_e35_s640x640``."""
    match = _PROCESSING.search(url)
    return match[1] if match else ""


def _cache_key(query: str) -> str | None:
    """Return the first ``ig_cache_key`` of a query; ``parse_qs`` would decode all the rest too."""
    match = _CACHE_KEY.search(f"&{query}")
    return unquote(match[1].replace("+", " ")) if match else None


def _decode(code: str) -> bytes:
    """Return what a share link's CODE says; nothing for what is no base 64."""
    try:
        return base64.b64decode(code + "=" * (-len(code) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""
