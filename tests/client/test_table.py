"""The table, both faces and the wire's errors agree."""

import asyncio
import inspect
import logging
from pathlib import Path
from typing import Any

import hikerapi
import pytest

from storykeep.api.errors import body_of, status_of
from storykeep.api.openapi.responses import errors_of_rows
from storykeep.api.params import read_parameters
from storykeep.client import AsyncClient, Client, ClientError, Downloaded, errors
from storykeep.client.answers import Answer, error_of
from storykeep.core.endpoints import ENDPOINTS
from storykeep.core.endpoints.row import AnyEndpoint
from storykeep.core.errors import InvalidParams, StorykeepError
from tests.client.faces import FACES, KEY, call
from tests.client.scripted import Said, http, scripted
from tests.core.test_errors import drawn_tree

CLIENTS = pytest.mark.parametrize("client", [Client, AsyncClient])
ROWS = pytest.mark.parametrize("row", ENDPOINTS, ids=lambda row: row.name)


@CLIENTS
@ROWS
def test_a_method_is_what_its_row_says(row: AnyEndpoint, client: type[Any]) -> None:
    """Name, parameters with types and defaults, what it returns, and its summary."""
    method = getattr(client, row.name)
    told = inspect.signature(method)
    found = [(each.name, each.annotation, each.default) for each in [*told.parameters.values()][1:]]
    expected = [
        (
            each.name,
            each.type | None if each.is_nullable else each.type,
            inspect.Parameter.empty if each.is_required else each.default,
        )
        for each in read_parameters(row.params_type)
        if each.name != "format"  # a file is what a method returns
    ]
    if row.is_download:
        assert ["to", "progress"] == [name for name, *_ in found[1:]]
        found = found[:1]
    assert expected == found
    assert (Downloaded if row.is_download else row.returns) == told.return_annotation
    assert f"{row.summary}." == method.__doc__
    assert (client is AsyncClient) == inspect.iscoroutinefunction(method)


@pytest.mark.parametrize(
    "row",
    [row for row in ENDPOINTS if hasattr(hikerapi.Client, row.name)],
    ids=lambda row: row.name,
)
def test_a_call_written_for_the_vendors_client_fits(row: AnyEndpoint) -> None:
    """Its parameters stand first, in its order, and may be positional as there."""
    told = list(inspect.signature(getattr(hikerapi.Client, row.name)).parameters)
    ours = list(inspect.signature(getattr(Client, row.name)).parameters.values())[: len(told)]
    assert told == [each.name for each in ours]
    assert {inspect.Parameter.POSITIONAL_OR_KEYWORD} == {each.kind for each in ours}


@CLIENTS
def test_a_client_has_no_other_methods(client: type[Any]) -> None:
    own = {name for name in vars(client) if not name.startswith("_")}
    assert {row.name for row in ENDPOINTS} == own - {"close", "aclose"}


def test_both_faces_are_made_of_the_same() -> None:
    told = [inspect.signature(each).parameters for each in (Client, AsyncClient)]
    assert [*told[0]] == [*told[1]]
    defaults = [{k: v.default for k, v in each.items() if k != "sleep"} for each in told]
    assert defaults[0] == defaults[1]


def tree_of(kind: type[ClientError]) -> dict[str, Any]:
    return {child.__name__: tree_of(child) for child in kind.__subclasses__()}


def test_the_errors_are_as_they_are_drawn() -> None:
    drawn = drawn_tree(errors.__doc__ or "")
    assert drawn == {"ClientError": tree_of(ClientError)}


@pytest.mark.parametrize("kind", errors_of_rows(), ids=lambda kind: kind.__name__)
def test_an_error_of_the_wire_is_the_clients_of_that_name(kind: type[StorykeepError]) -> None:
    """What a server's own sources and shelves cannot do is one to its callers: unavailable."""
    error = kind([]) if issubclass(kind, InvalidParams) else kind()
    found = error_of(Answer(status_of(kind), {}), body_of(error))
    expected = getattr(errors, kind.__name__, errors.ServerUnavailable)
    assert type(found) is expected
    assert issubclass(expected, errors.ServerFailed) or expected.__bases__[0].__name__ == (
        kind.__bases__[0].__name__
    )


@FACES
def test_the_key_is_shown_nowhere(face: str, caplog: pytest.LogCaptureFixture) -> None:
    """Not by the client, its errors and what hangs on them, nor in any log."""
    caplog.set_level(logging.DEBUG)
    for said in (
        Said(http(401, b"{}")),
        Said(b"", "close"),
        Said(http(200, b"x", length=9), "close"),
    ):
        with scripted(*[said] * 5) as server, pytest.raises(ClientError) as caught:
            call(face, server.url, "balance_sys")
        error: BaseException | None = caught.value
        while error is not None:
            assert KEY not in f"{error!r} {vars(error)}"
            assert not hasattr(error, "request")
            error = error.__cause__ or error.__context__
    assert caplog.text
    assert KEY not in caplog.text
    with Client("http://127.0.0.1:1", KEY) as client:
        assert "Client('http://127.0.0.1:1')" == repr(client)


@CLIENTS
@pytest.mark.parametrize(
    ("url", "key", "words"),
    [
        ("127.0.0.1:8000", KEY, "base_url"),
        ("ftp://127.0.0.1", KEY, "base_url"),
        ("http://", KEY, "base_url"),
        ("http://127.0.0.1:port", KEY, "base_url"),
        ("http://me:secret@127.0.0.1", KEY, "base_url"),
        ("http://127.0.0.1", "", "key"),
        ("http://127.0.0.1", f"{KEY}\r\nx: y", "key"),
        ("http://127.0.0.1", f"{KEY}é", "key"),
    ],
)
def test_an_address_or_key_that_can_be_none_is_refused(
    client: type[Any], url: str, key: str, words: str
) -> None:
    """At once, and without saying the key."""
    with pytest.raises(ValueError, match=words) as caught:
        client(url, key)
    assert KEY not in str(caught.value)


def test_nothing_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that is set for others is not ours."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    balance = b'{"requests": 7, "rate": 15, "currency": "USD", "amount": 0.0}'
    with scripted(Said(http(200, balance))) as server:
        assert 7 == call("sync", server.url, "balance_sys").requests


def test_a_cancelled_download_leaves_its_part_and_no_file(tmp_path: Path) -> None:
    half = http(200, bytes(1000), length=2000, content_type="image/jpeg", etag='"v1"')
    came = asyncio.Event()

    async def run(url: str) -> None:
        async with AsyncClient(url, KEY) as client:
            task = asyncio.create_task(
                client.story_download_v1("1", tmp_path / "a.jpg", lambda *_: came.set())
            )
            await came.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    with scripted(Said(half, "stall")) as server:
        asyncio.run(run(server.url))
    assert bytes(1000) == (tmp_path / "a.jpg.part").read_bytes()
    assert not (tmp_path / "a.jpg").exists()
