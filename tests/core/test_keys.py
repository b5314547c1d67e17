"""Access keys: 256 random bits that are recognised, told apart, and never stored."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storykeep.core.keys import PREFIX, SECRET_BYTES, SHOWN, create_key, digest_of, is_well_formed

ENTROPY = st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES)
KEY = create_key(bytes(range(32)))
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@given(ENTROPY)
def test_a_key_has_a_prefix_and_letters_that_need_no_quoting(entropy: bytes) -> None:
    key = create_key(entropy)
    assert re.fullmatch(r"keep_[0-9A-Za-z]{49}", key)
    assert is_well_formed(key)


@given(ENTROPY, ENTROPY)
def test_other_bits_make_another_key(one: bytes, other: bytes) -> None:
    assert (one == other) == (create_key(one) == create_key(other))


@pytest.mark.parametrize("entropy", [bytes(32), b"\xff" * 32, b"\x00" * 31 + b"\x01"])
def test_the_smallest_and_the_largest_number_fit(entropy: bytes) -> None:
    key = create_key(entropy)
    assert len(KEY) == len(key)
    assert is_well_formed(key)


def test_all_bits_are_in_the_key() -> None:
    """Each of the 256 makes a difference to the secret, not only to the checksum."""
    secrets = {create_key((1 << bit).to_bytes(32))[:-6] for bit in range(256)}
    assert 256 == len(secrets)


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_fewer_or_more_bits_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        create_key(bytes(size))


@given(st.integers(len(PREFIX), len(KEY) - 1), st.sampled_from(LETTERS))
def test_one_mistyped_letter_is_noticed(place: int, letter: str) -> None:
    typed = KEY[:place] + letter + KEY[place + 1 :]
    assert (typed == KEY) == is_well_formed(typed)


@given(st.integers(len(PREFIX), len(KEY) - 2))
def test_two_letters_changed_round_are_noticed(place: int) -> None:
    typed = KEY[:place] + KEY[place + 1] + KEY[place] + KEY[place + 2 :]
    assert (typed == KEY) == is_well_formed(typed)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", PREFIX, KEY[:-1], KEY[1:], KEY + "0", f" {KEY}", f"{KEY}\n", KEY.lower()),
        *("x" * len(KEY), KEY.replace("keep_", "kept_"), "keep_" + "ä" * 49, "\x00" * 54),
    ],
)
def test_what_is_no_key_is_not_well_formed(text: str) -> None:
    assert not is_well_formed(text)


@given(st.text(max_size=80))
def test_whatever_is_sent_is_a_key_or_not(text: str) -> None:
    assert not is_well_formed(text)
    assert not is_well_formed(PREFIX + text)


def test_what_is_stored_is_the_digest() -> None:
    assert hashlib.sha256(KEY.encode()).digest() == digest_of(KEY.encode())


def test_what_is_shown_of_a_key_says_little_of_its_secret() -> None:
    """Of 43 letters of secret the list of keys shows seven."""
    assert 7 == SHOWN - len(PREFIX)
