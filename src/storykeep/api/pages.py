"""What needs no key: health, metrics, the OpenAPI document and its reader."""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from importlib.resources import files

from msgspec import json

from storykeep.api.errors import told
from storykeep.api.exchange import Answer
from storykeep.api.observe import CONTENT_TYPE, Metrics
from storykeep.core.errors import StorageError

Check = Callable[[], Awaitable[None]]
"""Raises StorageError when the server could not serve a request now."""


Page = Callable[[], Awaitable[Answer]]

_STATIC = {
    "swagger-ui.css": b"text/css; charset=utf-8",
    "swagger-ui-bundle.js": b"text/javascript; charset=utf-8",
    "docs.css": b"text/css; charset=utf-8",
    "docs.js": b"text/javascript; charset=utf-8",
}
_DOCS_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    b" img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def create_pages(check: Check, metrics: Metrics | None) -> Mapping[str, Page]:
    """Return the pages by path; without ``metrics`` there is no such page."""

    async def livez() -> Answer:
        return _text(b"ok\n")

    async def readyz() -> Answer:
        try:
            await check()
        except StorageError as error:
            return _text(f"{told(error)}\n".encode(), 503)
        return _text(b"ok\n")

    async def openapi() -> Answer:
        return Answer(200, [(b"content-type", b"application/json")], _openapi())

    async def docs() -> Answer:
        headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-security-policy", _DOCS_POLICY),
            (b"x-content-type-options", b"nosniff"),
        ]
        return Answer(200, headers, _static("docs.html"))

    pages: dict[str, Page] = {
        "/livez": livez,
        "/readyz": readyz,
        "/openapi.json": openapi,
        "/docs": docs,
    }
    for name, content_type in _STATIC.items():
        pages[f"/docs/{name}"] = _static_page(name, content_type)
    if metrics is not None:

        async def numbers() -> Answer:
            return Answer(200, [(b"content-type", CONTENT_TYPE)], await metrics.render())

        pages["/metrics"] = numbers
    return pages


def _static_page(name: str, content_type: bytes) -> Page:
    async def page() -> Answer:
        headers = [
            (b"content-type", content_type),
            (b"cache-control", b"public, max-age=3600"),
            (b"x-content-type-options", b"nosniff"),
        ]
        return Answer(200, headers, _static(name))

    return page


def _text(body: bytes, status: int = 200) -> Answer:
    return Answer(status, [(b"content-type", b"text/plain; charset=utf-8")], body)


@cache
def _openapi() -> bytes:
    # Made when first asked for: it is no part of starting.
    from storykeep.api.openapi import create_openapi

    return json.encode(create_openapi())


@cache
def _static(name: str) -> bytes:
    return files(__package__).joinpath("static", name).read_bytes()
