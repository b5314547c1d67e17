"""Which answer a request for a file gets."""

import base64
import hashlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storykeep.api.download import Plan, file_name, plan
from storykeep.core.media import MediaFile

CONTENT = bytes(range(256)) * 4
SIZE = len(CONTENT)
FILE = MediaFile(hashlib.sha256(CONTENT).hexdigest(), "video/mp4", SIZE)
TAKEN_AT = 1_775_658_675
MODIFIED = "Wed, 08 Apr 2026 14:31:15 GMT"
TAG = f'"{FILE.sha256}"'
NAME = "natgeo_3776832898280228145.mp4"


def planned(method: str = "GET", file: MediaFile = FILE, /, **headers: str) -> Plan:
    """Plan for headers written as arguments: ``if_range`` is If-Range."""
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return plan(method, raw, file, TAKEN_AT, NAME)


def told(planned: Plan) -> dict[str, str]:
    headers = {name.decode(): value.decode() for name, value in planned.headers}
    assert len(planned.headers) == len(headers)
    return headers


VALIDATORS = {"etag": TAG, "last-modified": MODIFIED, "cache-control": "private, no-cache"}
DESCRIPTION = VALIDATORS | {
    "content-type": "video/mp4",
    "content-disposition": f'inline; filename="{NAME}"',
    "accept-ranges": "bytes",
    "repr-digest": f"sha-256=:{base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()}:",
    "x-content-type-options": "nosniff",
}


def test_the_whole_is_described_in_full() -> None:
    answer = planned()
    assert (200, range(SIZE)) == (answer.status, answer.part)
    assert DESCRIPTION | {"content-length": str(SIZE)} == told(answer)


def test_head_says_what_get_would_say() -> None:
    answer = planned("HEAD")
    assert (200, range(0)) == (answer.status, answer.part)
    assert told(planned()) == told(answer)


def test_a_part_says_which() -> None:
    answer = planned(range="bytes=100-199")
    assert (206, range(100, 200)) == (answer.status, answer.part)
    expected = {"content-length": "100", "content-range": f"bytes 100-199/{SIZE}"}
    assert DESCRIPTION | expected == told(answer)


def test_a_part_that_does_not_exist_says_how_much_there_is() -> None:
    answer = planned(range=f"bytes={SIZE}-")
    assert (416, range(0)) == (answer.status, answer.part)
    assert VALIDATORS | {"content-range": f"bytes */{SIZE}", "content-length": "0"} == told(answer)


def test_not_modified_repeats_the_validators_alone() -> None:
    answer = planned(if_none_match=TAG)
    assert (304, range(0)) == (answer.status, answer.part)
    assert told(answer) == VALIDATORS


WHOLE = range(SIZE)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", range(1)),
        ("bytes=0-", WHOLE),
        ("bytes=5-9", range(5, 10)),
        (f"bytes={SIZE - 1}-", range(SIZE - 1, SIZE)),
        (f"bytes=1000-{10**30}", range(1000, SIZE)),
        ("bytes=-1", range(SIZE - 1, SIZE)),
        (f"bytes=-{SIZE}", WHOLE),
        (f"bytes=-{10**30}", WHOLE),
        ("BYTES=1-2", range(1, 3)),
        ("bytes= 1-2 ", range(1, 3)),
        ("bytes=,1-2, ,", range(1, 3)),
        (f"bytes={SIZE}-", None),
        (f"bytes={10**30}-", None),
        (f"bytes={SIZE}-{SIZE + 5}", None),
        ("bytes=-0", None),
    ],
)
def test_a_range_is_a_part_or_cannot_be_satisfied(asked: str, part: range | None) -> None:
    """RFC 9110, 14.1.2 and 15.5.17."""
    answer = planned(range=asked)
    assert (416 if part is None else 206) == answer.status
    assert list(part or ()) == list(answer.part)


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=5-4",
        "bytes=a-b",
        "bytes=1-2x",
        "bytes=+1-2",
        "bytes=1 -2",
        "bytes=1--2",
        "bytes=0x1-2",
        "bytes=\u0661-\u0662",
        "items=1-2",
        "bytes = 1-2",
        "bytes=0-1,5-6",
        "bytes=0-1, bytes=5-6",
        f"bytes=0-{'9' * 5000}",
    ],
)
def test_a_range_that_makes_no_sense_or_is_several_is_ignored(asked: str) -> None:
    """RFC 9110, 14.2: an invalid one must be, and several may be."""
    assert planned() == planned(range=asked)


def test_a_range_is_for_get_alone() -> None:
    assert planned("HEAD") == planned("HEAD", range="bytes=0-1")


