"""Parameters are read, and complained about, as FastAPI does it: FastAPI is asked too."""

import asyncio
import inspect
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote, quote_from_bytes, quote_plus

import pytest
from fastapi import FastAPI, Query
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Meta, Struct
from msgspec.structs import asdict

from storykeep.api.params import create_parser, read_parameters
from storykeep.core.endpoints import ENDPOINTS, USER_STORIES
from storykeep.core.endpoints.params import ById
from storykeep.core.endpoints.row import AnyEndpoint
from storykeep.core.errors import InvalidParams

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def plain(value: Any) -> Any:
    """Times as microseconds, naive ones as UTC; the rest is JSON already."""
    if not isinstance(value, datetime):
        return value
    aware = value.replace(tzinfo=value.tzinfo or UTC)
    return (aware - EPOCH) // timedelta(microseconds=1)


# ------------------------------------------------------------------------------------ the oracle


def oracle_endpoint(params: type[Struct]) -> Any:
    """A FastAPI endpoint with the parameters of ``params`` that answers what it was given."""

    async def endpoint(**given: Any) -> dict[str, Any]:
        return {name: plain(value) for name, value in given.items()}

    endpoint.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                each.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if each.is_required else each.default,
                annotation=Annotated[
                    each.type | None if each.is_nullable else each.type, Query(ge=each.ge)
                ],
            )
            for each in read_parameters(params)
        ]
    )
    return endpoint


def create_oracle() -> FastAPI:
    app = FastAPI()
    for row in ENDPOINTS:
        app.get(row.path)(oracle_endpoint(row.params_type))
    return app


ORACLE = create_oracle()
PARSERS = {row.path: create_parser(row.params_type) for row in ENDPOINTS}


def fastapi_says(row: AnyEndpoint, query: bytes) -> tuple[int, Any]:
    sent: list[Any] = []
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": row.path,
        "root_path": "",
        "query_string": query,
        "headers": [],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(ORACLE(scope, receive, send))
    start, *rest = sent
    return start["status"], json.loads(b"".join(message["body"] for message in rest))


def we_say(row: AnyEndpoint, query: bytes) -> tuple[int, Any]:
    try:
        params = PARSERS[row.path](query)
    except InvalidParams as error:
        return 422, {"detail": error.problems}
    return 200, {name: plain(value) for name, value in asdict(params).items()}


# --------------------------------------------------------------------------------- known queries

QUERIES = """

user_id=787132
user_id=
user_id
user_id=1&user_id=2
user_id=1&user_id
user_id=1=2
user_id=1;amount=3
&&user_id=1&
=3&user_id=4
user%5Fid=7
USER_ID=7
user_id=a+b%2
user_id=%ff%ed%a0%80%00
user_id=1&nobody=2
amount=-1&force=2&at=x
at=x&force=2&amount=x
user_id=1&amount=3&amount=
user_id=1&amount=x&amount=3
"""

WORDS = {
    "amount": """
        0 3 007 00 -0 -1 -007 -0_1 +5 %2B5 %203%20 %091%0A %C2%A03 %C2%851 %1c1 3%00 - %2B -%203
        1_000 1__000 _1 1_ 0_1 0__1 %2B_1 0_ 0_.0
        1.0 +1.0 1.000 -0.0 -1.0 1_0.0 1.0_0 00.0 0. 1. .0 1.5 1e3 1.0e1 0x10 --3 %2B-3 -%2B3
        %D9%A3 %EF%BC%91 %E2%88%921 inf nan true null 9223372036854775808 99999999999999999999999999
    """,
    "force": """
        on ON oN off t T f F y Y n N yes no true True tRuE false 1 0
        %20true true%20 1.0 2 01 -1 null None +1 %EF%BD%99 %EF%AC%80 o%EF%AC%80
    """,
    "at": """
        2026-04-08T14:31:15Z 2026-04-08t14:31:15z 2026-04-08+14:31:15 2026-04-08_14:31
        2026-04-08x14:31:15 2026-04-08T14 2026-04-08T 2026-04-08 2026-4-8 2026-04-08Z 2026
        2026-04-08T14:31:15.1 2026-04-08T14:31:15,123456789Z 2026-04-08T14:31:15.
        2026-04-08T24:00 2026-04-08T23:59:60 2026-04-08T14:60 2026-04-08T1:00 2026-04-08T143115
        2026-02-30 2026-02-29T00:00 2024-02-29T00:00 2026-13-01 2026-00-01 2026-01-00 2026-04-31
        0001-01-01T00:00 0001-01-01T00:00%2B23:59 9999-12-31T23:59:59.9999999-23:59
        2026-04-08T14:31:15%2B02:00 2026-04-08T14:31:15-0230 2026-04-08T14:31:15%E2%88%9202:00
        2026-04-08T14:31:15+02:00 2026-04-08T14:31:15%2B02 2026-04-08T14:31:15%2B24:00
        2026-04-08T14:31:15%2B14:60 2026-04-08T14:31%2B02:00 2026-04-08T14:31:15Z%20
        20260408 20260408T143115Z 2026-W15-3 xxxxxxxxxx 2026x04-08 2026-0x-01 2026-04x08 2026-04-x1
        %EF%BC%92%EF%BC%90%EF%BC%92%EF%BC%96-04-08 2026-04-%C3%A9 2026-04-081 -2026-01-01 now null 12:30 --5 1_000 1e9 nan . - 0x1
        0 -1 -1.5 %2B5 1. .5 5.0e3 1.E-2 .5e%2B1 .5e 1775658675 1775658675.25 1775658675000 20000000000 20000000001
        -20000000001 253402300800000 -62167219200001 9223372036854775808 99999999999999999999
    """,
}


