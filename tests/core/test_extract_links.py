"""The short way to read a CDN address, which imports live on, agrees with the long one."""

from hypothesis import given
from hypothesis import strategies as st

from storykeep.core.errors import InvalidValue
from storykeep.core.links import CdnFile, read_cdn_url

PARTS = ["a.jpg", "v", "/", "?", "#", "&", "=", "+", "-", "~", ";", ",", "!", "'", "(", "[", "é"]
PARTS += ["%41", "%2F", "%0a", "ig_cache_key=", "oe=69DC0000", "\\", " ", "\x7f", "\n", "..", "@"]


def read(url: str) -> CdnFile | str:
    try:
        return read_cdn_url(url)
    except InvalidValue as refusal:
        return str(refusal)


@given(
    st.sampled_from(["fbcdn.net", "a.cdninstagram.com", "b-1.c.fbcdn.net", "xfbcdn.net"]),
    st.lists(st.sampled_from(PARTS), max_size=12).map("".join),
)
def test_both_ways_agree(host: str, rest: str) -> None:
    """With its port spelled out an address goes the long way, and names the same file."""
    assert read(f"https://{host}:443/{rest}") == read(f"https://{host}/{rest}")
