"""The error tree: what is drawn is what there is, and each error has its status and words."""

import re

import pytest

from storykeep.api.errors import STATUS_OF, body_of, status_of
from storykeep.core import errors
from storykeep.core.endpoints.row import CHARGED
from storykeep.core.errors import InvalidParams, RateLimited, SourceError, StorykeepError

Tree = dict[str, "Tree"]

STATUSES = {
    "StorykeepError": 500,
    "Refused": 400,
    "InvalidParams": 422,
    "InvalidValue": 400,
    "AccessKeyInvalid": 401,
    "SignatureInvalid": 403,
    "InsufficientFunds": 402,
    "RateLimited": 429,
    "Absent": 404,
    "UserNotFound": 404,
    "StoryNotFound": 404,
    "HighlightNotFound": 404,
    "MediaNotFound": 404,
    "PrivateAccount": 403,
    "SourceError": 503,
    "SourceUnaware": 503,
    "SourceUnavailable": 503,
    "SourceThrottled": 503,
    "SourceLoginRequired": 503,
    "SourceDrift": 503,
    "SourcesExhausted": 503,
    "SourceTimeout": 504,
    "StorageError": 503,
    "QuotaReached": 503,
}
"""Section 3 of the contract, by name."""


def every(kind: type[StorykeepError]) -> list[type[StorykeepError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in every(child))]


CLASSES = [kind for kind in every(StorykeepError) if kind.__module__ == errors.__name__]


def tree_of(kind: type[StorykeepError]) -> Tree:
    children = [child for child in kind.__subclasses__() if child in CLASSES]
    return {child.__name__: tree_of(child) for child in children}


def drawn_tree(text: str) -> Tree:
    """Read the tree from the module's docstring: the depth of a name is where it stands."""
    root: Tree = {}
    branch = [root]
    for line in text.splitlines():
        match = re.match(r"    ([│├└─ ]*)([A-Z]\w+)( |$)", line)
        if match:
            depth = len(match[1]) // 4
            del branch[depth + 1 :]
            node: Tree = {}
            branch[depth][match[2]] = node
            branch.append(node)
    return root


def make(kind: type[StorykeepError], message: str | None = None) -> StorykeepError:
    return InvalidParams([]) if kind is InvalidParams else kind(message)


def test_the_tree_that_is_drawn_is_the_tree_that_is() -> None:
    """Names, parents and order."""
    drawn = drawn_tree(errors.__doc__ or "")
    expected = {"StorykeepError": tree_of(StorykeepError)}
    assert expected == drawn
    assert str(expected) == str(drawn)


def test_each_error_of_the_module_is_in_the_tree() -> None:
    defined = {value for value in vars(errors).values() if isinstance(value, type)}
    ours = {kind for kind in defined if issubclass(kind, StorykeepError)}
    assert set(CLASSES) == ours


@pytest.mark.parametrize("kind", CLASSES)
def test_each_error_has_its_status(kind: type[StorykeepError]) -> None:
    assert STATUSES[kind.__name__] == status_of(kind)


def test_an_error_of_tomorrow_has_the_status_of_its_parent() -> None:
    class SourceOnHoliday(errors.SourceTimeout):
        """The source is on holiday."""

    assert 504 == status_of(SourceOnHoliday)
    assert "SourceOnHoliday" == SourceOnHoliday().exc_type
    assert "The source is on holiday." == str(SourceOnHoliday())


def test_the_table_of_statuses_knows_no_other_errors() -> None:
    assert set(STATUS_OF) <= set(CLASSES)


def test_what_is_charged_is_what_the_vendor_charges() -> None:
    assert {400, 403, 404} == CHARGED


@pytest.mark.parametrize("kind", CLASSES)
def test_each_error_says_its_docstring_or_what_it_was_told(kind: type[StorykeepError]) -> None:
    default = kind.default_message()
    assert default == str(make(kind))
    assert re.fullmatch(r"[A-Z][^\n]*\.|[A-Z][^\n]*: [^\n]*\.", default)
    if kind is not InvalidParams:
        assert "Something else." == str(make(kind, "Something else."))


@pytest.mark.parametrize("kind", CLASSES)
def test_the_name_on_the_wire_is_the_classs_but_for_values(kind: type[StorykeepError]) -> None:
    is_value = kind.__name__ in ("InvalidParams", "InvalidValue")
    assert ("ValidationError" if is_value else kind.__name__) == make(kind).exc_type


@pytest.mark.parametrize("kind", CLASSES)
def test_an_error_is_told_in_one_of_the_two_shapes(kind: type[StorykeepError]) -> None:
    name, text = make(kind).exc_type, str(make(kind))
    if kind is InvalidParams:
        expected = '{"detail":[]}'
    elif status_of(kind) in (401, 402, 429):
        expected = f'{{"state":false,"error":"{text}","exc_type":"{name}"}}'
    else:
        expected = f'{{"detail":"{text}","exc_type":"{name}"}}'
    assert expected == body_of(make(kind)).decode()


def test_a_refused_rate_says_how_long_to_wait() -> None:
    assert 0.25 == RateLimited(retry_after=0.25).retry_after


@pytest.mark.parametrize("kind", every(SourceError))
def test_a_source_may_say_how_long_to_wait(kind: type[SourceError]) -> None:
    assert kind().retry_after is None
    assert 30 == kind("Later.", retry_after=30).retry_after
