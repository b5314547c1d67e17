"""Addresses that may not be asked are not, whoever names them: a caller, DNS or a redirect."""

import string
from ipaddress import ip_address

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storykeep.core.errors import InvalidValue, SourceDrift, SourceUnavailable
from storykeep.sources.cdn.fetcher import CdnFetcher
from tests.client.scripted import Said, http, scripted
from tests.sources.cdn.hostile import HOSTILE, REDIRECTS, aimed
from tests.sources.cdn.rig import (
    LARGE,
    PHOTO,
    PUBLIC,
    URL,
    Dialed,
    Names,
    fetched,
    fetcher_at,
    trap,
)

GOOD = Said(http(200, PHOTO, content_type="image/jpeg"))


@pytest.mark.parametrize("what", HOSTILE)
async def test_a_hostile_address_is_refused_before_a_name_is_resolved(what: str) -> None:
    """And nothing is connected to, though every name would be one of loopback."""
    with trap() as server:
        names = Names(["127.0.0.1"])
        with pytest.raises(InvalidValue, match="Not a file address of Instagram's CDN"):
            await fetched(CdnFetcher(resolve=names), aimed(HOSTILE[what], server.port))
        assert [] == names.asked
        assert 0 == server.connections()


def test_there_are_enough_of_them() -> None:
    assert len(set(HOSTILE.values())) == len(HOSTILE) >= 70


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:127.0.0.1",
        "fe80::1%lo",
        "0.0.0.0",
    ],
)
async def test_a_name_of_the_cdn_that_leads_inside_is_not_asked(address: str) -> None:
    """Neither alone nor beside a public address."""
    with trap() as server:
        for answer in ([address], [PUBLIC, address], [address, PUBLIC]):
            dialed = Dialed(f"http://127.0.0.1:{server.port}")
            with pytest.raises(SourceUnavailable, match="not public"):
                await fetched(CdnFetcher(resolve=Names(answer), dial=dialed))
            assert [] == dialed.asked
        assert 0 == server.connections()


async def test_a_name_that_leads_inside_the_next_time_is_not_asked_again() -> None:
    """A new connection looks anew; one that stands goes on to where it went."""
    with scripted(GOOD, Said(GOOD.answer, "close")) as server:
        names = Names([PUBLIC], ["127.0.0.1"])
        fetcher = fetcher_at(server.url, resolve=names)
        for _ in range(2):
            assert PHOTO == b"".join([chunk async for chunk in fetcher.fetch(URL)])
        with pytest.raises(SourceUnavailable, match="not public"):
            await fetched(fetcher)
        assert (2, 2) == (len(names.asked), len(server.asked))
        assert 1 == server.connections


async def test_a_redirect_to_a_name_that_leads_inside_is_not_followed() -> None:
    there = "https://instagram.fham1-1.fna.fbcdn.net/a.jpg"
    with scripted(Said(http(302, location=there))) as server:
        names = Names([PUBLIC], ["127.0.0.1"])
        with pytest.raises(SourceUnavailable, match="not public"):
            await fetched(fetcher_at(server.url, resolve=names))
        assert ["scontent.cdninstagram.com", "instagram.fham1-1.fna.fbcdn.net"] == names.asked
        assert 1 == server.connections


@pytest.mark.parametrize(
    ("what", "status"),
    [*((what, 302) for what in REDIRECTS), *(("loopback", each) for each in (301, 303, 307, 308))],
)
async def test_a_hostile_redirect_is_not_followed(what: str, status: int) -> None:
    with trap() as inside:
        location = aimed(REDIRECTS[what], inside.port)
        answer = f"HTTP/1.1 {status} Go\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
        with scripted(Said(answer.encode("latin-1"))) as server:
            names = Names([PUBLIC])
            with pytest.raises(SourceDrift, match="an address that is not asked"):
                await fetched(fetcher_at(server.url, resolve=names))
            assert (1, 1) == (len(server.asked), len(names.asked))
        assert 0 == inside.connections()


async def test_a_redirect_without_a_place_is_not_understood() -> None:
    with (
        scripted(Said(http(302))) as server,
        pytest.raises(SourceDrift, match="an address that is not asked"),
    ):
        await fetched(fetcher_at(server.url))


async def test_three_redirects_are_followed_to_checked_places() -> None:
    places = ("/b.jpg?x=1", "https://b.fbcdn.net/c.jpg", "HTTPS://C.CDNINSTAGRAM.COM:443/d.jpg#e")
    hops = [Said(http(302, location=place)) for place in places]
    with scripted(*hops, GOOD) as server:
        names = Names([PUBLIC])
        assert PHOTO == await fetched(fetcher_at(server.url, resolve=names))
        assert [
            ("scontent.cdninstagram.com", "/v/n.jpg?oe=FFFFFFFF"),
            ("scontent.cdninstagram.com", "/b.jpg?x=1"),
            ("b.fbcdn.net", "/c.jpg"),
            ("c.cdninstagram.com", "/d.jpg"),
        ] == [(asked.headers["host"], asked.path) for asked in server.asked]


async def test_a_fourth_redirect_and_a_loop_are_not_followed() -> None:
    loop = [Said(http(302, location=URL)) for _ in range(9)]
    chain = [Said(http(302, location=f"/{each}.jpg")) for each in range(9)]
    for hops in (loop, chain):
        with scripted(*hops) as server:
            with pytest.raises(SourceDrift, match="more than 3 times"):
                await fetched(fetcher_at(server.url))
            assert 4 == len(server.asked)


