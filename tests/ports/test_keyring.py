"""The keyring: keys by the digest of their secret, which is all that is stored of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import structs

from storykeep.core.errors import AccessKeyInvalid, StorageError
from storykeep.core.ports import AccessKey, Entry
from storykeep.core.signing import MediaForm
from tests.making import T0
from tests.ports.adapters import BOOKS, Books, open_books

ONE, TWO, THREE = b"1" * 32, b"2" * 32, b"3" * 32
KEY = AccessKey(0, "first", "keep_1234567", rate=15.0, balance=0, created_at=T0)


@pytest.fixture(params=BOOKS)
async def books(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Books]:
    async with open_books(request.param, tmp_path) as opened:
        yield opened


async def test_an_empty_keyring_has_no_keys(books: Books) -> None:
    assert None is await books.keyring.find(ONE)
    assert [] == [*await books.keyring.list()]


@pytest.mark.parametrize(
    "key",
    [
        KEY,
        structs.replace(KEY, expires_at=T0 + 1),
        structs.replace(KEY, rate=0.5),
        structs.replace(KEY, media="stable"),
        structs.replace(KEY, name=""),
        structs.replace(KEY, name="ä '; --\n"),
    ],
    ids=["plain", "expiring", "slow", "stable", "nameless", "odd"],
)
async def test_a_key_is_found_as_it_was_created(books: Books, key: AccessKey) -> None:
    created = await books.keyring.create(key, ONE)
    assert structs.replace(key, id=created.id) == created
    assert created == await books.keyring.find(ONE)


async def test_a_key_begins_with_nothing_whatever_is_asked_for(books: Books) -> None:
    """Units are posted to the ledger, so that its entries account for all of them."""
    rich = structs.replace(KEY, balance=1000, is_disabled=True, id=77)
    created = await books.keyring.create(rich, ONE)
    assert (0, False) == (created.balance, created.is_disabled)


async def test_a_key_is_found_by_its_whole_digest_only(books: Books) -> None:
    await books.keyring.create(KEY, ONE)
    for digest in (b"", ONE[:-1], ONE + b"1", TWO, b"%", ONE[:-1] + b"\x00"):
        assert None is await books.keyring.find(digest)


async def test_two_keys_cannot_have_one_digest(books: Books) -> None:
    await books.keyring.create(KEY, ONE)
    with pytest.raises(StorageError):
        await books.keyring.create(KEY, ONE)
    assert 1 == len(await books.keyring.list())


async def test_keys_are_listed_oldest_first(books: Books) -> None:
    created = [await books.keyring.create(KEY, digest) for digest in (TWO, ONE, THREE)]
    assert created == [*await books.keyring.list()]
    assert 3 == len({key.id for key in created})


async def test_a_disabled_key_is_found_and_says_so(books: Books) -> None:
    one = await books.keyring.create(KEY, ONE)
    two = await books.keyring.create(KEY, TWO)
    await books.keyring.disable(one.id)
    await books.keyring.disable(one.id)
    assert structs.replace(one, is_disabled=True) == await books.keyring.find(ONE)
    assert two == await books.keyring.find(TWO)


async def test_a_rotated_key_is_the_same_key_with_another_secret(books: Books) -> None:
    """Its name, balance and entries stay."""
    key = await books.keyring.create(KEY, ONE)
    await books.ledger.post(Entry(key.id, "a", 5, "top-up", T0))
    await books.keyring.rotate(key.id, TWO, "keep_abcdefg")
    assert None is await books.keyring.find(ONE)
    rotated = structs.replace(key, prefix="keep_abcdefg", balance=5)
    assert rotated == await books.keyring.find(TWO)
    assert [rotated] == [*await books.keyring.list()]
    assert 1 == len(await books.ledger.entries(key.id, 10))


async def test_a_key_may_be_told_how_its_answers_address_files(books: Books) -> None:
    """Whichever it was; nothing else of it changes, and no other key."""
    one, two = [await books.keyring.create(KEY, digest) for digest in (ONE, TWO)]
    forms: tuple[MediaForm, ...] = ("stable", "stable", "cdn")
    for media in forms:
        await books.keyring.set_media(one.id, media)
        assert structs.replace(one, media=media) == await books.keyring.find(ONE)
        assert two == await books.keyring.find(TWO)


async def test_an_old_secret_may_become_another_keys(books: Books) -> None:
    key = await books.keyring.create(KEY, ONE)
    await books.keyring.rotate(key.id, TWO, "keep_abcdefg")
    other = await books.keyring.create(KEY, ONE)
    assert other == await books.keyring.find(ONE)


async def test_a_disabled_key_stays_so_when_it_is_rotated(books: Books) -> None:
    key = await books.keyring.create(KEY, ONE)
    await books.keyring.disable(key.id)
    await books.keyring.rotate(key.id, TWO, "keep_abcdefg")
    found = await books.keyring.find(TWO)
    assert found is not None
    assert found.is_disabled


async def test_a_key_that_there_is_not_cannot_be_changed(books: Books) -> None:
    key = await books.keyring.create(KEY, ONE)
    with pytest.raises(AccessKeyInvalid, match="no access key 99"):
        await books.keyring.disable(99)
    with pytest.raises(AccessKeyInvalid, match="no access key 99"):
        await books.keyring.rotate(99, TWO, "keep_abcdefg")
    with pytest.raises(AccessKeyInvalid, match="no access key 99"):
        await books.keyring.set_media(99, "stable")
    assert [key] == [*await books.keyring.list()]


async def test_a_key_tells_its_balance_of_now(books: Books) -> None:
    key = await books.keyring.create(KEY, ONE)
    for entry, units in (("a", 10), ("b", -3)):
        await books.ledger.post(Entry(key.id, entry, units, "test", T0))
    found = await books.keyring.find(ONE)
    assert found is not None
    assert 7 == found.balance


@pytest.mark.parametrize(
    ("expires_at", "is_disabled", "now", "is_valid"),
    [
        (None, False, T0, True),
        (None, True, T0, False),
        (T0, False, T0 - 0.001, True),
        (T0, False, T0, False),
        (T0, True, T0 - 1, False),
        (0, False, 0, False),
    ],
)
def test_a_key_is_valid_until_before_it_expires(
    expires_at: int | None, is_disabled: bool, now: float, is_valid: bool
) -> None:
    key = structs.replace(KEY, expires_at=expires_at, is_disabled=is_disabled)
    assert is_valid == key.is_valid(now)
