"""The table as an ASGI application: a request's steps, in the order in which they happen."""

import logging
from collections.abc import Callable, Mapping

from msgspec import Struct

from storykeep.api.asgi import Headers, Receive, Scope, Send
from storykeep.api.compress import compressed
from storykeep.api.cors import Cors
from storykeep.api.describe import describe
from storykeep.api.download import ZERO_COPY, file_name, plan, send_file
from storykeep.api.errors import INTERNAL, body_of, status_of
from storykeep.api.exchange import Exchange, read_secret, retry_header
from storykeep.api.handlers import Handler
from storykeep.api.observe import Observer
from storykeep.api.pages import Page
from storykeep.api.params import create_parser
from storykeep.core.endpoints import CHARGED, Endpoint
from storykeep.core.errors import StorykeepError
from storykeep.core.ports import Clock
from storykeep.service.gate import Gate, refuse_rate
from storykeep.service.media import Media, StoryFile

log = logging.getLogger(__name__)

JSON = (b"content-type", b"application/json")
VARY = (b"vary", b"accept-encoding")
PAGE_METHODS = ("GET", "HEAD")
NO_CONTENT = 204
RANGE_NOT_SATISFIABLE = 416


class Route(Struct, frozen=True):
    """A row of the table, ready to be asked."""

    endpoint: Endpoint
    parse: Callable[[bytes], Struct]
    handle: Handler
    methods: tuple[str, ...]
    """What it answers; a file may also be asked for its headers only."""


class Policy(Struct, frozen=True):
    """What the operator decided about this server."""

    charged: frozenset[int] = CHARGED
    """Error statuses that cost the price."""
    takes_query_key: bool = True
    cors: Cors = Cors()


