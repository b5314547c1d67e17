"""Ids: pk, pk_userpk, shortcode, username, and the time that a pk carries."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storykeep.core.errors import InvalidValue
from storykeep.core.ids import (
    EPOCH_MS,
    MAX_PK,
    code_from_pk,
    is_made_highlight,
    is_made_user,
    make_highlight_pk,
    make_story_pk,
    make_user_pk,
    ms_from_pk,
    pk_from_code,
    pk_from_ms,
    read_story_id,
    read_user_pk,
    read_username,
)

PKS = st.integers(0, MAX_PK)
DIGITS = st.text("0123456789", min_size=1, max_size=40)
LOW = 2**23 - 1


@given(PKS)
@example(0)
@example(63)
@example(64)
@example(MAX_PK)
def test_a_code_is_its_pk(pk: int) -> None:
    """Pk → code → pk is the same, and no pk needs more than eleven letters."""
    code = code_from_pk(pk)
    assert pk == pk_from_code(code)
    assert len(code) <= 11


@pytest.mark.parametrize(
    ("pk", "code"),
    [
        (3870828041672894129, "DW38ZhqiKax"),
        (0, "A"),
        (63, "_"),
        (62, "-"),
        (64, "BA"),
        (MAX_PK, "H" + "_" * 10),
    ],
)
def test_codes_that_are_known(pk: int, code: str) -> None:
    assert code == code_from_pk(pk)
    assert pk == pk_from_code(code)


def test_what_is_below_zero_is_no_pk() -> None:
    with pytest.raises(InvalidValue, match="Not a pk"):
        code_from_pk(-1)


@given(st.integers(64**10, MAX_PK), st.text("AZaz09-_", max_size=30))
def test_a_private_code_is_longer_and_its_first_eleven_letters_are_the_pk(
    pk: int, rest: str
) -> None:
    assert pk == pk_from_code(code_from_pk(pk) + rest)


@pytest.mark.parametrize(
    "code", ["DW38 hqiKax", "DW38+", "DW38/", "Ä", "DW38=", "٣", "\n", "A\x00"]
)
def test_letters_of_no_code_are_refused(code: str) -> None:
    with pytest.raises(InvalidValue, match="Not a shortcode"):
        pk_from_code(code)


@given(st.text("ABCabc019-_+/ =\n", max_size=60))
def test_whatever_a_code_is_it_is_a_number_or_refused(code: str) -> None:
    try:
        pk = pk_from_code(code)
    except InvalidValue:
        return
    assert 0 <= pk < 64**11


# ------------------------------------------------------------------------------------- PK_USERPK


@given(DIGITS, st.none() | DIGITS)
def test_up_to_forty_digits_are_a_story_id(pk: str, user_pk: str | None) -> None:
    text = pk if user_pk is None else f"{pk}_{user_pk}"
    assert (int(pk), None if user_pk is None else int(user_pk)) == read_story_id(text)


@given(DIGITS)
def test_up_to_forty_digits_are_a_user_id(pk: str) -> None:
    assert int(pk) == read_user_pk(pk)


NO_NUMBERS = (
    *("", " ", "x", "-1", "+1", "1.0", "1e3", "0x10", "1 ", " 1", "1\n", "\n1", "1\x00", "1,2"),
    *("٣", "\uff11\uff12", "²", "Ⅷ", "1" * 41, "1" * 5000, "null", "DW38ZhqiKax", "1/2", "%31"),
)


@pytest.mark.parametrize(
    "text", [*NO_NUMBERS, "1_", "_1", "1_2_3", "1__2", "1_-2", "1_" + "2" * 41]
)
def test_what_is_no_story_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="Not a story id") as caught:
        read_story_id(text)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("text", [*NO_NUMBERS, "1_2"])
def test_what_is_no_user_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="Not a user id"):
        read_user_pk(text)


# --------------------------------------------------------------------------------------- username


@pytest.mark.parametrize(
    ("text", "username"),
    [
        ("natgeo", "natgeo"),
        ("NatGeo", "natgeo"),
        ("@natgeo", "natgeo"),
        ("@NAT.geo_1", "nat.geo_1"),
        ("123", "123"),
        ("_", "_"),
        (".", "."),
        ("a" * 30, "a" * 30),
        ("@" + "A" * 30, "a" * 30),
    ],
)
def test_a_username_is_lower_case_and_without_its_at(text: str, username: str) -> None:
    assert username == read_username(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "@", "@@natgeo", "nat geo", " natgeo", "natgeo\n", "natgeo/", "nat-geo", "a" * 31),
        *("nätgeo", "nat\u212aeo", "nat\x00geo", "natgeo@", "\uff4eatgeo", "\u0131gor", "nat%67eo"),
    ],
)
def test_what_is_no_username_is_refused(text: str) -> None:
    """Also letters that only become ASCII when they are lower-cased."""
    with pytest.raises(InvalidValue, match="Not a username"):
        read_username(text)


@given(st.text(max_size=40))
def test_a_username_that_was_read_is_read_as_itself(text: str) -> None:
    try:
        username = read_username(text)
    except InvalidValue:
        return
    assert username == read_username(username)
    assert username == read_username(f"@{username}")


# ------------------------------------------------------------------------------------------- time


@given(st.integers(EPOCH_MS, EPOCH_MS + 2**40 - 1), st.integers(0))
def test_a_time_makes_a_pk_that_carries_it(ms: int, low: int) -> None:
    pk = pk_from_ms(ms, low)
    assert ms == ms_from_pk(pk)
    assert low & LOW == pk & LOW
    assert 0 <= pk <= MAX_PK


@given(PKS)
def test_a_pk_is_its_time_and_its_low_bits(pk: int) -> None:
    assert pk == pk_from_ms(ms_from_pk(pk), pk & LOW)


@pytest.mark.parametrize(
    ("pk", "taken_at"),
    [
        (3870828041672894129, datetime(2026, 4, 8, 14, 31, 15, tzinfo=UTC)),
        (3776832898280228145, datetime(2025, 11, 29, tzinfo=UTC)),
    ],
)
def test_the_time_of_a_known_story_is_about_when_it_was_taken(pk: int, taken_at: datetime) -> None:
    """Within a minute where the time is known, on the day where only that is."""
    apart = abs(ms_from_pk(pk) / 1000 - taken_at.timestamp())
    assert apart < (60 if taken_at.second else 86_400)


# ------------------------------------------------------------------------------------ made here


def test_a_made_story_pk_carries_the_moment_and_is_always_the_same() -> None:
    made = make_story_pk(1_800_000_000, "acme", "beach.jpg")
    assert 1_800_000_000_000 == ms_from_pk(made)
    assert made == make_story_pk(1_800_000_000, "acme", "beach.jpg")
    others = ((1_800_000_001, "acme", "beach.jpg"), (1_800_000_000, "rival", "beach.jpg"))
    assert made not in [make_story_pk(*other) for other in others]


@given(st.text(max_size=30))
def test_a_made_account_is_told_from_a_real_one(username: str) -> None:
    made = make_user_pk(username)
    assert is_made_user(made)
    assert 0 < made <= MAX_PK
    assert [False] * 4 == [is_made_user(pk) for pk in (0, 4_400_000_001, 10**12, MAX_PK + 1)]


@given(st.text(max_size=30))
def test_a_made_highlight_is_told_from_a_real_one(title: str) -> None:
    made = make_highlight_pk(4_400_000_001, title)
    assert is_made_highlight(made)
    assert not is_made_highlight(17_900_000_000_000_099)
    assert made == make_highlight_pk(4_400_000_001, title)
    assert made not in (make_highlight_pk(4_400_000_002, title), make_highlight_pk(1, f"{title}!"))