async def test_a_broken_file_is_gone_on_with_where_the_redirects_led() -> None:
    told = {"content_type": "image/jpeg", "etag": '"v1"'}
    half = len(LARGE) // 2
    with scripted(
        Said(http(302, location="https://b.fbcdn.net/c.jpg")),
        Said(http(200, LARGE[:half], length=len(LARGE), **told), "close"),
        Said(http(206, LARGE[half:], content_range=f"bytes {half}-{len(LARGE) - 1}/{len(LARGE)}", **told)),
    ) as server:  # fmt: skip
        assert LARGE == await fetched(fetcher_at(server.url))
        assert ["b.fbcdn.net"] * 2 == [asked.headers["host"] for asked in server.asked[1:]]


# ------------------------------------------------------------------------ the operator's domains


async def test_the_operators_domains_are_asked_too() -> None:
    """Each itself and what lies under it, by the same rules."""
    fetcher_options = {"domains": ("media.example.net",), "resolve": Names([PUBLIC])}
    for host in ("media.example.net", "a.media.example.net", "a.fbcdn.net"):
        with scripted(GOOD) as server:
            url = f"https://{host}/n.jpg"
            assert PHOTO == await fetched(fetcher_at(server.url, **fetcher_options), url)
            assert host == server.asked[0].headers["host"]
    names = Names([PUBLIC])
    for host in ("example.net", "xmedia.example.net", "media.example.net.evil.test"):
        with pytest.raises(InvalidValue):
            await fetched(
                CdnFetcher(("media.example.net",), resolve=names), f"https://{host}/n.jpg"
            )
    assert [] == names.asked


async def test_a_domain_of_the_operator_that_leads_inside_is_not_asked() -> None:
    with trap() as server:
        fetcher = CdnFetcher(
            ("media.example.net",),
            resolve=Names(["192.168.1.5"]),
            dial=Dialed(f"http://127.0.0.1:{server.port}"),
        )
        with pytest.raises(SourceUnavailable, match=r"192\.168\.1\.5, which is not public"):
            await fetched(fetcher, "https://media.example.net/n.jpg")
        assert 0 == server.connections()


async def test_a_punycode_label_under_the_cdn_is_the_cdns_own() -> None:
    """Only who has the domain can make one: it is a name like any other."""
    with scripted(GOOD) as server:
        url = "https://xn--bcher-kva.cdninstagram.com/n.jpg"
        assert PHOTO == await fetched(fetcher_at(server.url), url)
        assert "xn--bcher-kva.cdninstagram.com" == server.asked[0].headers["host"]


async def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with trap() as proxy, scripted(GOOD) as server:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            monkeypatch.setenv(name.upper(), f"http://127.0.0.1:{proxy.port}")
        assert PHOTO == await fetched(fetcher_at(server.url))
        assert 0 == proxy.connections()


# ------------------------------------------------------------------------------------- any text

PARTS = st.sampled_from(
    [
        *("https://", "HTTPS://", "http://", "file://", "//", "/", "\\", "@", ":", ":443", ":80"),
        *("cdninstagram.com", "fbcdn.net", "FBCDN.NET", ".", "..", "scontent", "evil.test", "-"),
        *("127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[", "]", "%", "%2e", "%00", "%40", "xn--"),
        *("?", "#", "a=b", "v/", "n.jpg", " ", "\t", "\r\n", "\x00", "\x7f", "\u3002", "\uff0e"),
        *("\u0131", "user", "pass", ";", ",", "&", "+", "~", "_", "*", "'", "|", "^", "{", "}"),
    ]
)
TEXTS = st.one_of(
    st.lists(PARTS, max_size=12).map("".join),
    st.lists(PARTS, max_size=8).map(lambda parts: "https://" + "".join(parts)),
    st.lists(PARTS, max_size=8).map(lambda parts: "https://a.fbcdn.net" + "".join(parts)),
    st.text(max_size=30).map(lambda text: f"https://{text}.cdninstagram.com/n.jpg"),
    st.text(max_size=30).map(lambda text: f"https://cdninstagram.com{text}/n.jpg"),
)
PLAIN = frozenset(string.ascii_lowercase + string.digits + "-.")


@given(TEXTS)
@example(URL)
@example("https://a.fbcdn.net:443/n.jpg?a=b#c")
@example("https://a.fbcdn.net")
def test_what_passes_is_an_https_address_under_an_allowed_domain(text: str) -> None:
    """By the word of another reader of addresses, which takes host and path for the same."""
    try:
        place = CdnFetcher()._read(text)
    except InvalidValue:
        return
    url = httpx2.URL(text)
    assert ("https", None, b"") == (url.scheme, url.port, url.userinfo)
    assert (place.host, place.target) == (url.host, _sent(text))
    assert set(place.host) <= PLAIN
    assert place.host.split(".")[-2:] in (["cdninstagram", "com"], ["fbcdn", "net"])
    assert "" not in place.host.split(".")
    assert all("!" <= letter <= "~" and letter != "\\" for letter in place.target)
    assert place.target.startswith("/")
    with pytest.raises(ValueError, match="does not appear to be"):
        ip_address(place.host)


def _sent(text: str) -> str:
    """What of an address is sent: all behind the host, but for the fragment."""
    _, _, behind = text.partition("://")
    host_end = min((behind.find(mark) for mark in "/?#" if mark in behind), default=len(behind))
    path, _, query = behind[host_end:].partition("#")[0].partition("?")
    target = f"{path}?{query}" if query else path
    return target if target.startswith("/") else f"/{target}"
