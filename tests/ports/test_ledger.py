"""The ledger: a balance is the sum of its entries, and never below zero."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storykeep.core.errors import InsufficientFunds
from storykeep.core.ports import AccessKey, Entry, LedgerLine
from tests.making import T0
from tests.ports.adapters import BOOKS, Books, open_books

WHO, OTHER = 1, 2
"""The ids of the two keys."""


@pytest.fixture(params=BOOKS)
async def books(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Books]:
    async with open_books(request.param, tmp_path) as opened:
        await add_keys(opened)
        yield opened


async def add_keys(books: Books) -> None:
    for digest in (b"1" * 32, b"2" * 32):
        key = AccessKey(0, "test", "keep_1234567", rate=1.0, balance=0, created_at=T0)
        await books.keyring.create(key, digest)


def make_entry(entry: str, units: int, key_id: int = WHO) -> Entry:
    return Entry(key_id, entry, units, "/v1/story/by/id", T0)


async def balance(books: Books, key_id: int = WHO) -> int:
    """Return the balance, which must be the sum of the entries."""
    (key,) = [key for key in await books.keyring.list() if key.id == key_id]
    lines = await books.ledger.entries(key_id, 10_000)
    assert key.balance == sum(line.entry.units for line in lines)
    assert key.balance == (lines[-1].balance if lines else 0)
    return key.balance


async def post_all(books: Books, entries: Sequence[Entry]) -> list[int | None]:
    """Post all at once; None for who could not pay."""

    async def post(entry: Entry) -> int | None:
        try:
            return await books.ledger.post(entry)
        except InsufficientFunds:
            return None

    return await asyncio.gather(*map(post, entries))


async def test_a_key_begins_with_nothing(books: Books) -> None:
    assert 0 == await balance(books)
    assert [] == [*await books.ledger.entries(WHO, 10)]


async def test_a_balance_is_the_sum_of_its_entries(books: Books) -> None:
    assert 100 == await books.ledger.post(make_entry("a", 100))
    assert 97 == await books.ledger.post(make_entry("b", -3))
    assert 98 == await books.ledger.post(make_entry("c", 1))
    assert 98 == await balance(books)
    assert 0 == await balance(books, OTHER)


async def test_entries_are_read_as_they_were_posted_with_the_balance_after_each(
    books: Books,
) -> None:
    """Oldest first, and of those asked for the last."""
    entries = [make_entry("a", 100), make_entry("b", -3), make_entry("c", -7)]
    for entry in entries:
        await books.ledger.post(entry)
    await books.ledger.post(make_entry("a", 5, OTHER))
    lines = [LedgerLine(*pair) for pair in zip(entries, (100, 97, 90), strict=True)]
    assert lines == [*await books.ledger.entries(WHO, 10)]
    assert lines[1:] == [*await books.ledger.entries(WHO, 2)]
    assert [] == [*await books.ledger.entries(WHO, 0)]


async def test_the_last_unit_may_be_spent_and_not_one_more(books: Books) -> None:
    await books.ledger.post(make_entry("a", 2))
    assert 0 == await books.ledger.post(make_entry("b", -2))
    with pytest.raises(InsufficientFunds):
        await books.ledger.post(make_entry("c", -1))
    assert 0 == await balance(books)


async def test_a_refusal_writes_nothing(books: Books) -> None:
    """Afterwards the same entry may be posted, once there is enough."""
    await books.ledger.post(make_entry("a", 2))
    with pytest.raises(InsufficientFunds):
        await books.ledger.post(make_entry("b", -3))
    assert ["a"] == [line.entry.entry for line in await books.ledger.entries(WHO, 10)]
    await books.ledger.post(make_entry("c", 1))
    assert 0 == await books.ledger.post(make_entry("b", -3))


async def test_the_same_entry_twice_changes_nothing(books: Books) -> None:
    await books.ledger.post(make_entry("a", 10))
    assert 7 == await books.ledger.post(make_entry("b", -3))
    assert 7 == await books.ledger.post(make_entry("b", -3))
    assert 7 == await books.ledger.post(make_entry("b", -5))
    assert 7 == await books.ledger.post(make_entry("b", 5))
    assert 7 == await balance(books)


async def test_the_same_entry_twice_at_once_changes_nothing(books: Books) -> None:
    await books.ledger.post(make_entry("a", 10))
    assert [7] * 20 == await post_all(books, [make_entry("b", -3)] * 20)
    assert 7 == await balance(books)


async def test_an_entry_that_was_posted_stays_so_when_the_balance_is_gone(books: Books) -> None:
    """Who asks again about a charge that stands is not told that they cannot pay it."""
    await books.ledger.post(make_entry("a", 3))
    await books.ledger.post(make_entry("b", -3))
    assert 0 == await books.ledger.post(make_entry("b", -3))


async def test_two_keys_may_use_one_entry_name(books: Books) -> None:
    await books.ledger.post(make_entry("a", 10))
    await books.ledger.post(make_entry("a", 20, OTHER))
    assert (10, 20) == (await balance(books), await balance(books, OTHER))


@pytest.mark.parametrize("units", [-1, 0, 1])
async def test_a_key_that_there_is_not_cannot_pay(books: Books, units: int) -> None:
    with pytest.raises(InsufficientFunds):
        await books.ledger.post(make_entry("a", units, 99))
    assert [] == [*await books.ledger.entries(99, 10)]


@pytest.mark.parametrize("entry", ["", "ä☃\x00", "'; DROP TABLE entry; --", "x" * 10_000, "null"])
async def test_any_text_is_the_name_of_an_entry(books: Books, entry: str) -> None:
    posted = Entry(WHO, entry, 1, entry, T0)
    assert 1 == await books.ledger.post(posted)
    assert 1 == await books.ledger.post(posted)
    assert [LedgerLine(posted, 1)] == [*await books.ledger.entries(WHO, 10)]


async def test_large_numbers_are_exact(books: Books) -> None:
    """Also beyond what a float can tell apart."""
    large = 2**62 + 1
    assert large == await books.ledger.post(make_entry("a", large))
    assert large - 1 == await books.ledger.post(make_entry("b", -1))
    assert large - 1 == await balance(books)


@pytest.mark.parametrize("units", [1, 2, 3, 7])
async def test_sixty_four_callers_on_a_thousand_units_get_a_thousand_and_not_one_more(
    books: Books, units: int
) -> None:
    await books.ledger.post(make_entry("top-up", 1000))
    served = []

    async def call(caller: int) -> None:
        for number in range(1000):
            try:
                await books.ledger.post(make_entry(f"{caller}.{number}", -units))
            except InsufficientFunds:
                return
            served.append(units)

    await asyncio.gather(*map(call, range(64)))
    assert 1000 // units * units == sum(served)
    assert 1000 % units == await balance(books)


async def test_callers_who_ask_at_once_each_see_their_own_balance(books: Books) -> None:
    """No two are told the same, and the smallest is what is left."""
    await books.ledger.post(make_entry("top-up", 50))
    answers = await post_all(books, [make_entry(str(n), -1) for n in range(64)])
    paid = [answer for answer in answers if answer is not None]
    assert [*range(50)] == sorted(paid)
    assert 14 == answers.count(None)


@settings(max_examples=30)
@given(
    st.lists(
        st.lists(
            st.builds(
                make_entry,
                st.sampled_from("abcdefgh"),
                st.integers(-5, 5),
                st.sampled_from([WHO, OTHER, 99]),
            ),
            max_size=8,
        ),
        max_size=5,
    )
)
async def test_whatever_is_posted_at_once_or_in_turn_sql_answers_as_the_fake_does(
    batches: list[list[Entry]],
) -> None:
    with TemporaryDirectory(prefix="storykeep-") as folder:
        async with open_books("sqlite", Path(folder)) as sql, open_books("memory", Path()) as fake:
            await add_keys(sql)
            await add_keys(fake)
            for batch in batches:
                assert await post_all(fake, batch) == await post_all(sql, batch)
            for key_id in (WHO, OTHER):
                assert await balance(fake, key_id) == await balance(sql, key_id)
                expected = await fake.ledger.entries(key_id, 100)
                assert expected == await sql.ledger.entries(key_id, 100)
