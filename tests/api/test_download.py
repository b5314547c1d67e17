"""Which answer a request for a file gets."""

import base64
import hashlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storykeep.api.download import Plan, file_name, plan
from storykeep.api.ranges import MAX_RANGES
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
    raw = [
        (name.replace("_", "-").encode(), value.encode("utf-8")) for name, value in headers.items()
    ]
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
    assert (200, [range(SIZE)]) == (answer.status, answer.body)
    assert DESCRIPTION | {"content-length": str(SIZE)} == told(answer)


def test_head_says_what_get_would_say() -> None:
    answer = planned("HEAD")
    assert (200, ()) == (answer.status, answer.body)
    assert told(planned()) == told(answer)


def test_a_part_says_which() -> None:
    answer = planned(range="bytes=100-199")
    assert (206, [range(100, 200)]) == (answer.status, answer.body)
    expected = {"content-length": "100", "content-range": f"bytes 100-199/{SIZE}"}
    assert DESCRIPTION | expected == told(answer)


def test_a_part_that_does_not_exist_says_how_much_there_is() -> None:
    answer = planned(range=f"bytes={SIZE}-")
    assert (416, ()) == (answer.status, answer.body)
    assert VALIDATORS | {"content-range": f"bytes */{SIZE}", "content-length": "0"} == told(answer)


def test_not_modified_repeats_the_validators_alone() -> None:
    answer = planned(if_none_match=TAG)
    assert (304, ()) == (answer.status, answer.body)
    assert told(answer) == VALIDATORS


WHOLE = range(SIZE)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", range(1)),
        ("bytes=0-", WHOLE),
        ("bytes=5-9", range(5, 10)),
        (f"bytes={SIZE - 1}-", range(SIZE - 1, SIZE)),
        (f"bytes=1000-{2**63 - 1}", range(1000, SIZE)),
        ("bytes=-1", range(SIZE - 1, SIZE)),
        (f"bytes=-{SIZE}", WHOLE),
        (f"bytes=-{2**63 - 1}", WHOLE),
        ("BYTES=1-2", range(1, 3)),
        ("bytes= 1 - 2 ", range(1, 3)),
        ("bytes=5-4,1-2", range(1, 3)),
        (f"bytes=1-2,{SIZE}-", range(1, 3)),
    ],
)
def test_a_range_is_a_part(asked: str, part: range) -> None:
    """RFC 9110, 14.1.2; of several only one may be there."""
    answer = planned(range=asked)
    assert (206, [part]) == (answer.status, answer.body)


@pytest.mark.parametrize(
    "asked",
    [
        f"bytes={SIZE}-",
        f"bytes={SIZE}-{SIZE + 5}",
        f"bytes={SIZE}-,5-4",
        "bytes=-0",
        "bytes=5-4",
        "bytes=-",
        "bytes=a-b",
        "bytes=1-2x",
        "bytes=+1-2",
        "bytes=1--2",
        "bytes=0x1-2",
        "bytes=\u0661-\u0662",
        "bytes=,1-2",
        "bytes=0-1,",
        "bytes=0-1, bytes=5-6",
        f"bytes={2**63}-",
        f"bytes=0-{2**63}",
        f"bytes=0-{'9' * 5000}",
    ],
)
def test_what_lies_outside_or_makes_no_sense_cannot_be_satisfied(asked: str) -> None:
    """RFC 9110, 14.2, lets a server reject an invalid one; nginx does."""
    answer = planned(range=asked)
    assert (416, ()) == (answer.status, answer.body)


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "bytes",
        "bytes=",
        "items=1-2",
        "bytes = 1-2",
        f"bytes=0-{SIZE - 1},0-0",
        "bytes=" + ",".join(["0-0"] * (MAX_RANGES + 1)),
        "bytes=" + ",".join(["0-0"] * 30_000),
    ],
)
def test_a_range_that_is_not_understood_or_asks_too_much_is_ignored(asked: str) -> None:
    """RFC 9110, 14.2: an unknown unit must be; parts that are more than the whole may be."""
    assert planned() == planned(range=asked)


