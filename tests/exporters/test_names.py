"""What exported files are called, whatever the template and whatever the account."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storykeep.core.errors import InvalidValue
from storykeep.core.media import MediaFile
from storykeep.exporters.names import DEFAULT, name_files, read_template
from tests.making import T0

PK = 3870830000001000003


def test_the_default_sorts_by_time_and_tells_whose_it_is() -> None:
    expected = "acme/2027-01-15_08-00-00_UTC_3870830000001000003"
    assert expected == read_template(DEFAULT)("acme", PK, T0)


@pytest.mark.parametrize(
    "text",
    [
        "", "{username}", "{pk}/{username}", "/{pk}", "../{pk}", "a/../{pk}", "./{pk}", "a//{pk}",
        "{pk}/", "{pk}.", " {pk}", "~/.ssh/{pk}", "C:\\{pk}", "c:{pk}", "{pk}\0", "{pk}\n", "{pk}?",
        "{pk!r}", "{pk:>40}", "{pk.real}", "{pk[0]}", "{}", "{0}", "{user}", "{pk", "pk}", "é{pk}",
        "{pk}" * 20, "x" * 200 + "{pk}", "{username}/" * 30 + "{pk}", ".{pk}", "a./{pk}",
    ],
)  # fmt: skip
def test_a_template_that_is_not_safe_or_not_unique_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        read_template(text)


@pytest.mark.parametrize(
    ("username", "folder"),
    [
        ("acme.wild_1", "acme.wild_1"),
        ("Acme", "acme"),
        ("..", "__"),
        (".", "_"),
        ("../../etc/passwd", "_._.._etc_passwd"),
        ("/root", "_root"),
        ("C:\\windows", "c__windows"),
        ("con", "_con"),
        ("nul.txt", "_nul.txt"),
        ("com1", "_com1"),
        ("a b", "a_b"),
        ("trailing.", "trailing_"),
        ("\u202egnp.exe", "_gnp.exe"),
        ("ﬁle\0", "_le_"),
        ("", "_"),
        (None, "_"),
        ("{pk}", "_pk_"),
        ("%s", "_s"),
        ("~", "_"),
        ("-rf", "-rf"),
        ("x" * 500, "x" * 60),
    ],
)
def test_an_account_may_be_called_anything(username: str | None, folder: str) -> None:
    path = read_template("{username}/{pk}")(username, PK, T0)
    assert f"{folder}/{PK}" == path


@given(st.text(), st.sampled_from([DEFAULT, "{username}_{pk}", "a/{username}.{taken_at}/x {pk}"]))
def test_no_name_leads_elsewhere_or_is_none(username: str, text: str) -> None:
    """On no file system: letters, digits and a few signs, within its bounds, no device's name."""
    path = read_template(text)(username, PK, T0)
    assert path.count("/") == text.count("/")
    for part in path.split("/"):
        assert re.fullmatch(r"[A-Za-z0-9_+=,@()-][A-Za-z0-9 ._+=,@()-]{0,180}", part, re.ASCII)
        assert part[-1] not in ". "
        assert part.partition(".")[0] not in ("con", "prn", "aux", "nul", "com1", "lpt1")


def make_file(letter: str, size: int, content_type: str = "image/jpeg") -> MediaFile:
    return MediaFile(letter * 64, content_type, size)


def test_the_largest_file_of_each_type_has_the_plain_name() -> None:
    large, small = make_file("a", 9), make_file("b", 5)
    film, odd = make_file("c", 1, "video/mp4"), make_file("d", 1, "image/../../x")
    assert {large: "s.jpg", small: "s_bbbbbbbbbbbb.jpg", film: "s.mp4", odd: "s.bin"} == name_files(
        "s", [large, small, film, odd]
    )


def test_of_two_largest_none_has_the_plain_name() -> None:
    """One of them may come later: a name never means another file than before of that size."""
    assert {"s_aaaaaaaaaaaa.jpg", "s_bbbbbbbbbbbb.jpg"} == {
        *name_files("s", [make_file("a", 9), make_file("b", 9)]).values()
    }


def test_an_ending_that_is_none_is_bin() -> None:
    assert ["s.bin"] == [*name_files("s", [make_file("a", 9, "application/x-éxe")]).values()]
