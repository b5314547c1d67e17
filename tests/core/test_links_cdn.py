"""Addresses of the CDN: a file is what stays the same when its signature changes."""

import base64
import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storykeep.core import links
from storykeep.core.errors import InvalidValue
from storykeep.core.links import CdnFile, is_cdn_host, is_page_url, read_cdn_url, read_expiry

CDN = "https://scontent-lga3-1.cdninstagram.com"


@pytest.mark.parametrize(
    ("url", "file"),
    [
        (f"{CDN}/v/t51/310890533_1622_n.mp4", CdnFile("310890533_1622_n.mp4", None)),
        (f"{CDN}/n.jpg?stp=dst-jpg_e15&oe=69DC0000", CdnFile("n.jpg", None)),
        (
            f"{CDN}/n.jpg?oe=1&ig_cache_key=Mzg3MA%3D%3D.3-ccb7-5",
            CdnFile("n.jpg", "Mzg3MA==.3-ccb7-5"),
        ),
        (f"{CDN}/n.jpg?ig_cache_key=a&ig_cache_key=b", CdnFile("n.jpg", "a")),
        (f"{CDN}/n.jpg?xig_cache_key=a", CdnFile("n.jpg", None)),
        (f"{CDN}/n.jpg?ig_cache_key=", CdnFile("n.jpg", None)),
        (f"{CDN}/n.jpg?ig_cache_key=a+b", CdnFile("n.jpg", "a b")),
        (f"{CDN}/a%20b.jpg", CdnFile("a b.jpg", None)),
        (f"{CDN}/n.jpg#fragment", CdnFile("n.jpg", None)),
        (f"{CDN}/n.jpg?a=[]{{}}|^`", CdnFile("n.jpg", None)),
        (f"{CDN}:443/n.jpg", CdnFile("n.jpg", None)),
        ("https://cdninstagram.com/n.jpg", CdnFile("n.jpg", None)),
        ("https://instagram.fham1-1.fna.fbcdn.net/v/n.jpg", CdnFile("n.jpg", None)),
        ("HTTPS://SCONTENT.CDNINSTAGRAM.COM/v/N.jpg", CdnFile("N.jpg", None)),
    ],
)
def test_a_file_is_its_name_and_its_cache_key(url: str, file: CdnFile) -> None:
    """What changes with the signature does not matter."""
    assert file == read_cdn_url(url)


@pytest.mark.parametrize(
    "host",
    [
        "evil.test",
        "cdninstagram.com.evil.test",
        "evilcdninstagram.com",
        "evil-cdninstagram.com",
        "fbcdn.net.evil.test",
        "evilfbcdn.net",
        "scontent.cdninstagram.com.",
        "scontent.cdninstagram.com:8443",
        "scontent.cdninstagram.com:80",
        "user@scontent.cdninstagram.com",
        "scontent.cdninstagram.com@evil.test",
        "evil.test\\.cdninstagram.com",
        "evil.test/.cdninstagram.com",
        "evil.test?.cdninstagram.com",
        "evil.test#.cdninstagram.com",
        "scontent_1.cdninstagram.com",
        ".cdninstagram.com",
        "a..cdninstagram.com",
        "scontent\u3002cdninstagram.com",
        "scontent.cdn\u0131nstagram.com",
        "169.254.169.254",
        "[::1]",
        "www.instagram.com",
        "",
    ],
)
def test_a_file_of_any_other_host_is_refused(host: str) -> None:
    with pytest.raises(InvalidValue, match="Not a file address of Instagram's CDN"):
        read_cdn_url(f"https://{host}/v/n.jpg")


@pytest.mark.parametrize(
    "url",
    [
        "http://scontent.cdninstagram.com/n.jpg",
        "ftp://scontent.cdninstagram.com/n.jpg",
        "//scontent.cdninstagram.com/n.jpg",
        "scontent.cdninstagram.com/n.jpg",
        "https:scontent.cdninstagram.com/n.jpg",
        f" {CDN}/n.jpg",
        f"{CDN}/n.jpg\r\nHost: evil.test",
        f"{CDN}/n.jpg?\x00",
        f"{CDN}/n\\.jpg",
        f"{CDN}/n.jpg?a=\\",
        f"{CDN}/ü.jpg",
        f"{CDN}/{'n' * 8192}",
        f"{CDN}/n.jpg?{'n' * 8192}",
        "",
    ],
)
def test_what_is_no_https_address_of_the_cdn_is_refused(url: str) -> None:
    with pytest.raises(InvalidValue, match="Not a file address of Instagram's CDN"):
        read_cdn_url(url)