@pytest.mark.parametrize(
    ("if_range", "status"),
    [
        (TAG, 206),
        (MODIFIED, 206),
        ('"another"', 200),
        (f"W/{TAG}", 200),
        (TAG.strip('"'), 200),
        ("Wed, 08 Apr 2026 14:31:16 GMT", 200),
        ("Wednesday, 08-Apr-26 14:31:15 GMT", 200),
        ("*", 200),
        ("", 200),
    ],
)
def test_a_range_of_another_version_is_answered_with_the_whole(if_range: str, status: int) -> None:
    """RFC 9110, 13.1.5: only a strong tag or the very date says that it is this version."""
    assert status == planned(range="bytes=0-1", if_range=if_range).status
    beyond = planned(range=f"bytes={SIZE}-", if_range=if_range).status
    assert beyond == (416 if status == 206 else 200)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if_none_match": TAG}, 304),
        ({"if_none_match": f"W/{TAG}"}, 304),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": f'"a, b", W/"c",{TAG}'}, 304),
        ({"if_none_match": f'"a{TAG}'}, 200),
        ({"if_none_match": TAG.strip('"')}, 200),
        ({"if_none_match": '"*"'}, 200),
        ({"if_none_match": ""}, 200),
        ({"if_modified_since": MODIFIED}, 304),
        ({"if_modified_since": "Wed, 08 Apr 2026 14:31:16 GMT"}, 304),
        ({"if_modified_since": "Wed, 08 Apr 2026 14:31:14 GMT"}, 200),
        ({"if_modified_since": "Wednesday, 08-Apr-26 14:31:15 GMT"}, 304),
        ({"if_modified_since": "Wednesday, 08-Apr-26 14:31:14 GMT"}, 200),
        ({"if_modified_since": "Wed Apr  8 14:31:15 2026"}, 304),
        ({"if_modified_since": "Wed Apr  8 14:31:14 2026"}, 200),
        ({"if_modified_since": "yesterday"}, 200),
        ({"if_modified_since": ""}, 200),
        ({"if_modified_since": "Wed, 08 Apr 99999 14:31:15 GMT"}, 200),
        ({"if_none_match": '"another"', "if_modified_since": MODIFIED}, 200),
        ({"if_none_match": TAG, "if_modified_since": "Wed, 08 Apr 2020 14:31:15 GMT"}, 304),
        ({"if_none_match": TAG, "range": "bytes=0-1"}, 304),
        ({"if_none_match": TAG, "range": f"bytes={SIZE}-"}, 304),
    ],
)
def test_what_the_client_has_already_is_not_sent(
    method: str, headers: dict[str, str], status: int
) -> None:
    """RFC 9110, 13.2.2: tags before dates, and both before ranges."""
    assert status == planned(method, **headers).status


def test_a_repeated_header_is_one_list() -> None:
    tags = [(b"if-none-match", b'"a"'), (b"if-none-match", TAG.encode())]
    assert plan("GET", tags, FILE, TAKEN_AT, NAME).status == 304
    ranges = [(b"range", b"bytes=0-1"), (b"range", b"bytes=5-6")]
    assert planned() == plan("GET", ranges, FILE, TAKEN_AT, NAME)


number = st.integers(0, 3000)


@given(size=st.integers(0, 2000), first=st.none() | number, last=st.none() | number)
@example(size=0, first=0, last=0)
@example(size=0, first=None, last=1)
def test_a_range_is_the_slice_that_the_rfc_means(
    size: int, first: int | None, last: int | None
) -> None:
    content = bytes(index % 251 for index in range(size))
    file = MediaFile("0" * 64, "image/jpeg", size)
    text = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    answer = planned("GET", file, range=text)
    if first is None:
        is_valid, slice_ = last is not None, content[max(0, size - (last or 0)) :]
    else:
        is_valid = last is None or last >= first
        slice_ = content[first:] if last is None else content[first : last + 1]
    assert answer.status == (200 if not is_valid else 206 if slice_ else 416)
    assert (slice_ if is_valid else content) == bytes(content[at] for at in answer.part)


header = st.text(st.characters(max_codepoint=255), max_size=40) | st.from_regex(
    r"\A(bytes=)?[-,0-9 ]{0,20}\Z"
)


@given(st.sampled_from(["GET", "HEAD"]), header, header, header, header)
def test_no_header_breaks_it(method: str, one: str, two: str, three: str, four: str) -> None:
    names = (b"range", b"if-range", b"if-none-match", b"if-modified-since")
    values = (text.encode("latin-1") for text in (one, two, three, four))
    answer = plan(method, zip(names, values, strict=True), FILE, TAKEN_AT, NAME)
    assert answer.status in (200, 206, 304, 416)
    length = dict(answer.headers).get(b"content-length", b"0")
    assert method == "HEAD" or int(length) == len(answer.part)


@pytest.mark.parametrize(
    ("username", "name"),
    [
        ("nat.geo_1", "nat.geo_1_5.mp4"),
        (None, "5.mp4"),
        ("", "5.mp4"),
        ('a"b\r\nx: y/../é', "a_b__x__y_..___5.mp4"),
    ],
)
def test_a_file_name_needs_no_quoting(username: str | None, name: str) -> None:
    assert name == file_name(username, 5, FILE)
