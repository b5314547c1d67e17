"""What a row can answer, status by status: schemas, headers, and each error as it is told."""

from collections.abc import Sequence
from typing import Any

from msgspec import json

from storykeep.api.errors import INTERNAL, body_of, status_of
from storykeep.api.openapi.schemas import answer_schema, reference
from storykeep.api.params import create_parser
from storykeep.core import errors
from storykeep.core.endpoints import Endpoint, NoParams
from storykeep.core.errors import (
    Absent,
    InsufficientFunds,
    InvalidParams,
    InvalidValue,
    PrivateAccount,
    SourceError,
    StorykeepError,
)
from storykeep.core.media import EXTENSIONS

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILES: dict[str, Any] = dict.fromkeys(EXTENSIONS, _BINARY)

_ALWAYS = ("x-request-id", "x-hiker-info")
_KEYED = (*_ALWAYS, "RateLimit", "RateLimit-Policy", "x-quota-remaining")
_ORIGIN = ("x-storykeep-source", "x-storykeep-outcome", "x-storykeep-seen-at", "Age")
_VALIDATORS = (*_KEYED, *_ORIGIN, "ETag", "Last-Modified", "Cache-Control")
_FILE = (
    *_VALIDATORS,
    "Accept-Ranges",
    "Content-Disposition",
    "Repr-Digest",
    "X-Content-Type-Options",
)

_RESPONSES = {
    200: ("OK", "Successful Response"),
    206: ("PartialContent", "The part that Range asks for"),
    304: ("NotModified", "The file that If-None-Match or If-Modified-Since knows already"),
    400: ("BadRequest", "A value that the API cannot use"),
    401: ("Unauthorized", "No access key, or none that is valid"),
    402: ("PaymentRequired", "The balance does not cover the price"),
    403: ("Forbidden", "The account is private"),
    404: ("NotFound", "Not found"),
    416: ("RangeNotSatisfiable", "The file has no such part"),
    422: ("UnprocessableContent", "Validation Error"),
    429: ("TooManyRequests", "The key asks more often than it may"),
    500: ("InternalServerError", "A fault of the server"),
    503: ("ServiceUnavailable", "No source could answer, or the storage is out of order"),
    504: ("GatewayTimeout", "A source took too long"),
}
"""Status → component, description.  A new status of an error wants a line here."""

_OF_A_ROW = (404, 422)
"""Each row has its own examples of these; of the others one response serves all."""

_OF_A_FILE = {206: _FILES, 304: {}, 416: {}}

_HEADERS_OF = {
    401: _ALWAYS,
    206: (*_FILE, "Content-Range"),
    304: _VALIDATORS,
    416: (*_VALIDATORS, "Content-Range"),
    429: (*_KEYED, "Retry-After"),
    503: (*_KEYED, "Retry-After"),
}

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
    "Cache-Control": ("Keep it for yourself, and ask again before you use it", "private, no-cache"),
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
}
"""Response headers: what each says, and an example."""


def create_headers() -> dict[str, Any]:
    """Return the components that responses refer to."""
    return {
        name: {
            "description": says,
            "required": name in _ALWAYS,
            "schema": {"type": "integer" if example.isdecimal() else "string"},
            "example": int(example) if example.isdecimal() else example,
        }
        for name, (says, example) in HEADERS.items()
    }


def create_shared() -> dict[str, Any]:
    """Return the responses that are the same wherever they occur."""
    found = {status: _response(status, content) for status, content in _OF_A_FILE.items()}
    for status, kinds in _by_status(known_errors()).items():
        if status not in _OF_A_ROW:
            found[status] = _response(status, _told([kind() for kind in kinds]))
    return {_RESPONSES[status][0]: response for status, response in sorted(found.items())}


