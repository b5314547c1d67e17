"""The access token: where it is kept, when it is renewed, and how it stays out of sight."""

import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
from msgspec import Struct, json

from storykeep.core.ports import Clock
from storykeep.core.sighting import DAY
from storykeep.private import write_private
from storykeep.sources.origin import read_secret

TOKEN, SECRET, PROOF = "{token}", "{secret}", "{proof}"
"""What stands for a secret in a query, until it leaves."""

_PATIENCE = DAY
"""Seconds from an attempt to renew that failed to the next: a token of today is too young."""
_LIFETIME = 60 * DAY


class App(NamedTuple):
    """The operator's app at Facebook."""

    id: str
    secret: str


class _Kept(Struct, frozen=True):
    """What lies in the file beside the operator's."""

    of: str
    """The digest of the token in the operator's file: another one there takes its place."""
    token: str
    due_at: float


class Token:
    """The operator's token, or what it was renewed to, kept beside it in ``FILE.renewed``.

    It is renewed when it is first used, and then when half of its life is over.  Where there is
    no way to renew it, it is used as long as it is good.
    """

    def __init__(self, path: Path, host: str, version: str, app: App | None, clock: Clock) -> None:
        """Raises ValueError when there is no token in the file."""
        given = read_secret(str(path))
        self._path = path.with_name(f"{path.name}.renewed")
        self._is_instagrams = host == "graph.instagram.com"
        self._version = version
        self._app = app
        self._clock = clock
        digest = hashlib.sha256(given.encode()).hexdigest()
        kept = _read(self._path)
        self._kept = kept if kept and kept.of == digest else _Kept(digest, given, 0.0)

    @property
    def is_due(self) -> bool:
        """Whether it is time to renew it, and there is a way."""
        can_be = self._is_instagrams or self._app is not None
        return can_be and self._clock() >= self._kept.due_at

    @property
    def query(self) -> Mapping[str, str]:
        """What goes with every question."""
        return {"access_token": TOKEN} | ({"appsecret_proof": PROOF} if self._app else {})

    @property
    def secrets(self) -> Mapping[str, str]:
        """What is put in the place of what stands for it."""
        token = self._kept.token
        if self._app is None:
            return {TOKEN: token}
        proof = hmac.new(self._app.secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        return {TOKEN: token, SECRET: self._app.secret, PROOF: proof}

    def renewal(self) -> tuple[str, Mapping[str, str]]:
        """The question, path and query, that is answered with a new token."""
        if self._app is None or self._is_instagrams:
            query = {"grant_type": "ig_refresh_token", "access_token": TOKEN}
            return "/refresh_access_token", query
        query = {"grant_type": "fb_exchange_token", "fb_exchange_token": TOKEN}
        query |= {"client_id": self._app.id, "client_secret": SECRET}
        return f"/{self._version}/oauth/access_token", query

    def renew(self, answer: Any) -> None:
        """Take the new token from ``answer`` and keep it.

        Raises ValueError when there is none, and OSError when it is used but cannot be kept.
        """
        told = answer if isinstance(answer, dict) else {}
        token, lifetime = told.get("access_token"), told.get("expires_in")
        if not (isinstance(token, str) and token and token.isascii() and token.isprintable()):
            raise ValueError("the answer holds no token")
        if type(lifetime) is not int or lifetime <= 0:
            lifetime = _LIFETIME
        self._kept = _Kept(self._kept.of, token, self._clock() + lifetime / 2)
        write_private(self._path, json.encode(self._kept))

    def postpone(self) -> None:
        """Go on with the token there is; it is renewed another time."""
        self._kept = _Kept(self._kept.of, self._kept.token, self._clock() + _PATIENCE)


class SigningTransport(httpx2.AsyncBaseTransport):
    """Puts the secrets into a query when all that may log or raise it has seen it without."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, token: Token) -> None:
        """``inner`` carries the requests."""
        self._inner = inner
        self._token = token

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request with its secrets."""
        secrets = self._token.secrets
        params = {name: secrets.get(value, value) for name, value in request.url.params.items()}
        signed = httpx2.Request(
            request.method,
            request.url.copy_with(params=params),
            headers=request.headers,
            extensions=request.extensions,
        )
        return await self._inner.handle_async_request(signed)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def _read(path: Path) -> _Kept | None:
    try:
        return json.decode(path.read_bytes(), type=_Kept)
    except (OSError, ValueError):  # not there, or spoilt: the operator's own is
        return None
