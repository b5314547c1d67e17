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

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def handle_async_request(self, request: Any) -> Any:
        to = self._origin
        url = request.url.copy_with(scheme=to.scheme, host=to.hostname, port=to.port)
        kept = {"headers": request.headers, "stream": request.stream}
        moved = type(request)(request.method, url, **kept, extensions=request.extensions)
        return await self._inner.handle_async_request(moved)


async def public_address(name: str) -> list[str]:  # noqa: ARG001 - whatever the name
    """Resolve every name to a public address: ``resolve`` of a ``CdnFetcher``."""
    return ["157.240.0.63"]


def cdn_dialer(origin: str) -> Any:
    """Return the ``dial`` that takes a ``CdnFetcher`` to ``origin`` in plain HTTP.

    It is asked once the guard has let the address pass, and changes nothing of what passes:

        fetcher = CdnFetcher(resolve=public_address, dial=cdn_dialer(instagram.origin))

    ``httpcore2`` carries it there, as it does the fetcher.
    """
    import httpcore2

    to = urlsplit(origin)

    async def dial(_address: str, _port: int, timeout: float) -> Any:  # noqa: ASYNC109
        backend = httpcore2.AnyIOBackend()
        return _Plain(await backend.connect_tcp(to.hostname or "", to.port or 80, timeout))

    return dial


class _Plain:
    """A stream that lets TLS be started, and stays as it is."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    async def start_tls(self, *_: Any, **__: Any) -> Self:
        return self
