"""The one place that knows aiograpi, which signs requests as the app does and holds the session.

Nothing else of it is used.  It would sleep, repeat, follow redirects, log what people are called
and what was answered, and change httpx for the whole process: here it does none of that.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import httpx
import orjson
from httpx._decoders import SUPPORTED_DECODERS
from msgspec import json

from storykeep.core.errors import SourceUnavailable, StorykeepError
from storykeep.sources.instagram.session import keep
from storykeep.sources.instagram.trouble import translate, trouble

log = logging.getLogger(__name__)

MAX_ANSWER = 16 * 1024 * 1024
"""Bytes of an answer once it is unpacked: 50 reels of ten stories, 33 KB each."""

_SLICE = 512
"""Bytes that are unpacked at once: no compression makes more than the limit of them."""
# In no hierarchy, so that no one else's settings make it speak.
_MUTE = logging.Logger("aiograpi", logging.CRITICAL + 1)  # noqa: LOG001
_FOR_PEOPLE = ("/challenge/", "/accounts/", "/checkpoint/")
"""Where a redirect leads when a person is asked for."""


def _import_aiograpi() -> Any:
    """Import it, and undo what that does to httpx for everybody else."""
    read_json, decoders = httpx.Response.json, dict(SUPPORTED_DECODERS)
    import aiograpi

    httpx.Response.json = read_json  # type: ignore[method-assign]
    SUPPORTED_DECODERS.update(decoders)
    for name in ("httpx", "httpcore"):  # one tells addresses, the other cookies
        logging.getLogger(name).setLevel(logging.WARNING)
    return aiograpi


_aiograpi = _import_aiograpi()

CAPABILITIES = {
    "supported_capabilities_new": json.encode(_aiograpi.config.SUPPORTED_CAPABILITIES).decode()
}
"""What the app can show: asked without, a reel lacks what is newer."""


class Client:
    """A client of one session, for one question at a time."""

    def __init__(self, session: bytes, base_url: str, time_limit: float) -> None:
        """Make a client of a kept session, without a request.  Raises SourceUnavailable."""
        try:
            self._client = _create_aiograpi(session, base_url, time_limit)
            self.owner_pk = int(self._client.user_id)
        except Exception as error:  # noqa: BLE001 - a border: it raises anything
            log.warning("session_not_understood", extra={"kind": type(error).__name__})
            raise SourceUnavailable(
                "The kept session cannot be used. The operator adds it anew: storykeep session add."
            ) from None

    @property
    def session(self) -> bytes:
        """The session as it is to be kept now."""
        return keep(self._client.get_settings())

    async def ask(
        self,
        endpoint: str,
        absent: type[StorykeepError],
        params: dict[str, str] | None = None,
        data: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Send one request, a POST when there is ``data``, and return the JSON it is answered with.

        Raises ``absent`` for what is certainly not there, PrivateAccount, SourceError.
        """
        if data is not None:
            data = {"_uid": str(self.owner_pk), "_uuid": self._client.uuid, **data}
        try:
            answer: dict[str, Any] = await self._client.private_request(
                endpoint, data=data, params=params
            )
        except StorykeepError:  # of our own transport
            raise
        except Exception as error:  # noqa: BLE001 - as above
            mapped = translate(error, absent, self._client.last_response)
            log.info(
                "instagram_refused",
                extra={"kind": type(error).__name__, "exc_type": mapped.exc_type},
            )
        else:
            return answer
        # Raised out here it does not carry the library's error along, which holds the answer.
        raise mapped

    async def close(self) -> None:
        """Close the connections."""
        await self._client.private._client.aclose()  # noqa: SLF001 - we put it there


def _create_aiograpi(session: bytes, base_url: str, time_limit: float) -> Any:
    settings = json.decode(session, type=dict[str, Any])
    client = _aiograpi.Client(
        settings=settings,
        private_transport="requests",  # its word for httpx
        request_timeout=0,  # its word for a pause before each request: pacing is the governor's
        logger=_MUTE,
    )
    client.small_delay = partial(asyncio.sleep, 0)  # as above
    client.request_logger = _MUTE
    client.read_timeout = time_limit
    sender = httpx.AsyncClient(
        transport=Carrier(base_url),
        cookies=settings.get("cookies"),  # aiograpi forgets them with this transport
        follow_redirects=False,
        trust_env=False,
    )
    client.private._client = sender  # noqa: SLF001 - there is no other way in
    client.private._set_client = lambda: None  # noqa: SLF001 - it would make its own again
    return client


class Carrier(httpx.AsyncBaseTransport):
    """Takes every request to one server, and brings back a whole answer of bounded size.

    What goes wrong on the way is an error of ours at once: aiograpi lets those pass, and would
    send the request again after one of httpx.
    """

    def __init__(self, base_url: str) -> None:
        self._base = httpx.URL(base_url)
        self._inner = httpx.AsyncHTTPTransport(trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send ``request``.  Raises SourceError."""
        base = self._base
        url = request.url.copy_with(scheme=base.scheme, host=base.host, port=base.port)
        moved = httpx.Request(
            request.method,
            url,
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        try:
            answer = await self._inner.handle_async_request(moved)
            try:
                _refuse(answer)
                body = await _read(answer)
            finally:
                await answer.aclose()
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise translate(error, SourceUnavailable, None) from None
        return _Whole(answer.status_code, headers=_plain(answer.headers), content=body)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


class _Whole(httpx.Response):
    """An answer that reads JSON as aiograpi wants it, which would have all of httpx do so."""

    def json(self, **_: Any) -> Any:
        """Return the JSON.  Raises orjson.JSONDecodeError."""
        return orjson.loads(self.content)


def _refuse(answer: httpx.Response) -> None:
    """Raise for what aiograpi would follow, or wait for and send again."""
    if answer.is_redirect:
        location = answer.headers.get("location", "")
        is_for_people = any(path in location for path in _FOR_PEOPLE)
        raise trouble("led to log in" if is_for_people else "redirect")
    if answer.status_code == httpx.codes.REQUEST_TIMEOUT:
        raise trouble("ClientRequestTimeout")


async def _read(answer: httpx.Response) -> bytes:
    """Return the unpacked body, never holding much more than the limit."""
    inner = answer.stream
    assert isinstance(inner, httpx.AsyncByteStream)  # noqa: S101 - what AsyncHTTPTransport gives
    answer.stream = _Sliced(inner)
    body = bytearray()
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) > MAX_ANSWER:
            raise trouble("too long")
    return bytes(body)


class _Sliced(httpx.AsyncByteStream):
    """A stream in slices so small that no decoder can make too much of one."""

    def __init__(self, inner: httpx.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._inner:
            for start in range(0, len(piece), _SLICE):
                yield piece[start : start + _SLICE]

    async def aclose(self) -> None:
        await self._inner.aclose()


def _plain(headers: httpx.Headers) -> list[tuple[str, str]]:
    """Return the headers without those that spoke of the body as it travelled."""
    gone = ("content-encoding", "content-length", "transfer-encoding")
    return [(name, value) for name, value in headers.multi_items() if name not in gone]
