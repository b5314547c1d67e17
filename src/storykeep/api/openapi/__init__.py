"""The table as an OpenAPI 3.1 document: row by row, in the vendor's names."""

from collections.abc import Sequence
from typing import Any

from storykeep import __version__
from storykeep.api.openapi.headers import create_headers
from storykeep.api.openapi.responses import (
    create_head_responses,
    create_responses,
    create_shared,
    create_stable_responses,
)
from storykeep.api.openapi.samples import create_samples, example_of
from storykeep.api.openapi.schemas import create_schemas, parameter_schemas
from storykeep.api.stable import STABLE_FILE
from storykeep.core.endpoints import ENDPOINTS
from storykeep.core.endpoints.row import AnyEndpoint, Price

_SECURITY = "APIKeyHeader"
_TAGS = {
    "Stories": "Stories by id, by address and of an account, and their files",
    "User Profile": "What belongs to an account",
    "Highlights": "Highlights with their stories",
    "Top 5": "What is asked most",
    "/v2/story": "Stories as Instagram has them",
    "/v1/highlight": "Lists of highlights",
    "/v2/highlight": "Lists of highlights, raw",
    "Share": "What share links lead to",
    "Legacy": "What has a successor",
    "System": "The access key's own affairs",
}


def create_openapi(endpoints: Sequence[AnyEndpoint] = ENDPOINTS) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of ``endpoints``; it can be encoded as it is."""
    used = dict.fromkeys(tag for row in endpoints for tag in row.tags)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "storykeep",
            "summary": "A self-hosted Instagram Stories API",
            "description": "Clients of the HikerAPI Stories endpoints work against it unchanged.",
            "license": {"name": "MIT", "identifier": "MIT"},
            "version": __version__,
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag, "description": _TAGS.get(tag, tag)} for tag in used],
        "paths": {row.path: _path_item(row) for row in endpoints}
        | {STABLE_FILE.path: _stable_item(STABLE_FILE)},
        "components": {
            "schemas": create_schemas(endpoints),
            "responses": create_shared(),
            "headers": create_headers(),
            "securitySchemes": {
                _SECURITY: {"type": "apiKey", "in": "header", "name": "x-access-key"}
            },
        },
    }


def price_in_words(price: Price) -> str:
    """Return what a call costs, as a sentence."""
    if not price.nominal:
        return "Free of charge."
    saved = f", {price.base} with force" if price.privacy else ""
    unit = "request units" if price.nominal > 1 else "request unit"
    return f"Costs {price.nominal} {unit}{saved}{price.per}."


def _path_item(row: AnyEndpoint) -> dict[str, Any]:
    get: dict[str, Any] = {
        "tags": list(row.tags),
        "summary": row.summary,
        "description": f"{row.description} {price_in_words(row.price)}",
        "operationId": row.operation_id,
        "security": [{_SECURITY: []}],
        "responses": create_responses(row),
        "x-codeSamples": create_samples(row),
    }
    if row.is_deprecated:
        get["deprecated"] = True
    if parameters := _parameters(row):
        get["parameters"] = parameters
    if row.price.nominal not in (0, 1):
        get["x-reqs-cost"] = row.price.nominal
    if not row.is_download:
        return {"get": get}
    head = {name: part for name, part in get.items() if name != "x-codeSamples"} | {
        "description": f"As GET, without the bytes. {price_in_words(row.price)}",
        "operationId": f"{row.operation_id.removesuffix('_get')}_head",
        "responses": create_head_responses(row),
    }
    return {"get": get, "head": head}


def _stable_item(row: AnyEndpoint) -> dict[str, Any]:
    """Return what is said of stable addresses: they need no key, and a path names the file."""
    file = {
        "name": "file",
        "in": "path",
        "required": True,
        "description": "The SHA-256 of the file, and how names of its type end",
        "schema": {"type": "string", "pattern": "^[0-9a-f]{64}\\.[a-z0-9]{2,5}$"},
        "example": f"{'9f86d081' * 8}.jpg",
    }
    get: dict[str, Any] = {
        "tags": list(row.tags),
        "summary": row.summary,
        "description": f"{row.description} {price_in_words(row.price)}",
        "operationId": "stable_file_get",
        "security": [],
        "parameters": [file, *_parameters(row)],
        "responses": create_stable_responses(),
    }
    head = get | {
        "description": "As GET, without the bytes.",
        "operationId": "stable_file_head",
        "responses": create_stable_responses(is_head=True),
    }
    return {"get": get, "head": head}


def _parameters(row: AnyEndpoint) -> list[dict[str, Any]]:
    schemas, required = parameter_schemas(row)
    found: list[dict[str, Any]] = []
    for name, schema in schemas.items():
        parameter = {"name": name, "in": "query", "required": name in required, "schema": schema}
        parameter["description"] = schema["description"]
        if name in required:
            parameter["example"] = example_of(row, name)
        found.append(parameter)
    return found
