"""The OpenAPI document says what the vendor's says, and the truth."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
import schemathesis
from hikerapi import Client

from storykeep.api.errors import body_of, status_of
from storykeep.api.openapi import create_openapi
from storykeep.api.openapi.responses import known_errors
from storykeep.api.stable import STABLE_FILE
from storykeep.core.endpoints import (
    BALANCE,
    ENDPOINTS,
    HIGHLIGHT_BY_ID,
    USER_MEDIAS_CHUNK,
    USERS_STORIES,
)
from storykeep.core.endpoints.row import AnyEndpoint
from storykeep.core.errors import InvalidParams
from storykeep.core.model import FileDescription, Story

VENDOR = Path(__file__).parents[2].parent / "shared" / "openapi-stories.json"

PROSE = {"description", "summary", "x-codeSamples", "examples", "example"}
"""What has no bearing on programs is worded anew."""

DIFFERENCES = {
    # ---- objects
    **dict.fromkeys(
        [
            "schemas/Hashtag/required",
            "schemas/Highlight/required",
            "schemas/Location/required",
            "schemas/Story/required",
            "schemas/StoryHashtag/required",
            "schemas/StoryLink/required",
            "schemas/StoryLocation/required",
            "schemas/StoryMedia/required",
            "schemas/StoryMention/required",
            "schemas/StorySticker/required",
            "schemas/StoryStickerLink/required",
            "schemas/User/required",
            "schemas/UserShort/required",
        ],
        "all keys are always sent, so a program may rely on each",
    ),
    "schemas/User/properties/pk/*": "a number, always",
    "schemas/ValidationError/properties/ctx": "sent, and documented by newer FastAPIs",
    "schemas/ValidationError/properties/input": "sent, and documented by newer FastAPIs",
    "schemas/Error": "the vendor does not document it",
    "schemas/GateError": "the vendor does not document it",
    "schemas/FileDescription": "ours: what format=json answers",
    "schemas/HighlightPage": "a PageResponse, and items beside it for insto",
    "schemas/Balance": "the vendor promises a mere object",
    "paths/sys/balance/get/responses/200/content/application/json/schema/*": "as schemas/Balance",
    "schemas/ExtendedStory": "ours: what extended=on answers",
    **dict.fromkeys(
        [f"schemas/Story{kind}" for kind in ("Poll", "Question", "Quiz", "Slider", "Countdown")],
        "ours: part of ExtendedStory",
    ),
    "schemas/StoryMusic": "ours: part of ExtendedStory",
    "schemas/Tally": "ours: part of ExtendedStory",
    "schemas/Media/required": "all keys are always sent",
    "schemas/Media/properties/*_*/default": "a story has no caption and no likes",
    "schemas/Media/properties/*/additionalProperties": "always empty: a story is no post",
    "schemas/Media/properties/resources/items/*": "always empty: a story is no post",
    "schemas/Media/properties/coauthor_producers/*": "always empty: a story is no post",
    "schemas/PageResponse/properties/response/additionalProperties": "any object may have them",
    # ---- questions
    "paths/v1/user/stories*/get/parameters/at": "ours, and optional",
    "paths/v2/user/highlights*/get/parameters/page_id": "the vendor's own client sends it",
    "paths/v2/user/highlights*/get/parameters: order": "as the vendor's own client has it",
    "paths/v2/*highlight*/get/parameters/safe_int": "the vendor's own client sends it",
    "paths/v1/story/download*/get/parameters/format": "ours, and optional",
    "paths/v1/users/stories": "ours: the vendor has no call for several accounts",
    "schemas/AccountStories": "ours: what becomes of each of several accounts",
    "paths/v1/*/get/parameters/media": "ours, and optional",
    "paths/v2/*/get/parameters/media": "ours, and optional",
    "paths/v2/user/stories*/get/parameters/at": "ours, and optional",
    "paths/v1/media/by/id": "not in our part of its document",
    "paths/v2/story/by/*/get/parameters/safe_int": "its clients send it",
    "paths/v1/*/get/parameters/extended": "ours, and optional",
    "paths/*/get/parameters/amount/schema/minimum": "a negative amount is refused",
    "paths/v1/user/stories/get/tags": "one client filters by the tag Stories",
    "paths/v1/user/stories/by/username/get/tags": "one client filters by the tag Stories",
    "paths/v1/user/stories/by/username/get/x-reqs-cost": "3 stands in the vendor's price list",
    "paths/v2/user/by/*/get/parameters/safe_int": "the vendor's client sends it here too",
    "paths/v1/user/by/url": "in the vendor's client, not in the part of its document that we have",
    "paths/*/get/required": "no word of OpenAPI",
    "paths/v1/story/download*/head": "downloads answer HEAD",
    # ---- answers
    "paths/v1/story/by/*/200/content/application/json/schema/*": "ExtendedStory too",
    "paths/v1/user/stories*/200/content/application/json/schema/*": "ExtendedStory too",
    "paths/v1/user/medias/chunk/get/responses/200/content/application/json/schema/items": (
        "there are just two"
    ),
    "paths/v1/user/medias/chunk/get/responses/404": "no account is looked up",
    "paths/*/get/responses/200/content/image/*": "a download is a file; the vendor says JSON",
    "paths/*/get/responses/200/content/video/*": "a download is a file; the vendor says JSON",
    "paths/v1/story/download*/200/content/application/json/schema/$ref": "what format=json answers",
    "paths/v1/story/download*/get/responses/206": "a part of a file",
    "paths/v1/story/download*/get/responses/304": "a file that is known already",
    "paths/v1/story/download*/get/responses/412": "another version than was asked for",
    "paths/v1/story/download*/get/responses/416": "no such part of a file",
    "paths/*/get/responses/400": "happens, so it is documented",
    "paths/*/get/responses/401": "happens, so it is documented",
    "paths/*/get/responses/402": "happens, so it is documented",
    "paths/*/get/responses/403": "happens, so it is documented",
    "paths/*/get/responses/429": "happens, so it is documented",
    "paths/*/get/responses/500": "happens, so it is documented",
    "paths/*/get/responses/503": "happens, so it is documented",
    "paths/*/get/responses/504": "happens, so it is documented",
    "paths/*/get/responses/404/content": "the vendor does not document its body",
    "paths/v2/highlight/by/id/get/responses/200/*": "as schemas/HighlightPage",
    "paths/v1/share/by/url/get/responses/200/*": "a Share, as by code",
    "paths/v1/share/*/get/responses/404": "nobody is asked whether it is there",
    "paths/sys/balance/get/responses/404": "there is nothing to be missing",
    "paths/*/get/responses/*/headers": "the vendor sends headers but does not document them",
}
"""Where our document differs from the vendor's, and why."""

