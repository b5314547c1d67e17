"""The short way from a connection to the API and back, for what is asked most.

A plain GET of a row that answers JSON needs nothing of ASGI: no scope, no messages, no second
write.  Leaving them out saves nearly half of what HTTP costs.  Everything else, and whatever is
unusual about a request, goes through uvicorn and ASGI; the answers are the same to the byte,
because both ways call the same three methods of the Api.
"""

import asyncio
from asyncio import Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from storykeep.api.exchange import Answer, Exchange, Request
from storykeep.api.sendfile import SendfileProtocol
from storykeep.api.server import Api

_UNUSUAL = frozenset({b"content-length", b"expect", b"transfer-encoding", b"upgrade"})
"""Request headers that mean more than a question."""

_SCHEMES = {b"http": "http", b"https": "https"}


class DirectProtocol(SendfileProtocol):
    """uvicorn's protocol for an application that has an ``api``."""

    def __init__(self, config: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(config, *arguments, **options)
        self._api: Api = config.app.api
        # Whom uvicorn believes how the caller reached the proxy.
        self._proxies: Any = getattr(config.loaded_app, "trusted_hosts", ())
        self._is_proxied = False

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        super().connection_made(transport)
        self._is_proxied = self.client is not None and self.client[0] in self._proxies

    def on_message_begin(self) -> None:
        """Begin a request; uvicorn is told only if it shall answer."""
        self.url = b""
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note a header."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Answer, or hand over to uvicorn."""
        path, _, query = self.url.partition(b"?")
        named = self._api.direct_paths.get(path)
        headers = dict(self.headers)
        if named is None or not self._is_plain(query, headers):
            self._hand_over()
            return
        self._pending = 0
        scheme = str(self.scheme)
        if self._is_proxied:
            scheme = _SCHEMES.get(headers.get(b"x-forwarded-proto", b""), scheme)
        exchange = self._api.begin(Request("GET", named, query, headers, scheme))
        self.cycle = turn = _Turn()  # type: ignore[assignment]
        turn.task = self.loop.create_task(self._answer(exchange, turn))
        self.tasks.add(turn.task)

    def _is_plain(self, query: bytes, headers: dict[bytes, bytes]) -> bool:
        parser = self.parser
        return (
            parser.get_method() == b"GET"
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and b"#" not in query
            and _UNUSUAL.isdisjoint(headers)
            # Who waits for an earlier answer, or does not read it, is uvicorn's to hold up.
            and (self.cycle is None or self.cycle.response_complete)  # type: ignore[redundant-expr]
            and not self.flow.write_paused
        )

    def _hand_over(self) -> None:
        url, headers = self.url, self.headers
        super().on_message_begin()
        for name, value in headers:
            super().on_header(name, value)
        self.url = url
        super().on_headers_complete()

    async def _answer(self, exchange: Exchange, turn: "_Turn") -> None:
        try:
            answer = await self._api.answer(exchange)
            if not isinstance(answer, Answer):
                raise TypeError(f"{exchange.path} answers with a file")
            turn.response_complete = True
            if not self.transport.is_closing():
                self.transport.write(self._wire(answer, is_last=not turn.keep_alive))
                if not turn.keep_alive:
                    self.transport.close()
                self.on_response_complete()
        finally:
            if not turn.response_complete:
                self.transport.close()  # the server is stopped before there is an answer
            self._api.end(exchange)
            self.tasks.discard(turn.task)

    def _wire(self, answer: Answer, *, is_last: bool) -> bytes:
        headers = [*self.server_state.default_headers, *answer.headers]
        if is_last:
            headers.append((b"connection", b"close"))
        head = b"\r\n".join(map(b": ".join, headers))
        return b"%b%b\r\n\r\n%b" % (STATUS_LINE[answer.status], head, answer.body)


class _Turn:
    """What uvicorn wants to know of a request that is answered without it: its ``cycle``."""

    __slots__ = ("disconnected", "keep_alive", "more_body", "response_complete", "task")

    message_event = type("_Nobody", (), {"set": staticmethod(lambda: None)})
    """Nobody waits for a message."""

    task: asyncio.Task[None]

    def __init__(self) -> None:
        self.disconnected = self.more_body = self.response_complete = False
        self.keep_alive = True
