"""The document: the table row by row, in the vendor's names."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from storykeep import __version__
from storykeep.api.openapi.responses import (
    create_head_responses,
    create_headers,
    create_responses,
    create_shared,
)
from storykeep.api.openapi.samples import EXAMPLES, create_samples
from storykeep.api.openapi.schemas import create_schemas, title_of
from storykeep.api.params import Parameter, read_parameters
from storykeep.core.endpoints import ENDPOINTS, Endpoint, Price

_SECURITY = "APIKeyHeader"
_TAGS = {
    "Stories": "Stories by id, by address and of an account, and their files",
    "User Profile": "What belongs to an account",
    "System": "The access key's own affairs",
}
_TYPES: dict[type, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    datetime: {"type": "string", "format": "date-time"},
}


def create_openapi(endpoints: Sequence[Endpoint] = ENDPOINTS) -> dict[str, Any]:
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
        "paths": {row.path: _path_item(row) for row in endpoints},
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
    return f"Costs {price.nominal} request unit{'s' if price.nominal > 1 else ''}{saved}."


def _path_item(row: Endpoint) -> dict[str, Any]:
    get: dict[str, Any] = {
        "tags": list(row.tags),
        "summary": row.summary,
        "description": f"{row.description} {price_in_words(row.price)}",
        "operationId": row.operation_id,
        "security": [{_SECURITY: []}],
        "responses": create_responses(row),
        "x-codeSamples": create_samples(row),
    }
    if parameters := [_parameter(each) for each in read_parameters(row.params)]:
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


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema = dict(_TYPES[parameter.type])
    if parameter.ge is not None:
        schema["minimum"] = parameter.ge
    if parameter.is_nullable:
        schema = {"anyOf": [schema, {"type": "null"}]}
    if parameter.default is not None:
        schema["default"] = parameter.default
    found: dict[str, Any] = {
        "name": parameter.name,
        "in": "query",
        "required": parameter.is_required,
        "schema": schema
        | {"description": parameter.description, "title": title_of(parameter.name)},
        "description": parameter.description,
    }
    if parameter.is_required and parameter.name in EXAMPLES:
        found["example"] = EXAMPLES[parameter.name]
    return found