class Api:
    """The ASGI application."""

    def __init__(
        self,
        handlers: Mapping[Endpoint, Handler],
        gate: Gate,
        media: Media,
        pages: Mapping[str, Page],
        *,
        policy: Policy,
        observer: Observer,
        clock: Clock,
        boot_id: str,
    ) -> None:
        """``boot_id`` makes our request ids unique among all starts of all servers."""
        self._routes = {
            endpoint.path: Route(
                endpoint,
                create_parser(endpoint.params),
                handle,
                PAGE_METHODS if endpoint.is_download else ("GET",),
            )
            for endpoint, handle in handlers.items()
        }
        self._gate = gate
        self._media = media
        self._pages = pages
        self._policy = policy
        self._observer = observer
        self._clock = clock
        self._boot_id = boot_id
        self._served = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing that goes wrong leaves without an answer."""
        self._served += 1
        exchange = Exchange(scope, f"{self._boot_id}{self._served:x}", self._clock())
        route = self._routes.get(exchange.path)
        try:
            if route is not None and exchange.method in route.methods:
                exchange.endpoint = route.endpoint
                await self._serve(route, exchange, scope, receive, send)
            else:
                await self._serve_other(route, exchange, send)
        except Exception:  # the outermost edge of a request
            log.exception("request_failed", extra={"request_id": exchange.request_id})
            if not exchange.status:  # else the server closes the connection on half an answer
                await self._send(exchange, send, 500, INTERNAL, [JSON])
        finally:
            self._observer.see(exchange, self._clock() - exchange.started)

    async def _serve(
        self, route: Route, exchange: Exchange, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer a row: key, rate, parameters, balance, work, charge."""
        gate, price, query = self._gate, route.endpoint.price, scope["query_string"]
        exchange.price = price.nominal
        try:
            secret = read_secret(
                exchange.headers, query, takes_query_key=self._policy.takes_query_key
            )
            exchange.key = key = await gate.identify(secret)
            exchange.balance = key.balance
            exchange.decision = decision = await gate.admit(key)
            refuse_rate(decision)
            exchange.params = params = route.parse(query)
            exchange.price = units = price.quote(params)
            gate.afford(key, units)
            answer = await route.handle(params, key)
            if isinstance(answer, StoryFile):
                if getattr(params, "format", None) is None:
                    await self._send_file(exchange, answer, scope, receive, send)
                    return
                answer = describe(exchange, answer, query)
            await self._charge(exchange, answer)
        except StorykeepError as error:
            if exchange.status:
                raise
            await self._refuse(exchange, error, send)
        else:
            await self._send_json(exchange, send, 200, answer)

    async def _serve_other(self, route: Route | None, exchange: Exchange, send: Send) -> None:
        """Answer what is no call of a row: a page, a preflight, or a mistake."""
        method, page = exchange.method, self._pages.get(exchange.path)
        exchange.endpoint = route.endpoint if route else None
        if page is None and route is None:
            await self._send(exchange, send, 404, b'{"detail":"Not Found"}', [JSON])
        elif page is not None and method in PAGE_METHODS:
            answer = await page()
            await self._send(exchange, send, answer.status, answer.body, [*answer.headers])
        elif method == "OPTIONS" and self._policy.cors.is_preflight(exchange.headers):
            await self._send(exchange, send, NO_CONTENT, b"", self._policy.cors.preflight())
        else:
            allow = (b"allow", ", ".join(route.methods if route else PAGE_METHODS).encode())
            await self._send(exchange, send, 405, b'{"detail":"Method Not Allowed"}', [JSON, allow])

    async def _charge(self, exchange: Exchange, outcome: object) -> None:
        """Take what the answer costs; an answer leaves only after this is durable."""
        endpoint, key, params = exchange.endpoint, exchange.key, exchange.params
        if endpoint is None or key is None or params is None:
            return  # refused before there was a price to pay
        units = endpoint.price.units(params, outcome)
        exchange.balance = await self._gate.charge(key, units, exchange.entry, exchange.path)
        exchange.charged = units

    async def _refuse(self, exchange: Exchange, error: StorykeepError, send: Send) -> None:
        """Tell ``error``; some errors are answers and cost the same."""
        status = status_of(type(error))
        if status in self._policy.charged:
            try:
                await self._charge(exchange, error)
            except StorykeepError as refusal:
                error, status = refusal, status_of(type(refusal))
        await self._send_json(exchange, send, status, body_of(error), retry_header(error))

    async def _send_file(
        self, exchange: Exchange, answer: StoryFile, scope: Scope, receive: Receive, send: Send
    ) -> None:
        story, file = answer.story, answer.file
        opened = await self._media.open(file)
        try:
            name = file_name(story.account.username, story.pk, file)
            planned = plan(exchange.method, exchange.headers.items(), file, story.taken_at, name)
            if planned.status != RANGE_NOT_SATISFIABLE:
                await self._charge(exchange, answer)
            exchange.status = planned.status
            extra = self._headers(exchange)
            zero_copy = ZERO_COPY in scope.get("extensions", ())
            await send_file(receive, send, planned, opened, extra, zero_copy=zero_copy)
        finally:
            opened.close()

    async def _send_json(
        self,
        exchange: Exchange,
        send: Send,
        status: int,
        body: bytes,
        headers: Headers | None = None,
    ) -> None:
        headers = [JSON, VARY, *(headers or ())]
        accepted = exchange.headers.get(b"accept-encoding")
        if accepted is not None:
            body, coding = compressed(body, accepted)
            if coding is not None:
                headers.append((b"content-encoding", coding))
        await self._send(exchange, send, status, body, headers)

    async def _send(
        self, exchange: Exchange, send: Send, status: int, body: bytes, headers: Headers
    ) -> None:
        exchange.status = status
        if status != NO_CONTENT:
            headers.append((b"content-length", b"%d" % len(body)))
        headers += self._headers(exchange)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _headers(self, exchange: Exchange) -> Headers:
        headers = exchange.common_headers()
        if b"origin" in exchange.headers:
            headers += self._policy.cors.headers(exchange.headers)
        return headers
