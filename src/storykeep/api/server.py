"""The table as an application: a request's steps, in the order in which they happen.

``begin``, ``answer`` and ``end`` are a request from its headers to its last byte.  Whoever has
the connection calls them: ASGI here, and ``direct`` without it.
"""

import logging
from collections.abc import Callable, Mapping
from typing import NamedTuple

from msgspec import Struct

from storykeep.api.asgi import Headers, Receive, Scope, Send
from storykeep.api.compress import compressed
from storykeep.api.cors import Cors
from storykeep.api.describe import describe
from storykeep.api.download import Parcel, file_name, plan, send_file
from storykeep.api.errors import INTERNAL, body_of, status_of
from storykeep.api.exchange import Answer, Exchange, Request, read_secret, retry_header
from storykeep.api.handlers import Handler
from storykeep.api.observe import Observer
from storykeep.api.pages import Page
from storykeep.api.params import create_parser
from storykeep.api.stable import STABLE_FILE, open_stable
from storykeep.core.endpoints.row import CHARGED, AnyEndpoint
from storykeep.core.errors import StorykeepError
from storykeep.core.ports import AccessKey, Clock
from storykeep.core.signing import MEDIA, is_media_path
from storykeep.service.gate import Gate, refuse_rate
from storykeep.service.media import Media, StoryFile
from storykeep.service.stable import StableAddresses

log = logging.getLogger(__name__)

JSON = (b"content-type", b"application/json")
VARY = (b"vary", b"accept-encoding")
PAGE_METHODS = ("GET", "HEAD")
NO_CONTENT = 204


class Route(Struct, frozen=True):
    """A row of the table, ready to be asked."""

    endpoint: AnyEndpoint
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
    public_url: str = ""
    """What our addresses begin with; else as the caller reached us."""


class Files(NamedTuple):
    """Who has the files: of stories, and of stable addresses."""

    media: Media
    stable: StableAddresses


