"""What a row can answer, status by status: schemas, headers, and each error as it is told."""

from collections.abc import Sequence
from typing import Any

from msgspec import json

from storykeep.api.errors import INTERNAL, body_of, status_of
from storykeep.api.openapi.headers import ALWAYS, named
from storykeep.api.openapi.schemas import answer_schema, reference
from storykeep.api.params import create_parser
from storykeep.core import errors
from storykeep.core.endpoints.params import NoParams
from storykeep.core.endpoints.row import AnyEndpoint
from storykeep.core.errors import (
    Absent,
    InsufficientFunds,
    InvalidParams,
    InvalidValue,
    MediaNotFound,
    PrivateAccount,
    SignatureInvalid,
    SourceError,
    StorageError,
    StorykeepError,
)
from storykeep.core.media import EXTENSIONS

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILES: dict[str, Any] = dict.fromkeys(EXTENSIONS, _BINARY)

_KEYED = (*ALWAYS, "RateLimit", "RateLimit-Policy", "x-quota-remaining")
_ORIGIN = ("x-storykeep-source", "x-storykeep-outcome", "x-storykeep-seen-at", "Age")
_VALIDATORS = (*_KEYED, *_ORIGIN, "ETag", "Last-Modified", "Cache-Control")
_DESCRIBED = ("Accept-Ranges", "Content-Disposition", "Repr-Digest", "X-Content-Type-Options")
_FILE = (*_VALIDATORS, *_DESCRIBED)

_STABLE = (
    "x-request-id",
    "ETag",
    "Last-Modified",
    "Cache-Control",
    "Content-Security-Policy",
    "Cross-Origin-Resource-Policy",
    "Access-Control-Allow-Origin",
)

_RESPONSES = {
    200: ("OK", "Successful Response"),
    206: ("PartialContent", "The part that Range asks for, or several parts in one body"),
    304: ("NotModified", "The file that If-None-Match or If-Modified-Since knows already"),
    400: ("BadRequest", "A value that the API cannot use"),
    401: ("Unauthorized", "No access key, or none that is valid"),
    402: ("PaymentRequired", "The balance does not cover the price"),
    403: ("Forbidden", "The account is private"),
    404: ("NotFound", "Not found"),
    412: ("PreconditionFailed", "Another version than the one that If-Match means"),
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

_OF_A_FILE = {
    206: {**_FILES, "multipart/byteranges": _BINARY},
    304: {},
    412: {},
    416: {},
}

_HEADERS_OF = {
    401: ALWAYS,
    206: (*_FILE, "Content-Range"),
    304: _VALIDATORS,
    412: _VALIDATORS,
    416: (*_VALIDATORS, "Content-Range"),
    429: (*_KEYED, "Retry-After"),
    503: (*_KEYED, "Retry-After"),
}


def create_shared() -> dict[str, Any]:
    """Return the responses that are the same wherever they occur."""
    found = {status: _response(status, content) for status, content in _OF_A_FILE.items()}
    for status, kinds in _by_status(errors_of_rows()).items():
        if status not in _OF_A_ROW:
            found[status] = _response(status, _told([kind() for kind in kinds]))
    return {_RESPONSES[status][0]: response for status, response in sorted(found.items())}


def create_responses(row: AnyEndpoint) -> dict[str, Any]:
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


def create_head_responses(row: AnyEndpoint) -> dict[str, Any]:
    """Return the responses of a HEAD of ``row``: those of the GET, bodiless and never in part."""
    found = {status: _response(status) for status in (304, *errors_of(row))}
    found[200] = _answer(row)
    del found[200]["content"]
    return {str(status): response for status, response in sorted(found.items())}


def create_stable_responses(*, is_head: bool = False) -> dict[str, Any]:
    """Return the responses of a stable address: of a file, and for who has no key."""
    told: dict[int, list[StorykeepError]] = {
        403: [SignatureInvalid(), PrivateAccount()],
        404: [MediaNotFound()],
        500: [StorykeepError()],
        503: [StorageError()],
    }
    described = (*_STABLE, *_DESCRIBED)
    found = {
        200: _response(200, _FILES, described),
        206: _response(206, _FILES, (*described, "Content-Range")),
        304: _response(304, None, _STABLE),
        416: _response(416, None, (*_STABLE, "Content-Range")),
    } | {status: _response(status, _told(each), ("x-request-id",)) for status, each in told.items()}
    found[403]["description"] = "The address was not signed here, or the account is private"
    if is_head:
        del found[206], found[416]
        for response in found.values():
            response.pop("content", None)
    return {str(status): response for status, response in sorted(found.items())}


def known_errors() -> list[type[StorykeepError]]:
    """Return every error that is raised: the leaves of the tree, in its order."""
    kinds = [each for each in vars(errors).values() if isinstance(each, type)]
    parents = {parent for kind in kinds for parent in kind.__bases__}
    return [kind for kind in kinds if issubclass(kind, StorykeepError) and kind not in parents]


def errors_of_rows() -> list[type[StorykeepError]]:
    """Return those that a call with a key can end with: all but that of stable addresses."""
    return [kind for kind in known_errors() if kind is not SignatureInvalid]


def errors_of(row: AnyEndpoint) -> dict[int, list[type[StorykeepError]]]:
    """Return the errors that ``row`` can answer with, by status."""
    return _by_status([kind for kind in errors_of_rows() if _can_be(row, kind)])


def _by_status(kinds: list[type[StorykeepError]]) -> dict[int, list[type[StorykeepError]]]:
    found: dict[int, list[type[StorykeepError]]] = {}
    for kind in [*kinds, StorykeepError]:  # itself for the 500 that is a bug of ours
        found.setdefault(status_of(kind), []).append(kind)
    return found


def _can_be(row: AnyEndpoint, kind: type[StorykeepError]) -> bool:
    if issubclass(kind, (InvalidParams, InvalidValue)):
        return row.params_type is not NoParams
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


def _response(
    status: int, content: dict[str, Any] | None = None, headers: tuple[str, ...] | None = None
) -> dict[str, Any]:
    sent = named(headers or _HEADERS_OF.get(status, _KEYED))
    found = {"description": _RESPONSES[status][1], "headers": sent}
    return found | {"content": content} if content else found


def _answer(row: AnyEndpoint) -> dict[str, Any]:
    if not row.is_download:
        found = _response(200, {"application/json": {"schema": answer_schema(row)}})
        return found | {"headers": found["headers"] | named(_ORIGIN if row.errors else ())}
    described = {"application/json": {"schema": reference("FileDescription")}}
    return {
        "description": "The file; its description where format=json asks for it",
        "headers": named(_FILE),
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


def _complaint(row: AnyEndpoint) -> InvalidParams:
    """Return what is said of a call without parameters."""
    try:
        create_parser(row.params_type)(b"")
    except InvalidParams as error:
        return error
    return InvalidParams([])
