"""What is sent is what the OpenAPI document says: status, type, headers, keys."""

import json
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from storykeep.api.openapi import create_openapi
from storykeep.api.stable import STABLE_FILE
from storykeep.core.signing import MEDIA
from tests.api.rig import EMPTY, HIDDEN, PHOTO, PRIVATE, PUBLIC, UNKEPT, VIDEO, Answer, Rig

DOCUMENT = json.loads(msgspec.json.encode(create_openapi()))
OF_ANY_ANSWER = {"content-type", "content-length", "vary"}
"""HTTP's own words, which no document repeats."""

DOWNLOAD = f"/v1/story/download?id={PHOTO}"
PAGE = "https://www.instagram.com/stories/acme"

REQUESTS: dict[str, tuple[int, str, dict[str, str]]] = {
    "a story": (200, f"/v1/story/by/id?id={PHOTO}", {}),
    "a story by its page": (200, f"/v1/story/by/url?url={PAGE}/{PHOTO}/", {}),
    "stories with all stickers": (200, f"/v1/user/stories?user_id={PUBLIC}", {}),
    "no stories": (200, f"/v1/user/stories?user_id={EMPTY}", {}),
    "an account": (200, f"/v1/user/by/id?id={PUBLIC}", {}),
    "a private account by itself": (200, f"/v1/user/by/id?id={PRIVATE}", {}),
    "an unknown account": (404, "/v1/user/by/username?username=nobody", {}),
    "the balance": (200, "/sys/balance", {}),
    "a photo": (200, DOWNLOAD, {}),
    "a video": (200, f"/v1/story/download?id={VIDEO}", {}),
    "a file without its bytes": (200, DOWNLOAD, {"method": "HEAD"}),
    "a file in words": (200, f"{DOWNLOAD}&format=json", {}),
    "a part": (206, DOWNLOAD, {"range": "bytes=0-9"}),
    "a known file": (304, DOWNLOAD, {"if_none_match": "*"}),
    "a known file without its bytes": (304, DOWNLOAD, {"if_none_match": "*", "method": "HEAD"}),
    "no such part": (416, DOWNLOAD, {"range": "bytes=999999999-"}),
    "a bad id": (400, "/v1/story/by/id?id=x", {}),
    "no key": (401, DOWNLOAD, {"key": ""}),
    "no key, without bytes": (401, DOWNLOAD, {"key": "", "method": "HEAD"}),
    "a private account": (403, f"/v1/story/by/id?id={HIDDEN}", {}),
    "an unknown user": (404, "/v1/user/stories?user_id=1", {}),
    "a file that was not kept": (404, f"/v1/story/download?id={UNKEPT}", {}),
    "no parameter": (422, "/v1/user/stories/by/username", {}),
    "several wrong parameters": (422, "/v1/user/stories?amount=-1&force=2&at=x", {}),
}


def resolved(node: dict[str, Any]) -> Any:
    """``node``, or the component that it refers to."""
    if "$ref" not in node:
        return node
    kind, name = node["$ref"].split("/")[-2:]
    return DOCUMENT["components"][kind][name]


def assert_documented(answer: Answer, target: str, method: str = "GET") -> None:
    path = target.partition("?")[0]
    named = STABLE_FILE.path if path.startswith(MEDIA) else path
    operation = DOCUMENT["paths"][named][method.lower()]
    response = resolved(operation["responses"][str(answer.status)])
    content_type = answer.headers.get("content-type")
    sent = set(answer.headers) - OF_ANY_ANSWER
    promised = {name.lower() for name in response["headers"]}
    assert set() == sent - promised
    if answer.status != 200 or content_type != "application/json":  # words have no file's headers
        assert set() == promised - sent - {"retry-after"}
    if method == "HEAD" or not answer.body:
        return
    content = response["content"][content_type]
    if content_type == "application/json":
        schema = content["schema"] | {"components": DOCUMENT["components"]}
        jsonschema_rs.validate(schema, json.loads(answer.body), validate_formats=True)


@pytest.mark.parametrize("name", REQUESTS)
async def test_an_answer_is_as_it_is_documented(rig: Rig, name: str) -> None:
    status, target, how = REQUESTS[name]
    answer = await rig.get(target, **how)
    assert status == answer.status
    assert_documented(answer, target, how.get("method", "GET"))


@pytest.mark.parametrize(
    ("status", "how"),
    [
        (200, {}),
        (200, {"method": "HEAD"}),
        (206, {"range": "bytes=0-9"}),
        (304, {"if_none_match": "*"}),
        (304, {"if_none_match": "*", "method": "HEAD"}),
        (416, {"range": "bytes=999999999-"}),
        (403, {}),
        (403, {"method": "HEAD"}),
    ],
)
async def test_a_stable_address_answers_as_it_is_documented(
    status: int, how: dict[str, str], rig: Rig
) -> None:
    story = (await rig.get(f"/v1/story/by/id?id={PHOTO}&media=stable")).json()
    target = story["thumbnail_url"].removeprefix("http://testserver")
    answer = await rig.get(target[:-1] if status == 403 else target, key="", **how)
    assert status == answer.status
    assert_documented(answer, target, how.get("method", "GET"))


async def test_a_refusal_of_the_gate_is_as_it_is_documented(rig: Rig) -> None:
    target = f"/v1/user/stories?user_id={PUBLIC}"
    _, poor = await rig.create_key(units=1)
    _, slow = await rig.create_key(rate=1)
    await rig.get("/sys/balance", key=slow)
    for status, key in ((402, poor), (429, slow)):
        answer = await rig.get(target, key=key)
        assert status == answer.status
        assert_documented(answer, target)