"""Of the vendor's, but not in the part of its document that is at hand."""

MISSING = "missing"
DRAFT = "https://json-schema.org/draft/2020-12/schema"


@pytest.fixture(scope="module")
def document() -> Any:
    return json.loads(msgspec.json.encode(create_openapi()))


@pytest.fixture(scope="module")
def vendors() -> Any:
    if not VENDOR.exists():
        pytest.skip(f"the vendor's document is not there: ../shared/{VENDOR.name}")
    return json.loads(VENDOR.read_bytes())


# ------------------------------------------------------------------------------------ the vendor


def comparable(document: Any, schemas: set[str]) -> Any:
    """The parts of ``document`` that both have, with references to responses followed."""
    ours = {row.path for row in ENDPOINTS}
    paths = {}
    for path in ours & document["paths"].keys():
        paths[path.strip("/")] = item = json.loads(json.dumps(document["paths"][path]))
        for operation in item.values():
            if "parameters" in operation:
                named = {each["name"]: each for each in operation["parameters"]}
                operation["parameters"] = named
            for status, response in operation["responses"].items():
                if "$ref" in response:
                    _, _, *names = response["$ref"].split("/")
                    operation["responses"][status] = document["components"][names[0]][names[1]]
    found = document["components"]["schemas"]
    return {
        "schemas": {name: found[name] for name in found if name in schemas},
        "paths": paths,
        "security": document["components"]["securitySchemes"],
    }


def differences(ours: Any, theirs: Any, at: str = "") -> Iterator[str]:
    """Where the two differ; of objects that name things, the order counts."""
    if not (isinstance(ours, dict) and isinstance(theirs, dict)):
        if ours != theirs:
            yield at
        return
    is_naming = at.endswith(("/properties", "/parameters"))
    shared = [name for name in theirs if name in ours]
    if is_naming and shared != list(ours)[: len(shared)]:
        yield f"{at}: order"
    for name in dict.fromkeys([*theirs, *ours]):
        if is_naming or name not in PROSE:
            pair = ours.get(name, MISSING), theirs.get(name, MISSING)
            yield from differences(*pair, at=f"{at}/{name}".strip("/"))


def test_it_differs_from_the_vendors_where_it_says_so_and_nowhere_else(
    document: Any, vendors: Any
) -> None:
    used = set(document["components"]["schemas"])
    found = set(differences(comparable(document, used), comparable(vendors, used)))
    explained = {each for each in found if any(fnmatchcase(each, key) for key in DIFFERENCES)}
    stale = {key for key in DIFFERENCES if not any(fnmatchcase(each, key) for each in found)}
    assert set() == found - explained
    assert set() == stale


