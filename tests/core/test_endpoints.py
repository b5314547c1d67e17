"""The table: paths, names, prices and parameters are those of the contract."""

from typing import Any, NamedTuple

import msgspec
import pytest
from msgspec import Struct

from storykeep.core.endpoints import (
    BALANCE,
    ENDPOINTS,
    STORY_DOWNLOAD_BY_STORY_URL,
    USER_BY_USERNAME_V2,
    USER_MEDIAS_CHUNK,
    USER_STORIES,
    USER_STORIES_BY_USERNAME,
    USERS_STORIES,
)
from storykeep.core.endpoints.params import UsersStories
from storykeep.core.endpoints.row import AnyEndpoint, File
from storykeep.core.errors import InvalidValue
from storykeep.core.highlight import Highlight, HighlightPage, PageResponse
from storykeep.core.model import AccountStories, Balance, Share, Story, User
from storykeep.core.post import Media

CONTRACT = {
    "/v1/story/by/id": (1, 1, Story, "id media extended"),
    "/v1/story/by/url": (1, 1, Story, "url media extended"),
    "/v1/story/download": (1, 1, File, "id format"),
    "/v1/story/download/by/story/url": (1, 1, File, "url format"),
    "/v1/story/download/by/url": (1, 1, File, "url format"),
    "/v1/user/stories": (2, 1, list[Story], "user_id amount force at media extended"),
    "/v1/user/stories/by/username": (3, 2, list[Story], "username amount force at media extended"),
    "/v1/user/by/username": (1, 1, User, "username"),
    "/v1/user/by/id": (1, 1, User, "id"),
    "/v1/user/by/url": (1, 1, User, "url"),
    "/v2/user/by/username": (1, 1, dict[str, Any], "username safe_int"),
    "/v2/user/by/id": (1, 1, dict[str, Any], "id safe_int"),
    "/v2/story/by/id": (1, 1, dict[str, Any], "id safe_int media"),
    "/v2/story/by/url": (1, 1, dict[str, Any], "url safe_int media"),
    "/v2/user/stories": (2, 1, dict[str, Any], "user_id force safe_int at media"),
    "/v2/user/stories/by/username": (3, 2, dict[str, Any], "username force safe_int at media"),
    "/v1/media/by/id": (1, 1, Media, "id media"),
    "/v1/user/medias/chunk": (1, 1, tuple[list[Media], str | None], "user_id end_cursor"),
    "/v1/user/highlights": (2, 1, list[Highlight], "user_id amount force"),
    "/v1/user/highlights/by/username": (3, 2, list[Highlight], "username amount force"),
    "/v2/user/highlights": (2, 1, PageResponse, "user_id amount page_id force safe_int"),
    "/v2/user/highlights/by/username": (
        3,
        2,
        PageResponse,
        "username amount page_id force safe_int",
    ),
    "/v1/highlight/by/url": (1, 1, Highlight, "url media"),
    "/v1/highlight/by/id": (1, 1, Highlight, "id media"),
    "/v2/highlight/by/id": (1, 1, HighlightPage, "id safe_int media"),
    "/v1/share/by/code": (0, 0, Share, "code"),
    "/v1/share/by/url": (0, 0, Share, "url"),
    "/v1/users/stories": (2, 1, list[AccountStories], "user_ids amount force at media"),
    "/sys/balance": (0, 0, Balance, ""),
}
"""Price, price with ``force``, answer and parameters (ours last)."""

ROWS = pytest.mark.parametrize("row", ENDPOINTS, ids=lambda row: row.path)


class Params(Struct, frozen=True):
    force: bool | None = None


def test_the_endpoints_are_those_of_the_contract() -> None:
    assert [*CONTRACT] == [row.path for row in ENDPOINTS]


@ROWS
def test_a_row_is_that_of_the_contract(row: AnyEndpoint) -> None:
    price, forced, returns, names = CONTRACT[row.path]
    assert price == row.price.nominal
    assert forced == row.price.quote(Params(force=True))
    assert returns == row.returns
    assert names.split() == [field.name for field in msgspec.structs.fields(row.params_type)]


@ROWS
def test_only_who_forces_saves_the_privacy_check(row: AnyEndpoint) -> None:
    for force in (None, False):
        assert row.price.nominal == row.price.quote(Params(force=force))
    assert row.price.nominal - row.price.privacy == row.price.quote(Params(force=True))


