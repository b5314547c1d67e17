"""What hikerapi-mcp makes of our OpenAPI document: a tool of every row that is not hidden from it.

It is in no package registry, so its rules are restated here.  It takes what is asked with GET, is
not deprecated and has none of the tags Legacy and System; it describes a tool by summary and
description, and its arguments by the parameters in query and path.
"""

import re
from typing import Any, NamedTuple

import msgspec
import pytest

from storykeep.api.openapi import create_openapi
from storykeep.core.endpoints import ENDPOINTS

HIDDEN = {"Legacy", "System"}
TYPES = {"string", "integer", "boolean"}


class Tool(NamedTuple):
    """A tool as an assistant sees it."""

    path: str
    description: str
    arguments: dict[str, Any]
    required: set[str]


@pytest.fixture(scope="module")
def tools() -> dict[str, Tool]:
    document = msgspec.json.decode(msgspec.json.encode(create_openapi()))
    found = {}
    for path, item in document["paths"].items():
        asked = item.get("get")
        if asked and not asked.get("deprecated") and HIDDEN.isdisjoint(asked.get("tags", ())):
            parameters = [each for each in asked["parameters"] if each["in"] in {"query", "path"}]
            found[re.sub(r"\W+", "_", f"get{path}").strip("_")] = Tool(
                path,
                "\n\n".join(filter(None, (asked.get("summary"), asked.get("description")))),
                {each["name"]: each["schema"] for each in parameters},
                {each["name"] for each in parameters if each.get("required")},
            )
    return found


def test_every_row_but_those_of_hidden_tags_is_a_tool(tools: dict[str, Tool]) -> None:
    """Beside them, a file by its stable address."""
    shown = {row.path for row in ENDPOINTS if HIDDEN.isdisjoint(row.tags)}
    assert shown == {tool.path for tool in tools.values()} - {"/media/{file}"}
    assert "get_v1_user_stories_by_username" in tools
    assert len(tools) == len(shown) + 1


def test_a_tool_tells_what_it_does_and_what_it_takes(tools: dict[str, Tool]) -> None:
    """Every argument has a type, and where the row demands it, it is required."""
    assert tools
    for name, tool in tools.items():
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name)
        assert 20 < len(tool.description) <= 1024
        for argument, schema in tool.arguments.items():
            kinds = schema.get("anyOf", [schema])
            is_typed = any(each.get("type") in TYPES or "enum" in each for each in kinds)
            assert is_typed, f"{name}: {argument} has no type"
            assert "$ref" not in schema
    assert {"user_id"} == tools["get_v1_user_stories"].required