def test_what_the_vendor_requires_is_required(document: Any, vendors: Any) -> None:
    for name, schema in vendors["components"]["schemas"].items():
        if mine := document["components"]["schemas"].get(name):
            assert set() == set(schema.get("required", ())) - set(mine.get("required", ()))


# ------------------------------------------------------------------------------------ the truth


def test_it_is_valid_openapi_3_1(document: Any) -> None:
    schemathesis.openapi.from_dict(document).validate()


def test_its_schemas_are_valid_json_schema(document: Any) -> None:
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema | {"$schema": DRAFT})


def test_every_reference_leads_somewhere(document: Any) -> None:
    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if "$ref" in node:
                yield node["$ref"]
            for each in node.values():
                yield from references(each)
        elif isinstance(node, list):
            for each in node:
                yield from references(each)

    for reference in set(references(document)):
        node = document
        for name in reference.removeprefix("#/").split("/"):
            node = node[name]
        assert isinstance(node, dict)


@pytest.mark.parametrize("kind", [Story, FileDescription], ids=lambda kind: kind.__name__)
def test_an_answer_has_exactly_the_keys_that_its_schema_requires(document: Any, kind: Any) -> None:
    schema = document["components"]["schemas"][kind.__name__]
    expected = list(kind.__struct_fields__)
    assert expected == schema["required"]
    assert expected == list(schema["properties"])


@pytest.mark.parametrize("row", ENDPOINTS, ids=lambda row: row.name)
def test_each_error_is_documented_with_the_status_and_the_body_that_it_has(
    document: Any, row: AnyEndpoint
) -> None:
    responses = document["paths"][row.path]["get"]["responses"]
    for kind in known_errors():
        response = responses.get(str(status_of(kind)), {})
        if "$ref" in response:
            response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        example = response.get("content", {}).get("application/json", {})
        example = example.get("examples", {}).get(kind.__name__)
        if example is not None and kind is not InvalidParams:
            assert json.loads(body_of(kind())) == example["value"]


def test_a_stable_address_needs_no_key(document: Any) -> None:
    """It is no row: no client has a method for it, and nothing of the gate can happen."""
    item = document["paths"][STABLE_FILE.path]
    assert {"get", "head"} == set(item)
    for operation in item.values():
        assert [] == operation["security"]
        assert {"file", "sig", "expires"} == {each["name"] for each in operation["parameters"]}
        assert {"401", "402", "429"}.isdisjoint(operation["responses"])
    told = item["get"]["responses"]["403"]["content"]["application/json"]["examples"]
    assert {"SignatureInvalid", "PrivateAccount"} == set(told)


def test_404_names_what_the_row_says_can_be_missing(document: Any) -> None:
    found = {
        row.path: tuple(
            document["paths"][row.path]["get"]["responses"].get(
                "404", {"content": {"application/json": {"examples": {}}}}
            )["content"]["application/json"]["examples"]
        )
        for row in ENDPOINTS
    }
    assert {row.path: row.errors for row in ENDPOINTS} == found


def test_only_a_price_that_is_neither_one_nor_nothing_is_marked(document: Any) -> None:
    found = {
        path: item["get"]["x-reqs-cost"]
        for path, item in document["paths"].items()
        if "x-reqs-cost" in item["get"]
    }
    expected = {
        f"/{version}/user/{what}{by}": price
        for version in ("v1", "v2")
        for what in ("stories", "highlights")
        for by, price in (("", 2), ("/by/username", 3))
    }
    expected["/v1/users/stories"] = 2  # for each account
    assert expected == found


# ---------------------------------------------------------------------------------- its samples


@pytest.mark.parametrize("row", ENDPOINTS, ids=lambda row: row.name)
def test_samples_are_programs_for_the_row(document: Any, row: AnyEndpoint) -> None:
    samples = document["paths"][row.path]["get"]["x-codeSamples"]
    for sample in samples:
        if sample["lang"] == "Python":
            compile(sample["source"], sample["label"], "exec")
        if sample["label"] == "hikerapi":
            assert callable(getattr(Client, row.name))
            assert f"cl.{row.name}(" in sample["source"]
        else:
            assert row.path in sample["source"]
    expected = ["curl", "hikerapi", "requests", "fetch"]
    # The vendor's client has no method for these.
    if row in (BALANCE, HIGHLIGHT_BY_ID, USER_MEDIAS_CHUNK, USERS_STORIES):
        expected.remove("hikerapi")
    assert expected == [sample["label"] for sample in samples]