@pytest.mark.parametrize("path", ["", "/", "/v/", "/v/?a=n.jpg", "/%0A", "/a%00.jpg", "/n.jpg/"])
def test_an_address_of_no_file_is_refused(path: str) -> None:
    with pytest.raises(InvalidValue, match="names no file"):
        read_cdn_url(f"{CDN}{path}")


PARTS = st.sampled_from(
    [
        *("https://", "HTTPS://", "http://", "scontent", ".", "-", "cdninstagram.com", "fbcdn.net"),
        *("evil.test", "/", "//", "v", "n.jpg", "n_1.mp4", "?", "&", "=", "ig_cache_key=", "%3D"),
        *("%0A", "%2F", "#", ";", ":", ":443", "@", "+", "~", "..", "[", "]", "(", "!", '"', "'"),
        *("_", "$", "\\", " ", "\n", "ä", "oe=69DC", "ig_cache_key=a+b%20c", "%", "*", "|", "`"),
    ]
)


@given(st.lists(PARTS, max_size=14).map("".join))
def test_the_short_way_to_a_file_decides_as_the_long_one(tail: str) -> None:
    """Most addresses are read by one pattern; without it the answer is the same."""
    for url in (tail, f"{CDN}/{tail}", f"https://{tail}"):
        assert read_the_long_way(url) == read_or_refuse(url)


def read_or_refuse(url: str) -> CdnFile | str:
    try:
        return read_cdn_url(url)
    except InvalidValue as error:
        return str(error)


def read_the_long_way(url: str) -> CdnFile | str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(links, "_PLAIN_CDN_URL", re.compile(r"(?!)"))
        return read_or_refuse(url)


@given(st.text(min_size=1, max_size=50).filter(str.isprintable), st.text(max_size=30))
def test_a_name_comes_back_however_it_was_written(name: str, key: str) -> None:
    url = f"{CDN}/v/{quote(name, safe='')}?ig_cache_key={quote(key, safe='')}&oe=1"
    assert CdnFile(name, key or None) == read_cdn_url(url)


# ------------------------------------------------------------------------------------------ hosts


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("cdninstagram.com", True),
        ("a.cdninstagram.com", True),
        ("a.b.fbcdn.net", True),
        ("xcdninstagram.com", False),
        ("cdninstagram.com.evil.test", False),
        ("fbcdn.net.", False),
        ("", False),
    ],
)
def test_the_cdn_is_known_by_whole_labels(host: str, expected: bool) -> None:
    assert expected == is_cdn_host(host)


def test_a_file_address_is_no_page() -> None:
    assert not is_page_url(f"{CDN}/n.jpg")


@pytest.mark.parametrize(
    ("key", "pk"),
    [
        ("Mzg3MDgyODA0MTY3Mjg5NDEyOQ==.3-ccb7-5", 3870828041672894129),
        ("MzE=.2", 31),
        ("MzE=", 31),
        ("OTIyMzM3MjAzNjg1NDc3NTgwNw==.3", 2**63 - 1),
        ("OTIyMzM3MjAzNjg1NDc3NTgwOA==.3", None),
        ("MA==.3", None),
        ("LTE=.3", None),
        ("MzE.2", None),
        ("M.2", None),
        ("MzE=\n.2", None),
        ("GExOPid9_9kTdj5CAAkmmA47my4RbmNDAQAB1501500j-ccb7-5", None),
        ("ä", None),
        ("", None),
        (None, None),
        ("OTk5" * 2000, None),
    ],
)
def test_a_cache_key_tells_the_story(key: str | None, pk: int | None) -> None:
    """Those of profile pictures tell none."""
    assert pk == CdnFile("n.jpg", key).story_pk


def as_key(data: bytes) -> str:
    return base64.b64encode(data).decode()


@given(st.one_of(st.text(max_size=40), st.binary(max_size=30).map(as_key)))
def test_whatever_a_cache_key_is_it_tells_a_pk_or_none(key: str) -> None:
    pk = CdnFile("n.jpg", key).story_pk
    assert pk is None or 0 < pk < 2**63


@pytest.mark.parametrize(
    ("query", "expires_at"),
    [
        ("oe=69DC0000", 0x69DC0000),
        ("oe=69dc0000", 0x69DC0000),
        ("stp=dst-jpg&oe=69DC0000&_nc_sid=8b3546", 0x69DC0000),
        ("oe=1", 1),
        ("oe=1&oe=2", 1),
        ("oe=", None),
        ("oe=0x1", None),
        ("oe=-1", None),
        ("oe=69DC0000G", None),
        ("oe=169DC00000", None),
        ("xoe=69DC0000", None),
        ("", None),
    ],
)
def test_an_address_says_until_when_it_is_good(query: str, expires_at: int | None) -> None:
    assert expires_at == read_expiry(f"{CDN}/n.jpg?{query}")
