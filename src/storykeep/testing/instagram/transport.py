"""Sending what is meant for Instagram to the fake one, ``Host`` and all."""

from typing import Any, Self
from urllib.parse import urlsplit


def rewriting_transport(origin: str, inner: Any) -> Any:
    """Return an asynchronous transport that takes every request to ``origin`` in plain HTTP.

    ``inner`` carries it there: ``httpx.AsyncHTTPTransport()``, or that of ``httpx2``; the
    library is the caller's choice and no dependency of this module.  The request keeps its
    ``Host`` header, and its own address where redirects and cookies look for it.
    """
    return _Rewriting(origin, inner)


class _Rewriting:
    """Looks like the library's own transports, of which it is none."""

    def __init__(self, origin: str, inner: Any) -> None:
        self._origin, self._inner = urlsplit(origin), inner

    async def handle_async_request(self, request: Any) -> Any:
        url = request.url.copy_with(
            scheme=self._origin.scheme, host=self._origin.hostname, port=self._origin.port
        )
        moved = type(request)(
            request.method,
            url,
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return await self._inner.handle_async_request(moved)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def __aenter__(self) -> Self:
        await self._inner.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._inner.__aexit__(*exception)
