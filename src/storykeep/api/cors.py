"""Cross-origin requests: off unless the operator names the origins."""

from collections.abc import Mapping

from storykeep.api.asgi import Headers

_EXPOSED = (
    b"x-hiker-info, x-request-id, x-quota-remaining, ratelimit, ratelimit-policy, retry-after,"
    b" etag, content-disposition, content-range, age, x-storykeep-source, x-storykeep-outcome,"
    b" x-storykeep-seen-at"
)


class Cors:
    """Which origins' pages may read the answers."""

    def __init__(self, origins: str = "") -> None:
        """``origins`` are separated by spaces; ``*`` means any, nothing means none."""
        self._origins = frozenset(origin.encode() for origin in origins.split())

    def headers(self, request: Mapping[bytes, bytes]) -> Headers:
        """Return what an answer to ``request`` must carry."""
        origin = request.get(b"origin")
        if origin is None or not self._allows(origin):
            return []
        if b"*" in self._origins:
            return [(b"access-control-allow-origin", b"*"), _EXPOSE]
        return [(b"access-control-allow-origin", origin), (b"vary", b"origin"), _EXPOSE]

    def is_preflight(self, request: Mapping[bytes, bytes]) -> bool:
        """Whether ``request`` asks in advance, from an origin that may."""
        asks = b"access-control-request-method" in request
        return asks and self._allows(request.get(b"origin", b""))

    @staticmethod
    def preflight() -> Headers:
        """Return what the answer to a preflight says, beside ``headers``."""
        return [
            (b"access-control-allow-methods", b"GET, HEAD"),
            (
                b"access-control-allow-headers",
                b"x-access-key, x-request-id, range, if-range, if-none-match",
            ),
            (b"access-control-max-age", b"86400"),
        ]

    def _allows(self, origin: bytes) -> bool:
        return b"*" in self._origins or origin in self._origins


_EXPOSE = (b"access-control-expose-headers", _EXPOSED)
