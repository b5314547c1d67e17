"""Addresses: every form that the contract knows is understood, and every other is refused."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storykeep.core.errors import InvalidValue
from storykeep.core.links import StoryLink, is_page_url, read_story_url, read_user_url

PK, USER_PK = 3776832898280228145, 787132
STORY = StoryLink(PK, username="natgeo")
PAGE = f"https://www.instagram.com/stories/natgeo/{PK}/"

DIGITS = st.text("0123456789", min_size=1, max_size=40)
NAMES = st.text("abcxyzABCXYZ0189._", min_size=1, max_size=30)
HOSTS = st.sampled_from(["instagram.com", "www.instagram.com", "m.instagram.com"])
SCHEMES = st.sampled_from(["http", "https"])
TAILS = st.sampled_from(
    ["", "/", "?", "/?igsh=abc", "?utm_source=x&utm_medium=y", "/#top", "/?a=#"]
)

FOREIGN_HOSTS = (
    "evil.test",
    "instagram.com.evil.test",
    "www.instagram.com.evil.test",
    "evilinstagram.com",
    "evil-instagram.com",
    "instagram.com.",
    "www.instagram.com.",
    "instagram.co",
    "instagram.com:8080",
    "instagram.com:0",
    "instagram.com:99999",
    "instagram.com:x",
    "instagram.com:-1",
    "a.www.instagram.com",
    "api.instagram.com",
    "user@instagram.com",
    "user:password@instagram.com",
    "@instagram.com",
    "instagram.com@evil.test",
    "instagram.com:443@evil.test",
    "evil.test\\@instagram.com",
    "evil.test#@instagram.com",
    "evil.test?@instagram.com",
    "evil.test\\.instagram.com",
    "evil.test%00.instagram.com",
    "instagram.com%2eevil.test",
    "instagram%2ecom",
    "instagram\u3002com",
    "\uff49nstagram.com",
    "\u0131nstagram.com",
    "xn--nstagram-qmb.com",
    "127.0.0.1",
    "[::1]",
    "[instagram.com]",
    "[::1]instagram.com",
    "localhost",
    "",
)


# ------------------------------------------------------------------------------------ story pages


@given(SCHEMES, HOSTS, NAMES, DIGITS, TAILS)
def test_a_story_page_names_its_story(
    scheme: str, host: str, name: str, pk: str, tail: str
) -> None:
    """With http or https, three hosts, any query, with and without the last slash."""
    if name == "highlights":
        return
    link = read_story_url(f"{scheme}://{host}/stories/{name}/{pk}{tail}")
    assert StoryLink(int(pk), username=name.lower()) == link


@pytest.mark.parametrize(
    "url",
    [
        PAGE,
        PAGE[:-1],
        f"{PAGE}?utm_source=ig_story_item_share&igsh=MTc=",
        f"HTTPS://WWW.INSTAGRAM.COM/stories/natgeo/{PK}",
        f"https://www.instagram.com:443/stories/natgeo/{PK}/",
        f"http://www.instagram.com:80/stories/NatGeo/{PK}/",
        f"https://instagram.com:/stories/natgeo/{PK}/",
    ],
)
def test_the_same_page_in_other_words(url: str) -> None:
    assert STORY == read_story_url(url)
    assert is_page_url(url)


def test_a_user_may_be_all_digits() -> None:
    link = read_story_url(f"https://www.instagram.com/stories/{USER_PK}/{PK}/")
    assert StoryLink(PK, username=str(USER_PK)) == link


def test_the_seeds_own_number_is_well_formed() -> None:
    """It is beyond every pk that can exist, which is for the caller to find."""
    number = "38708280416728941299"
    assert StoryLink(int(number), username="x") == read_story_url(
        f"https://www.instagram.com/stories/x/{number}"
    )


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_page_of_any_other_host_is_refused(scheme: str, host: str) -> None:
    url = f"{scheme}://{host}/stories/natgeo/{PK}/"
    with pytest.raises(InvalidValue, match="Not an Instagram story address"):
        read_story_url(url)
    assert not is_page_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        " ",
        str(PK),
        "natgeo",
        "https://",
        "https:///",
        "//www.instagram.com/stories/natgeo/1/",
        "www.instagram.com/stories/natgeo/1/",
        "ftp://www.instagram.com/stories/natgeo/1/",
        "javascript://www.instagram.com/stories/natgeo/1/",
        "file:///stories/natgeo/1/",
        "https:/www.instagram.com/stories/natgeo/1/",
        "https:www.instagram.com/stories/natgeo/1/",
        "https:\\\\www.instagram.com\\stories\\natgeo\\1\\",
        f" {PAGE}",
        f"{PAGE} ",
        f"{PAGE}\r\n",
        f"{PAGE}\r\nSet-Cookie: x=1",
        f"{PAGE}\x00",
        "https://www.insta\tgram.com/stories/natgeo/1/",
        "https://www.insta\ngram.com/stories/natgeo/1/",
        "https://www.instagram.com/stories/nat\u0000geo/1/",
        f"{PAGE}?x=ä",
        f"{PAGE}?{'x' * 8192}",
        "https://www.instagram.com/stories/" + "a" * 10_000,
        "https://[www.instagram.com/stories/natgeo/1/",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        read_story_url(url)
    assert len(str(caught.value)) < 200
    assert not is_page_url(url)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/natgeo/",
        "/p/DW38ZhqiKax/",
        "/reel/DW38ZhqiKax/",
        f"/stories/natgeo/{PK}/x",
        f"/stories/natgeo/{PK}//",
        f"/stories//natgeo/{PK}/",
        f"//stories/natgeo/{PK}/",
        f"/stories/natgeo/{PK}x/",
        f"/stories/natgeo/-{PK}/",
        f"/stories/natgeo/{PK}_{USER_PK}/",
        "/stories/natgeo/" + "1" * 41,
        f"/stories/{'a' * 31}/{PK}/",
        f"/stories/nat-geo/{PK}/",
        f"/stories/nat%67eo/{PK}/",
        f"/stories/natgeo/%31{PK}/",
        f"/stories/../stories/natgeo/{PK}/",
        f"/STORIES/natgeo/{PK}/",
        f"/stories/natgeo;x/{PK}/",
        "/stories/highlights/17863059132906126x/",
        "/s/",
        "/s/a/b",
        "/s/" + "a" * 201,
    ],
)
def test_another_page_of_instagram_is_refused(path: str) -> None:
    with pytest.raises(InvalidValue, match="Not a story page"):
        read_story_url(f"https://www.instagram.com{path}")


@pytest.mark.parametrize("path", ["/stories/natgeo", "/stories/natgeo/", "/stories/natgeo?pk=1"])
def test_an_address_without_a_pk_is_refused_with_what_to_send(path: str) -> None:
    with pytest.raises(InvalidValue, match="No story id in the address: send /stories/natgeo/PK/"):
        read_story_url(f"https://www.instagram.com{path}")


@pytest.mark.parametrize("tail", ["", "/", "?igsh=x", "/?igsh=x"])
def test_a_highlight_is_refused_with_where_to_ask(tail: str) -> None:
    url = f"https://www.instagram.com/stories/highlights/17863059132906126{tail}"
    with pytest.raises(InvalidValue, match="ask /v1/highlight/by/url"):
        read_story_url(url)


@given(st.text(max_size=200))
def test_whatever_an_address_is_it_is_read_or_refused(text: str) -> None:
    for url in (text, f"https://www.instagram.com/{text}", f"https://{text}/stories/a/1"):
        try:
            link = read_story_url(url)
        except InvalidValue:
            continue
        assert 0 <= link.pk < 10**40


# ------------------------------------------------------------------------------------ share links


def share_code(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


HIGHLIGHT = share_code("highlight:17863059132906126")


@given(DIGITS, st.none() | DIGITS, st.sampled_from([HIGHLIGHT, "x", "MTc=", "_-"]), HOSTS)
def test_a_share_link_names_its_story(pk: str, user_pk: str | None, code: str, host: str) -> None:
    """PK_USERPK, or PK alone; the code does not matter then."""
    ids = pk if user_pk is None else f"{pk}_{user_pk}"
    expected = StoryLink(int(pk), user_pk=None if user_pk is None else int(user_pk))
    for query in (f"story_media_id={ids}", f"igsh=a&story_media_id={ids}&utm_medium=copy_link"):
        assert expected == read_story_url(f"https://{host}/s/{code}?{query}")
        assert expected == read_story_url(f"https://{host}/s/{code}/?{query}")


def test_of_two_story_ids_the_last_counts() -> None:
    url = f"https://www.instagram.com/s/{HIGHLIGHT}?story_media_id=1_2&story_media_id=3_4"
    assert StoryLink(3, user_pk=4) == read_story_url(url)


@pytest.mark.parametrize("ids", ["x", "1_", "1_2_3", "-1", "1" * 41, "%D9%A3", "1%0A"])
def test_a_share_link_with_something_else_for_an_id_is_refused(ids: str) -> None:
    with pytest.raises(InvalidValue, match="Not a story id"):
        read_story_url(f"https://www.instagram.com/s/{HIGHLIGHT}?story_media_id={ids}")


@pytest.mark.parametrize(
    "code", [HIGHLIGHT, share_code("highlight:1"), share_code("highlight:1").rstrip("=")]
)
@pytest.mark.parametrize("query", ["", "?igsh=x", "?story_media_id="])
def test_a_share_link_of_a_highlight_says_so(code: str, query: str) -> None:
    with pytest.raises(InvalidValue, match="ask /v1/highlight/by/url"):
        read_story_url(f"https://www.instagram.com/s/{code}{query}")


@pytest.mark.parametrize(
    "code", ["x", "MTc", "=", "====", "_-_-", share_code("story:1"), "a" * 200]
)
def test_a_share_link_of_nothing_says_so(code: str) -> None:
    with pytest.raises(InvalidValue, match="has no story_media_id"):
        read_story_url(f"https://www.instagram.com/s/{code}")


# ------------------------------------------------------------------------------- accounts' pages


@pytest.mark.parametrize(
    "url",
    [
        "https://www.instagram.com/Nat.Geo/",
        "http://instagram.com/nat.geo",
        "https://m.instagram.com/nat.geo/?hl=en&igsh=MzE=#top",
        "https://www.instagram.com/stories/nat.geo/3870828041672894129/?x=1",
        "https://www.instagram.com/stories/nat.geo/",
    ],
)
def test_an_account_is_read_off_its_page_and_its_stories(url: str) -> None:
    assert "nat.geo" == read_user_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nat.geo",
        "https://www.instagram.com/",
        "https://www.instagram.com/nat.geo/reels/",
        "https://www.instagram.com/a%20b/",
        "https://www.instagram.com/" + "a" * 31,
        "https://www.instagram.com/explore/",
        "https://www.instagram.com/p/DW38ZhqiKax/",
        "https://www.instagram.com/stories/",
        "https://www.instagram.com.evil.test/nat.geo/",
        "https://user@www.instagram.com/nat.geo/",
        "https://scontent.cdninstagram.com/nat.geo",
    ],
)
def test_what_is_no_page_of_an_account_is_refused(url: str) -> None:
    with pytest.raises(InvalidValue, match=r"send https://www\.instagram\.com/NAME/"):
        read_user_url(url)


def test_a_highlight_says_what_to_ask() -> None:
    with pytest.raises(InvalidValue, match="/v1/highlight/by/url"):
        read_user_url("https://www.instagram.com/stories/highlights/17900000000000001/")