class Api:
    """The application."""

    def __init__(
        self,
        handlers: Mapping[AnyEndpoint, Handler],
        gate: Gate,
        files: Files,
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
                create_parser(endpoint.params_type),
                handle,
                PAGE_METHODS if endpoint.is_download else ("GET",),
            )
            for endpoint, handle in handlers.items()
        }
        self._spelled = {path.encode(): path for path in self._routes}
        self._gate = gate
        self._media, self._stable = files
        self._pages = pages
        self._policy = policy
        self._observer = observer
        self._clock = clock
        self._boot_id = boot_id
        self._served = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of an ASGI server."""
        method, path, scheme = scope["method"], scope["path"], scope.get("scheme", "http")
        headers = dict(scope["headers"])
        exchange = self.begin(Request(method, path, scope["query_string"], headers, scheme))
        answer = await self.answer(exchange)
        try:
            if isinstance(answer, Parcel):
                await send_file(receive, send, answer)
            else:
                start = {"status": answer.status, "headers": answer.headers}
                await send({"type": "http.response.start", **start})
                await send({"type": "http.response.body", "body": answer.body})
        except Exception:  # the server closes the connection on half an answer
            log.exception("request_failed", extra={"request_id": exchange.request_id})
        finally:
            self.end(exchange)

    def direct_path(self, path: bytes) -> str | None:
        """The path of a GET that a connection may answer without ASGI, as it was sent."""
        named = self._spelled.get(path)
        if named is None and is_media_path(other := path.decode("latin-1")):
            return other
        return named

    def begin(self, request: Request) -> Exchange:
        """Return what becomes known of ``request``, of which nothing is known yet."""
        self._served += 1
        return Exchange(request, f"{self._boot_id}{self._served:x}", self._clock())

    async def answer(self, exchange: Exchange) -> Answer | Parcel:
        """Return the whole answer; nothing that goes wrong leaves without one."""
        route = self._routes.get(exchange.path)
        try:
            if route is not None and exchange.method in route.methods:
                exchange.endpoint = route.endpoint
                return await self._call(route, exchange)
            return await self._answer_other(route, exchange)
        except Exception:  # the outermost edge of a request
            log.exception("request_failed", extra={"request_id": exchange.request_id})
            return self._complete(exchange, 500, INTERNAL, [JSON])

    def end(self, exchange: Exchange) -> None:
        """Note a request whose answer was sent, or could not be."""
        self._observer.see(exchange, self._clock() - exchange.started)

    async def _call(self, route: Route, exchange: Exchange) -> Answer | Parcel:
        """Answer a row: key, rate, parameters, balance, work, charge."""
        gate, price, query = self._gate, route.endpoint.price, exchange.query
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
            found = await route.handle(params, key)
            if isinstance(found, StoryFile):
                exchange.provenance = found.story.provenance
                if getattr(params, "format", None) is None:
                    return await self._answer_file(exchange, key, found)
                body = describe(exchange, found, exchange.base_url(self._policy.public_url))
            else:
                body, exchange.provenance, finish = found.body, found.provenance, found.finish
                # Of a row without files the key's default says nothing.
                if (getattr(params, "media", "cdn") or key.media) == "stable":
                    base = exchange.base_url(self._policy.public_url)
                    body = await self._stable.give(body, base)
                body = body if finish is None else finish(body)
            await self._charge(exchange, key, found)
        except StorykeepError as error:
            exchange.provenance = None
            return await self._refuse(exchange, error)
        return self._complete_json(exchange, 200, body)

    async def _answer_other(self, route: Route | None, exchange: Exchange) -> Answer | Parcel:
        """Answer what is no call of a row: a page, a kept file, a preflight, or a mistake."""
        method, page = exchange.method, self._pages.get(exchange.path)
        exchange.endpoint = route.endpoint if route else None
        if page is None and route is None and exchange.path.startswith(MEDIA):
            exchange.endpoint = STABLE_FILE
            if method in PAGE_METHODS:
                return await self._answer_stable(exchange)
        elif page is None and route is None:
            return self._complete(exchange, 404, b'{"detail":"Not Found"}', [JSON])
        if page is not None and method in PAGE_METHODS:
            answer = await page()
            return self._complete(exchange, answer.status, answer.body, answer.headers)
        if method == "OPTIONS" and self._policy.cors.is_preflight(exchange.headers):
            return self._complete(exchange, NO_CONTENT, b"", self._policy.cors.preflight())
        allow = (b"allow", ", ".join(route.methods if route else PAGE_METHODS).encode())
        return self._complete(exchange, 405, b'{"detail":"Method Not Allowed"}', [JSON, allow])

    async def _charge(self, exchange: Exchange, key: AccessKey, outcome: object) -> None:
        """Take what the answer costs; an answer leaves only after this is durable."""
        if exchange.endpoint is None or exchange.params is None:
            return  # refused before there was a price to pay
        units = exchange.endpoint.price.units(exchange.params, outcome, self._policy.charged)
        exchange.balance = await self._gate.charge(key, units, exchange.entry, exchange.path)
        exchange.charged = units

    async def _refuse(self, exchange: Exchange, error: StorykeepError) -> Answer:
        """Tell ``error``; some errors are answers and cost the same."""
        status = status_of(type(error))
        if status in self._policy.charged and exchange.key is not None:
            try:
                await self._charge(exchange, exchange.key, error)
            except StorykeepError as refusal:
                error, status = refusal, status_of(type(refusal))
        return self._complete_json(exchange, status, body_of(error), retry_header(error))

    async def _answer_file(self, exchange: Exchange, key: AccessKey, found: StoryFile) -> Parcel:
        story, opened = found.story, await self._media.open_found(found)
        try:
            file = opened.file
            name = file_name(story.account.username, story.pk, file)
            planned = plan(exchange.method, exchange.headers.items(), file, story.taken_at, name)
            if not planned.is_free:
                await self._charge(exchange, key, found)
        except BaseException:
            opened.close()
            raise
        exchange.status = planned.status
        headers = [*planned.headers, *self._headers(exchange)]
        return Parcel(planned._replace(headers=headers), opened)

    async def _answer_stable(self, exchange: Exchange) -> Answer | Parcel:
        try:
            planned, opened = await open_stable(exchange, self._stable, self._media)
        except StorykeepError as error:
            return await self._refuse(exchange, error)
        exchange.status = planned.status
        headers = [*planned.headers, *exchange.common_headers()]
        return Parcel(planned._replace(headers=headers), opened)

    def _complete_json(
        self, exchange: Exchange, status: int, body: bytes, headers: Headers | None = None
    ) -> Answer:
        headers = [JSON, VARY, *(headers or ())]
        accepted = exchange.headers.get(b"accept-encoding")
        if accepted is not None:
            body, coding = compressed(body, accepted)
            if coding is not None:
                headers.append((b"content-encoding", coding))
        return self._complete(exchange, status, body, headers)

    def _complete(self, exchange: Exchange, status: int, body: bytes, headers: Headers) -> Answer:
        exchange.status = status
        if status != NO_CONTENT:
            headers.append((b"content-length", b"%d" % len(body)))
        headers += self._headers(exchange)
        return Answer(status, headers, body)

    def _headers(self, exchange: Exchange) -> Headers:
        headers = exchange.common_headers()
        if b"origin" in exchange.headers:
            headers += self._policy.cors.headers(exchange.headers)
        return headers
