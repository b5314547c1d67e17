"""Stable addresses: what was signed is what is followed, and nothing else is."""

import base64
import hashlib
import hmac
import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from storykeep.core.errors import SignatureInvalid
from storykeep.core.signing import Address, sign, verify

SECRET = b"0123456789abcdef0123456789abcdef"
DIGEST = hashlib.sha256(b"").hexdigest()
NOW = 1_775_660_000

SECRETS = st.binary(min_size=32, max_size=64)
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
EXTENSIONS = st.sampled_from(["jpg", "webp", "png", "mp4", "mov"])
ENDS = st.none() | st.integers(NOW + 1, 10**12 - 1)
PARTS = st.tuples(SECRETS, DIGESTS, EXTENSIONS, ENDS)


def split(address: str) -> tuple[str, bytes]:
    path, _, query = address.partition("?")
    return path, query.encode()


@given(PARTS)
def test_what_was_signed_is_understood(parts: tuple[bytes, str, str, int | None]) -> None:
    secret, digest, extension, end = parts
    path, query = split(sign(*parts))
    assert Address(digest, extension, end) == verify(secret, path, query, NOW)


@given(PARTS)
def test_an_address_needs_no_quoting(parts: tuple[bytes, str, str, int | None]) -> None:
    end = r"(&expires=\d+)?"
    assert re.fullmatch(rf"/media/[0-9a-f]{{64}}\.[a-z0-9]+\?sig=[\w-]{{43}}{end}", sign(*parts))


@given(PARTS, PARTS)
def test_a_change_of_secret_digest_extension_or_end_is_noticed(
    parts: tuple[bytes, str, str, int | None], others: tuple[bytes, str, str, int | None]
) -> None:
    """Of each alone, with the signature as it was."""
    signature = split(sign(*parts))[1].partition(b"&")[0]
    secret, digest, extension, end = parts
    for changed in (
        (others[0], digest, extension, end),
        (secret, others[1], extension, end),
        (secret, digest, others[2], end),
        (secret, digest, extension, others[3]),
    ):
        if changed != parts:
            path = f"/media/{changed[1]}.{changed[2]}"
            asked = b"" if changed[3] is None else b"&expires=%d" % changed[3]
            with pytest.raises(SignatureInvalid):
                verify(changed[0], path, signature + asked, NOW)


@given(st.integers(4, 46), st.characters(min_codepoint=33, max_codepoint=126))
@example(46, "A")
def test_one_other_letter_is_noticed(place: int, letter: str) -> None:
    """Also the last one, of which two bits mean nothing to a decoder."""
    path, query = split(sign(SECRET, DIGEST, "jpg"))
    forged = query[:place] + letter.encode() + query[place + 1 :]
    assume(forged != query)
    with pytest.raises(SignatureInvalid):
        verify(SECRET, path, forged, NOW)


def test_the_signature_is_a_mac_of_the_purpose_the_path_and_the_end() -> None:
    """Whole, and in a form that others can compute."""
    text = f"storykeep media 1\n/media/{DIGEST}.jpg\n1800000000".encode()
    told = base64.urlsafe_b64encode(hmac.digest(SECRET, text, "sha256")).decode().strip("=")
    expected = f"/media/{DIGEST}.jpg?sig={told}&expires=1800000000"
    assert expected == sign(SECRET, DIGEST, "jpg", 1_800_000_000)


def test_an_address_is_good_until_before_its_end() -> None:
    path, query = split(sign(SECRET, DIGEST, "jpg", NOW))
    assert NOW == verify(SECRET, path, query, NOW - 0.001).expires_at
    for late in (NOW, NOW + 1, NOW * 2):
        with pytest.raises(SignatureInvalid, match="expired: ask for the story again"):
            verify(SECRET, path, query, late)


def test_a_forged_end_is_not_called_expired() -> None:
    path, query = split(sign(SECRET, DIGEST, "jpg", NOW - 1))
    forged = query.replace(b"%d" % (NOW - 1), b"%d" % (NOW - 2))
    with pytest.raises(SignatureInvalid, match="signed here"):
        verify(SECRET, path, forged, NOW)


SIG = split(sign(SECRET, DIGEST, "jpg"))[1]


@pytest.mark.parametrize(
    "query",
    [
        b"",
        b"sig=",
        SIG[:-1],
        SIG + b"A",
        SIG + b"=",
        SIG + b"&",
        SIG + b"&expires=",
        SIG + b"&expires=0",
        SIG + b"&expires=never",
        SIG + b"&expires=-1",
        SIG + b"&expires=" + b"9" * 5000,
        SIG + b"&utm_source=x",
        SIG + b"\n",
        b"x=1&" + SIG,
        SIG.upper(),
        SIG.replace(b"sig=", b"%73ig="),
        SIG + b"&" + SIG,
        b"\xff" * 47,
    ],
)
def test_a_query_of_another_form_is_refused(query: bytes) -> None:
    """Else one file would have many addresses, and a cache could be filled with them."""
    with pytest.raises(SignatureInvalid):
        verify(SECRET, f"/media/{DIGEST}.jpg", query, NOW)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/media/",
        f"/media/{DIGEST}",
        f"/media/{DIGEST}.",
        f"/media/{DIGEST}.j",
        f"/media/{DIGEST}.JPG",
        f"/media/{DIGEST}.jpgjpg",
        f"/media/{DIGEST[:-1]}.jpg",
        f"/media/{DIGEST}0.jpg",
        f"/media/{DIGEST.upper()}.jpg",
        f"/media//{DIGEST}.jpg",
        f"/media/{DIGEST}.jpg/",
        f"/media/{DIGEST}.jpg\n",
        f"/media/../{DIGEST}.jpg",
        f"/media/{'٣' * 64}.jpg",
        "/media/" + "a" * 100_000,
    ],
)
def test_a_path_of_another_form_is_refused(path: str) -> None:
    with pytest.raises(SignatureInvalid):
        verify(SECRET, path, SIG, NOW)