def test_several_parts_are_one_body() -> None:
    """RFC 9110, 14.6."""
    answer = planned(range="bytes=500-509, 0-0,-1")
    tag = FILE.sha256.encode()
    head = b"\r\n--%b\r\ncontent-type: video/mp4\r\ncontent-range: bytes %b/1024\r\n\r\n"
    expected = [
        *(head % (tag, b"500-509"), range(500, 510)),
        *(head % (tag, b"0-0"), range(1)),
        *(head % (tag, b"1023-1023"), range(1023, 1024)),
        b"\r\n--%b--\r\n" % tag,
    ]
    assert (206, expected) == (answer.status, answer.body)
    described = {
        "content-type": f"multipart/byteranges; boundary={FILE.sha256}",
        "content-length": str(sum(map(len, expected))),
    }
    assert DESCRIPTION | described == told(answer)


def test_as_many_parts_as_are_taken_are_sent() -> None:
    answer = planned(range="bytes=" + ",".join(["0-0"] * MAX_RANGES))
    assert answer.status == 206
    assert [range(1)] * MAX_RANGES == [part for part in answer.body if isinstance(part, range)]


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
        ("Wednesday, 08-Apr-26 14:31:15 GMT", 206),
        ("*", 200),
        ("", 200),
    ],
)
def test_a_range_of_another_version_is_answered_with_the_whole(if_range: str, status: int) -> None:
    """RFC 9110, 13.1.5: only a strong tag or the very time says that it is this version."""
    assert status == planned(range="bytes=0-1", if_range=if_range).status
    beyond = planned(range=f"bytes={SIZE}-", if_range=if_range).status
    assert beyond == (416 if status == 206 else 200)


EARLIER, LATER = "Wed, 08 Apr 2026 14:31:14 GMT", "Wed, 08 Apr 2026 14:31:16 GMT"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if_match": TAG}, 200),
        ({"if_match": f'"another", {TAG}'}, 200),
        ({"if_match": " * "}, 200),
        ({"if_match": f"W/{TAG}"}, 412),
        ({"if_match": '"another"'}, 412),
        ({"if_match": ""}, 412),
        ({"if_unmodified_since": MODIFIED}, 200),
        ({"if_unmodified_since": LATER}, 200),
        ({"if_unmodified_since": EARLIER}, 412),
        ({"if_unmodified_since": "yesterday"}, 200),
        ({"if_match": TAG, "if_unmodified_since": EARLIER}, 200),
        ({"if_match": '"another"', "if_none_match": TAG}, 412),
        ({"if_match": '"another"', "range": f"bytes={SIZE}-"}, 412),
        ({"if_match": TAG, "if_none_match": TAG}, 304),
    ],
)
def test_another_version_than_the_one_that_is_meant_is_not_sent(
    method: str, headers: dict[str, str], status: int
) -> None:
    """RFC 9110, 13.1.1, 13.1.4 and 13.2.2: before all other conditions, tags before dates."""
    answer = planned(method, **headers)
    assert status == answer.status
    if status == 412:
        assert VALIDATORS | {"content-length": "0"} == told(answer)
        assert answer.is_free


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
        ({"if_modified_since": f"Wed, 08 Apr {10**20} 14:31:15 GMT"}, 200),
        ({"if_modified_since": f"Wed, 08 Apr 2026 14:31:15 +{10**20}"}, 200),
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
    assert plan("GET", ranges, FILE, TAKEN_AT, NAME).status == 416


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
        slice_ = content[max(0, size - (last or 0)) :]
    else:
        slice_ = content[first:] if last is None else content[first : last + 1]
    assert answer.status == (206 if slice_ else 416)
    if slice_:
        (part,) = answer.body
        assert slice_ == bytes(content[at] for at in part)


header = st.text(st.characters(max_codepoint=255), max_size=40) | st.from_regex(
    r"\A(bytes=)?[-,0-9 ]{0,20}\Z"
)


CONDITIONAL = [
    *("range", "if-range", "if-match", "if-none-match"),
    *("if-modified-since", "if-unmodified-since"),
]


@given(st.sampled_from(["GET", "HEAD"]), st.dictionaries(st.sampled_from(CONDITIONAL), header))
def test_no_header_breaks_it(method: str, headers: dict[str, str]) -> None:
    answer = planned(method, **{name.replace("-", "_"): text for name, text in headers.items()})
    assert answer.status in (200, 206, 304, 412, 416)
    length = dict(answer.headers).get(b"content-length", b"0")
    assert method == "HEAD" or int(length) == sum(map(len, answer.body))


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