def known_queries() -> list[str]:
    words = [
        f"user_id=1&{name}={word}"
        for name, listed in WORDS.items()
        for word in ["", *listed.split()]
    ]
    return list(dict.fromkeys([*QUERIES.splitlines(), *words]))


@pytest.mark.parametrize("query", known_queries())
def test_known_queries_are_answered_as_fastapi_answers_them(query: str) -> None:
    raw = query.encode()
    assert fastapi_says(USER_STORIES, raw) == we_say(USER_STORIES, raw)


@pytest.mark.parametrize("word", ["0000-01-01", "9" * 18 + "0", "-62135596800001"])
def test_times_out_of_range_are_refused_as_fastapi_refuses_them(word: str) -> None:
    """In other words, though: pydantic has many for this."""
    query = f"user_id=1&at={word}".encode()
    (theirs, _), (ours, body) = fastapi_says(USER_STORIES, query), we_say(USER_STORIES, query)
    assert theirs == ours
    assert [each["loc"] for each in body["detail"]] == [["query", "at"]]


@pytest.mark.parametrize(
    "word",
    ["9" * 4300, "9" * 4301, "-" + "9" * 4301, "0" * 4301, "9" * 4300 + ".0", "x" * 60_000],
    ids=lambda word: f"{word[:2]}-{word[-2:]}-{len(word)}",
)
def test_endless_numbers_are_answered_as_fastapi_answers_them(word: str) -> None:
    raw = f"user_id=1&amount={word}".encode()
    assert fastapi_says(USER_STORIES, raw) == we_say(USER_STORIES, raw)


@pytest.mark.parametrize("word", ["1" * 60_000 + "x", "0_" * 30_000, "1_" * 30_000])
@pytest.mark.parametrize("name", ["user_id", "amount", "force", "at"])
@pytest.mark.timeout(5)
def test_a_hostile_value_is_read_in_time_linear_in_its_length(name: str, word: str) -> None:
    expected = 200 if name == "user_id" else 422
    status, _ = we_say(USER_STORIES, f"user_id=1&{name}={word}".encode())
    assert expected == status


# ----------------------------------------------------------------------------------- any query


def encodings(text: str) -> st.SearchStrategy[bytes]:
    return st.sampled_from([quote(text).encode(), quote_plus(text).encode(), text.encode()])


def seconds() -> st.SearchStrategy[str]:
    within = st.integers(-(10**10), 10**10)
    return st.one_of(
        st.integers(-(10**14), 10**14).map(str),
        st.builds("{}.{:06}".format, within, st.integers(0, 999_999)),
    )


TEXTS = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.integers().map("{:_}".format),
    st.text("0123456789_.+- ", max_size=8),
    st.sampled_from([word for listed in WORDS.values() for word in listed.split()]),
    st.datetimes().map(datetime.isoformat),
    st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
    st.from_regex(r"\A[0-9]{4}-[01][0-9]-[0-3][0-9]([Tt _][0-2][0-9]:[0-6][0-9])?[Zz]?\Z"),
    st.text("0123456789-:T.Z+ ", min_size=8, max_size=26),
    seconds(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.just(""),
)
VALUES = st.one_of(
    TEXTS.flatmap(encodings),
    st.binary(max_size=6).map(lambda raw: quote_from_bytes(raw).encode()),
    st.binary(max_size=6),
)


def is_ordinary(query: bytes) -> bool:
    """Leave out the year 0 and numbers beyond any clock: both refused, in other words."""
    return b"0000-" not in query and re.search(rb"[0-9]{15}", query) is None


def queries(row: AnyEndpoint) -> st.SearchStrategy[bytes]:
    names = [each.name.encode() for each in read_parameters(row.params_type)]
    name = st.sampled_from([*names, *names, b"other", b""])
    pair = st.one_of(st.builds(b"%s=%s".__mod__, st.tuples(name, VALUES)), name)
    return st.lists(pair, max_size=6).map(b"&".join)


@pytest.mark.parametrize("row", ENDPOINTS, ids=lambda row: row.name)
@given(data=st.data())
def test_any_query_is_answered_as_fastapi_answers_it(row: AnyEndpoint, data: st.DataObject) -> None:
    query = data.draw(queries(row).filter(is_ordinary))
    assert fastapi_says(row, query) == we_say(row, query)


# --------------------------------------------------------------------------------------- ours


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("https://www.instagram.com/stories/natgeo/3776832898280228145/?a=b&c=d+e")
def test_a_text_that_a_client_encoded_arrives_as_it_was(text: str) -> None:
    parse = create_parser(ById)
    assert ById(id=text) == parse(b"id=" + quote(text, safe="").encode())
    assert ById(id=text) == parse(b"id=" + quote_plus(text).encode())


def test_a_bound_that_cannot_be_checked_is_refused_when_the_row_is_compiled() -> None:
    class Bounded(Struct):
        force: Annotated[bool, Meta(ge=0)]

    with pytest.raises(TypeError, match="force: only an integer"):
        create_parser(Bounded)