def create_responses(row: Endpoint) -> dict[str, Any]:
    """Return the responses of a GET of ``row``, by status."""
    found = {200: _answer(row)}
    for status, kinds in errors_of(row).items():
        if status in _OF_A_ROW:
            raised = [_complaint(row)] if InvalidParams in kinds else [kind() for kind in kinds]
            found[status] = _response(status, _told(raised))
        else:
            found[status] = _shared(status)
    if row.is_download:
        found |= {status: _shared(status) for status in _OF_A_FILE}
    return {str(status): response for status, response in sorted(found.items())}


def create_head_responses(row: Endpoint) -> dict[str, Any]:
    """Return the responses of a HEAD of ``row``: those of the GET, bodiless and never in part."""
    found = {status: _response(status) for status in (304, *errors_of(row))}
    found[200] = _answer(row)
    del found[200]["content"]
    return {str(status): response for status, response in sorted(found.items())}


def known_errors() -> list[type[StorykeepError]]:
    """Return every error that is raised: the leaves of the tree, in its order."""
    kinds = [each for each in vars(errors).values() if isinstance(each, type)]
    parents = {parent for kind in kinds for parent in kind.__bases__}
    return [kind for kind in kinds if issubclass(kind, StorykeepError) and kind not in parents]


def errors_of(row: Endpoint) -> dict[int, list[type[StorykeepError]]]:
    """Return the errors that ``row`` can answer with, by status."""
    return _by_status([kind for kind in known_errors() if _can_be(row, kind)])


def _by_status(kinds: list[type[StorykeepError]]) -> dict[int, list[type[StorykeepError]]]:
    found: dict[int, list[type[StorykeepError]]] = {}
    for kind in [*kinds, StorykeepError]:  # itself for the 500 that is a bug of ours
        found.setdefault(status_of(kind), []).append(kind)
    return found


def _can_be(row: Endpoint, kind: type[StorykeepError]) -> bool:
    if issubclass(kind, (InvalidParams, InvalidValue)):
        return row.params is not NoParams
    if kind is InsufficientFunds:
        return row.price.nominal > 0
    if kind is PrivateAccount:
        return row.is_private_checked
    if issubclass(kind, Absent):
        return kind.__name__ in row.errors
    if issubclass(kind, SourceError):
        return bool(row.errors)  # who finds nothing has asked somebody
    return True


def _shared(status: int) -> dict[str, Any]:
    return {"$ref": f"#/components/responses/{_RESPONSES[status][0]}"}


def _response(status: int, content: dict[str, Any] | None = None) -> dict[str, Any]:
    headers = _headers(_HEADERS_OF.get(status, _KEYED))
    found = {"description": _RESPONSES[status][1], "headers": headers}
    return found | {"content": content} if content else found


def _headers(names: tuple[str, ...]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _answer(row: Endpoint) -> dict[str, Any]:
    if not row.is_download:
        found = _response(200, {"application/json": {"schema": answer_schema(row)}})
        return found | {"headers": found["headers"] | _headers(_ORIGIN if row.errors else ())}
    described = {"application/json": {"schema": reference("FileDescription")}}
    return {
        "description": "The file; its description where format=json asks for it",
        "headers": _headers(_FILE),
        "content": _FILES | described,
    }


def _told(raised: Sequence[StorykeepError]) -> dict[str, Any]:
    """Return the content of a response that tells one of these errors, as a client would get it."""
    examples: dict[str, Any] = {}
    schema = "Error"
    for error in raised:
        body = json.decode(INTERNAL if type(error) is StorykeepError else body_of(error))
        examples[type(error).__name__] = {"value": body}
        if "state" in body:
            schema = "GateError"
        elif isinstance(error, InvalidParams):
            schema = "HTTPValidationError"
    return {"application/json": {"schema": reference(schema), "examples": examples}}


def _complaint(row: Endpoint) -> InvalidParams:
    """Return what is said of a call without parameters."""
    try:
        create_parser(row.params)(b"")
    except InvalidParams as error:
        return error
    return InvalidParams([])