@ROWS
def test_a_call_costs_its_quote_whatever_comes_of_it(row: AnyEndpoint) -> None:
    for outcome in (b"[]", ValueError(), None):
        assert row.price.quote(Params(force=True)) == row.price.units(Params(force=True), outcome)


def test_parameters_without_force_cost_the_nominal_price() -> None:
    class Nothing(Struct):
        pass

    assert 2 == USER_STORIES.price.quote(Nothing())


@ROWS
def test_the_names_of_a_row_are_those_of_the_vendors_sdk(row: AnyEndpoint) -> None:
    _, version, *rest = row.path.split("/")
    tail = "_".join(rest)
    assert tail == row.function
    assert f"{tail}_{version}" == row.name
    assert f"{tail}{row.path.replace('/', '_')}_get" == row.operation_id


def test_names_that_clients_know() -> None:
    assert "user_stories_v1_user_stories_get" == USER_STORIES.operation_id
    assert "user_stories_by_username_v1" == USER_STORIES_BY_USERNAME.name
    assert "story_download_by_story_url_v1" == STORY_DOWNLOAD_BY_STORY_URL.name


@ROWS
def test_no_two_rows_share_a_name_or_a_path(row: AnyEndpoint) -> None:
    assert [row.path] == [other.path for other in ENDPOINTS if other.path == row.path]
    assert [row.name] == [other.name for other in ENDPOINTS if other.name == row.name]


@ROWS
def test_every_parameter_is_described_and_every_row_too(row: AnyEndpoint) -> None:
    schema = msgspec.json.schema(row.params_type)
    definition = schema["$defs"][row.params_type.__name__]
    described = {
        name: bool(field.get("description")) for name, field in definition["properties"].items()
    }
    assert dict.fromkeys(described, True) == described
    assert row.summary
    assert row.description.endswith(".")


@ROWS
def test_a_download_is_what_returns_a_file(row: AnyEndpoint) -> None:
    assert ("download" in row.path) == row.is_download


@ROWS
def test_the_two_lists_are_tagged_for_those_who_filter(row: AnyEndpoint) -> None:
    if row.path.startswith("/v1/user/stories"):
        assert ("User Profile", "Stories") == row.tags
    elif row.path.startswith("/v2/user/stories"):
        top = () if row.path.endswith("username") else ("Top 5",)
        assert (*top, "User Profile", "/v2/story") == row.tags
    elif row is USER_BY_USERNAME_V2:
        assert ("Top 5", "User Profile") == row.tags
    elif "/user/highlights" in row.path:
        assert ("User Profile", f"{row.path[:3]}/highlight") == row.tags
    elif "/user/" in row.path:
        assert ("User Profile",) == row.tags
    elif "/highlight/" in row.path or row.returns is Share:
        assert row.tags in (("Highlights",), ("Legacy",), ("Share",))
    else:
        assert (("System",) if row is BALANCE else ("Stories",)) == row.tags


@ROWS
def test_what_can_be_absent_is_an_error_that_there_is(row: AnyEndpoint) -> None:
    from storykeep.core import errors

    kinds = [getattr(errors, name) for name in row.errors]
    assert all(issubclass(kind, errors.Absent) for kind in kinds)
    is_free = not row.price.nominal
    assert (not is_free and row not in (USER_MEDIAS_CHUNK, USERS_STORIES)) == bool(kinds)


def asked_for(*user_ids: object, force: bool | None = None) -> UsersStories:
    return UsersStories(user_ids=",".join(map(str, user_ids)), force=force)


class Outcomes(NamedTuple):
    outcomes: tuple[str, ...]


def test_a_batch_costs_as_many_single_calls_by_what_became_of_each() -> None:
    """At most all of them; what is refused as a whole costs as one call."""
    price, single = USERS_STORIES.price, USER_STORIES.price
    found = Outcomes(("ok", "empty", "private", "not_found", "unavailable"))
    for force in (None, True):
        one = single.quote(asked_for(1, force=force))
        five = asked_for(1, 2, 3, 4, 5, force=force)
        assert 5 * one == price.quote(five)
        assert 4 * one == price.units(five, found)
        assert 2 * one == price.units(five, found, frozenset())
        assert one == price.units(five, InvalidValue())
        assert one == price.quote(asked_for(*range(51), force=force))
        assert one == price.quote(asked_for(" 1 ", 1, force=force))
