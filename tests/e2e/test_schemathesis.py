"""The OpenAPI document is true of the server: schemathesis asks, with a key, and compares."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from msgspec import json as wire
from schemathesis.specs.openapi.checks import positive_data_acceptance

from storykeep.api.openapi import create_openapi
from tests.server import Server, create_key, serving

DOCUMENT = json.loads(wire.encode(create_openapi()))

# schemathesis writes the members of a tuple in an older way, which it then refuses to read.
READABLE = deepcopy(DOCUMENT)
CHUNK = READABLE["paths"]["/v1/user/medias/chunk"]["get"]["responses"]["200"]
del CHUNK["content"]["application/json"]["schema"]["prefixItems"]
del CHUNK["content"]["application/json"]["schema"]["items"]
schema = schemathesis.openapi.from_dict(READABLE)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("schema") / "data") as started:
        yield started


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    return create_key(server.data)


def test_the_document_is_the_one_that_is_served(server: Server) -> None:
    assert httpx2.get(f"{server.url}/openapi.json", trust_env=False).json() == DOCUMENT


@schema.parametrize()
@settings(max_examples=60, suppress_health_check=[*HealthCheck])
def test_what_is_documented_is_what_is_answered(
    case: schemathesis.Case[Any], server: Server, key: str
) -> None:
    """No 5xx, no undocumented status, type or body, for whatever is asked.

    That what fits the schema is served is not claimed: any text is a string, as in the vendor's
    document, and one that is no id or address is a 400.
    """
    case.call_and_validate(
        base_url=server.url,
        headers={"x-access-key": key},
        excluded_checks=[positive_data_acceptance],
    )
