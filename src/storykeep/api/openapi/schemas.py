"""What answers look like, as JSON Schema: msgspec's, with pydantic's manners.

The vendor's document is pydantic's work and programs are generated from it, so property titles
and names are as there.  Unlike there, every property is required: all keys are always sent.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct
from msgspec.json import schema_components

from storykeep.core.endpoints.row import AnyEndpoint, File, extended
from storykeep.core.model import FileDescription, UserShort

Schema = dict[str, Any]


class Error(Struct):
    """What the API says of a request that it worked on."""

    detail: str
    exc_type: str


class GateError(Struct):
    """What the gate says of a request that it did not let in."""

    state: bool
    error: str
    exc_type: str


def reference(name: str) -> Schema:
    """Return the schema that stands for the component ``name``."""
    return {"$ref": f"#/components/schemas/{name}"}


# FastAPI's own two.
_VALIDATION: dict[str, Schema] = {
    "HTTPValidationError": {
        "title": "HTTPValidationError",
        "description": "What is wrong with the parameters.",
        "type": "object",
        "properties": {
            "detail": {"items": reference("ValidationError"), "type": "array", "title": "Detail"}
        },
    },
    "ValidationError": {
        "title": "ValidationError",
        "description": "What is wrong with one parameter.",
        "type": "object",
        "properties": {
            "loc": {
                "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                "type": "array",
                "title": "Location",
            },
            "msg": {"type": "string", "title": "Message"},
            "type": {"type": "string", "title": "Error Type"},
            "input": {"title": "Input"},
            "ctx": {"type": "object", "title": "Context"},
        },
        "required": ["loc", "msg", "type"],
    },
}


def create_schemas(endpoints: Sequence[AnyEndpoint]) -> dict[str, Schema]:
    """Return the component schemas of all that ``endpoints`` answer, by name."""
    types = [each.returns for row in endpoints for each in (row, extended(row))]
    types = [each for each in types if each is not File]
    types += [Error, GateError, FileDescription]
    _, found = schema_components(types, ref_template=reference("{name}")["$ref"])
    for schema in found.values():
        _complete(schema)
    found["GateError"]["properties"]["state"]["const"] = False
    # A text inside a Story, a number where an endpoint answers with users.
    if user := found.get(UserShort.__name__):
        user["properties"]["pk"]["anyOf"] = [{"type": "string"}, {"type": "integer"}]
        del user["properties"]["pk"]["type"]
        user["properties"]["id"]["anyOf"].insert(1, {"type": "integer"})
    return dict(sorted((found | _VALIDATION).items()))


def answer_schema(row: AnyEndpoint) -> Schema:
    """Return the schema of what ``row`` answers."""
    kinds = dict.fromkeys([row.returns, extended(row).returns])
    found, _ = schema_components(kinds, ref_template=reference("{name}")["$ref"])
    schema: Schema = found[0] if len(found) == 1 else {"anyOf": [*found]}
    if schema == {"type": "object"}:
        schema["additionalProperties"] = True
    if "$ref" not in schema:
        schema["title"] = _title_of(f"response_{row.operation_id}")
    return schema


def parameter_schemas(row: AnyEndpoint) -> tuple[dict[str, Schema], list[str]]:
    """Return the schemas of what ``row`` may be asked with, and the names that it must be."""
    _, found = schema_components([row.params_type])
    schema = found[row.params_type.__name__]
    required = schema["required"]
    _complete(schema)
    return schema["properties"], required


def _title_of(name: str) -> str:
    """Return pydantic's title of a name: ``user_id`` → ``User Id``."""
    return name.title().replace("_", " ")


def _complete(schema: Schema) -> None:
    """Add what pydantic would say of an object; all its properties are required."""
    properties = schema.get("properties", {})
    for name, each in properties.items():
        if not any("$ref" in part for part in _parts(each)):
            each["title"] = _title_of(name)
        if each.get("default", ...) is None:
            del each["default"]
        for part in _parts(each):
            if part == {"type": "object"}:
                part["additionalProperties"] = True
    schema["required"] = list(properties)


def _parts(schema: Schema) -> Iterator[Schema]:
    yield schema
    yield from schema.get("anyOf", ())
