"""The headers of answers: what each says, once, for all responses to refer to."""

from typing import Any

ALWAYS = ("x-request-id", "x-hiker-info")
"""What every answer to a call carries."""

HEADERS: dict[str, tuple[str, str]] = {
    "x-request-id": (
        "Names this request in the log: yours where you sent a plain one, else ours",
        "5f1c9a02d7e41",
    ),
    "x-hiker-info": ("JSON: the price of this call in request units", '{"reqs": 2}'),
    "RateLimit": (
        "What is left of the key's rate, and seconds until it is refilled",
        '"default";r=14;t=1',
    ),
    "RateLimit-Policy": ("The key's rate: so many calls in so many seconds", '"default";q=15;w=1'),
    "x-quota-remaining": ("The request units that the key has left", "9998"),
    "x-storykeep-source": ("Who answered: archive, demo, or the name of a live source", "archive"),
    "x-storykeep-outcome": (
        (
            "live (asked just now), archived (as it was kept), empty (nothing is there), or stale"
            " (as it was kept, because nobody could be asked)"
        ),
        "archived",
    ),
    "x-storykeep-seen-at": ("When it was seen at Instagram", "2026-04-08T14:35:00Z"),
    "Age": ("Seconds since then", "42"),
    "Retry-After": ("Seconds to wait before asking again, where that is known", "1"),
    "ETag": ("The SHA-256 of the file, for If-None-Match and If-Range", '"9f86d081…"'),
    "Last-Modified": ("When the story was taken", "Wed, 08 Apr 2026 14:31:15 GMT"),
    "Cache-Control": (
        (
            "Of a download: keep it for yourself, and ask again before you use it; of a stable"
            " address: anybody may keep it as long as it says"
        ),
        "private, no-cache",
    ),
    "Accept-Ranges": ("Parts of the file can be asked for with Range", "bytes"),
    "Content-Range": ("Which part this is, or how long the file is", "bytes 0-1023/48211"),
    "Content-Disposition": (
        "The file's name",
        'inline; filename="natgeo_3776832898280228145.jpg"',
    ),
    "Repr-Digest": (
        "The SHA-256 of the whole file, also where only a part is sent",
        "sha-256=:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=:",
    ),
    "X-Content-Type-Options": ("The content type is right: no need to guess", "nosniff"),
    "Content-Security-Policy": (
        "Of a stable address: should it be opened as a page, it can do nothing",
        "default-src 'none'; sandbox",
    ),
    "Cross-Origin-Resource-Policy": (
        "Of a stable address: pages of any origin may show it",
        "cross-origin",
    ),
    "Access-Control-Allow-Origin": (
        "Pages of which origins may read it; of a stable address: of any",
        "*",
    ),
}
"""Response headers: what each says, and an example."""


def create_headers() -> dict[str, Any]:
    """Return the components that responses refer to."""
    return {
        name: {
            "description": says,
            "required": name in ALWAYS,
            "schema": {"type": "integer" if example.isdecimal() else "string"},
            "example": int(example) if example.isdecimal() else example,
        }
        for name, (says, example) in HEADERS.items()
    }


def named(names: tuple[str, ...]) -> dict[str, Any]:
    """Return the headers of a response, which refer to the components."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
