"""The calls, as flows: which row is asked, and when it is asked again."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from msgspec import to_builtins

from storykeep.client.answers import MOST_JSON, OK, Answer, error_of, result_of
from storykeep.client.download import Download, Downloaded, Progress
from storykeep.client.effects import Do, Flow, Send, Wait, body_of
from storykeep.client.errors import ClientError
from storykeep.client.part import Part
from storykeep.client.retries import Retries
from storykeep.core import endpoints as rows
from storykeep.core.endpoints import Endpoint
from storykeep.core.highlight import Highlight, HighlightPage, PageResponse
from storykeep.core.model import AccountStories, Balance, Share, Story, User
from storykeep.core.post import Media
from storykeep.core.signing import MediaForm

T = TypeVar("T")


RawDocument = dict[str, Any]
"""As Instagram told it."""


class Calls:
    """The flow of every row of the table, under the name that the vendor's SDK gives it."""

    def __init__(self, retries: Retries, random: Callable[[], float]) -> None:
        """``random`` returns numbers from 0 to 1."""
        self._retries = retries
        self._random = random

    def story_by_id_v1(
        self, id: str, *, media: MediaForm | None = None, extended: bool | None = None
    ) -> Flow[Story]:
        """Get story object by id."""
        return self._ask(_as(rows.STORY_BY_ID, extended), extended=extended, id=id, media=media)

    def story_by_url_v1(
        self, url: str, *, media: MediaForm | None = None, extended: bool | None = None
    ) -> Flow[Story]:
        """Get story object by url."""
        return self._ask(_as(rows.STORY_BY_URL, extended), extended=extended, url=url, media=media)

    def story_download_v1(
        self, id: str, to: str | Path, progress: Progress | None = None
    ) -> Flow[Downloaded]:
        """Download story media by story id."""
        return self._download(rows.STORY_DOWNLOAD, to, progress, id=id)

    def story_download_by_story_url_v1(
        self, url: str, to: str | Path, progress: Progress | None = None
    ) -> Flow[Downloaded]:
        """Download story file by story URL."""
        return self._download(rows.STORY_DOWNLOAD_BY_STORY_URL, to, progress, url=url)

    def story_download_by_url_v1(
        self, url: str, to: str | Path, progress: Progress | None = None
    ) -> Flow[Downloaded]:
        """Download story file by file URL."""
        return self._download(rows.STORY_DOWNLOAD_BY_URL, to, progress, url=url)

    def user_stories_v1(
        self,
        user_id: str,
        amount: int = 0,
        force: bool | None = None,  # noqa: FBT001 - where the vendor's method has it
        *,
        at: datetime | None = None,
        media: MediaForm | None = None,
        extended: bool | None = None,
    ) -> Flow[list[Story]]:
        """Get user stories."""
        params = {"user_id": user_id, "amount": amount, "force": force, "at": at, "media": media}
        params["extended"] = extended
        return self._ask(_as(rows.USER_STORIES, extended), **params)

    def user_stories_by_username_v1(
        self,
        username: str,
        amount: int = 0,
        force: bool | None = None,  # noqa: FBT001 - where the vendor's method has it
        *,
        at: datetime | None = None,
        media: MediaForm | None = None,
        extended: bool | None = None,
    ) -> Flow[list[Story]]:
        """Get user stories by username."""
        params = {"username": username, "amount": amount, "force": force, "at": at, "media": media}
        params["extended"] = extended
        return self._ask(_as(rows.USER_STORIES_BY_USERNAME, extended), **params)

    def users_stories_v1(
        self,
        user_ids: str,
        amount: int = 0,
        force: bool | None = None,  # noqa: FBT001 - as with one user
        at: datetime | None = None,
        media: MediaForm | None = None,
    ) -> Flow[list[AccountStories]]:
        """Get stories of several users."""
        params = {"user_ids": user_ids, "amount": amount, "force": force, "at": at, "media": media}
        return self._ask(rows.USERS_STORIES, **params)

    def user_by_username_v1(self, username: str) -> Flow[User]:
        """Get user object by username."""
        return self._ask(rows.USER_BY_USERNAME, username=username)

    def user_by_id_v1(self, id: str) -> Flow[User]:
        """Get user object by id."""
        return self._ask(rows.USER_BY_ID, id=id)

    def user_by_url_v1(self, url: str) -> Flow[User]:
        """Get user object by url."""
        return self._ask(rows.USER_BY_URL, url=url)

    def user_by_username_v2(self, username: str, safe_int: bool | None = None) -> Flow[RawDocument]:  # noqa: FBT001
        """Get user object by username."""
        return self._ask(rows.USER_BY_USERNAME_V2, username=username, safe_int=safe_int)

    def user_by_id_v2(self, id: str, safe_int: bool | None = None) -> Flow[RawDocument]:  # noqa: FBT001
        """Get user object by id."""
        return self._ask(rows.USER_BY_ID_V2, id=id, safe_int=safe_int)

    def story_by_id_v2(
        self,
        id: str,
        safe_int: bool | None = None,  # noqa: FBT001 - where the vendor's method has it
        *,
        media: MediaForm | None = None,
    ) -> Flow[RawDocument]:
        """Get raw story by id."""
        return self._ask(rows.STORY_BY_ID_RAW, id=id, safe_int=safe_int, media=media)

    def story_by_url_v2(
        self,
        url: str,
        safe_int: bool | None = None,  # noqa: FBT001 - where the vendor's method has it
        *,
        media: MediaForm | None = None,
    ) -> Flow[RawDocument]:
        """Get raw story by url."""
        return self._ask(rows.STORY_BY_URL_RAW, url=url, safe_int=safe_int, media=media)

    def user_stories_v2(
        self,
        user_id: str,
        force: bool | None = None,  # noqa: FBT001 - where the vendor's method has it
        safe_int: bool | None = None,  # noqa: FBT001 - as force
        *,
        at: datetime | None = None,
        media: MediaForm | None = None,
    ) -> Flow[RawDocument]:
        """Get raw user stories."""
        params = {"force": force, "safe_int": safe_int, "at": at, "media": media}
        return self._ask(rows.USER_STORIES_RAW, user_id=user_id, **params)

    def user_stories_by_username_v2(
        self,
        username: str,
        force: bool | None = None,  # noqa: FBT001 - where the vendor's method has it
        safe_int: bool | None = None,  # noqa: FBT001 - as force
        *,
        at: datetime | None = None,
        media: MediaForm | None = None,
    ) -> Flow[RawDocument]:
        """Get raw user stories by username."""
        params = {"force": force, "safe_int": safe_int, "at": at, "media": media}
        return self._ask(rows.USER_STORIES_BY_USERNAME_RAW, username=username, **params)

    def media_by_id_v1(self, id: str, *, media: MediaForm | None = None) -> Flow[Media]:
        """Get media object by id."""
        return self._ask(rows.MEDIA_BY_ID, id=id, media=media)

    def user_medias_chunk_v1(
        self, user_id: str, end_cursor: str | None = None
    ) -> Flow[tuple[list[Media], str | None]]:
        """Get part of user medias with cursor."""
        return self._ask(rows.USER_MEDIAS_CHUNK, user_id=user_id, end_cursor=end_cursor)

    def user_highlights_v1(
        self,
        user_id: str,
        amount: int = 0,
        force: bool | None = None,  # noqa: FBT001 - where the vendor's method has it
    ) -> Flow[list[Highlight]]:
        """Get user highlights."""
        return self._ask(rows.USER_HIGHLIGHTS, user_id=user_id, amount=amount, force=force)

    def user_highlights_by_username_v1(
        self,
        username: str,
        amount: int = 0,
        force: bool | None = None,  # noqa: FBT001 - where the vendor's method has it
    ) -> Flow[list[Highlight]]:
        """Get user highlights by username."""
        return self._ask(
            rows.USER_HIGHLIGHTS_BY_USERNAME, username=username, amount=amount, force=force
        )

    def user_highlights_v2(
        self,
        user_id: str,
        amount: int = 20,
        page_id: str | None = None,
        force: bool | None = None,  # noqa: FBT001 - where the vendor's method has it
        safe_int: bool | None = None,  # noqa: FBT001 - as force
    ) -> Flow[PageResponse]:
        """Get user highlights as Instagram has them."""
        params = {"amount": amount, "page_id": page_id, "force": force, "safe_int": safe_int}
        return self._ask(rows.USER_HIGHLIGHTS_PAGE, user_id=user_id, **params)

    def user_highlights_by_username_v2(
        self,
        username: str,
        amount: int = 20,
        page_id: str | None = None,
        force: bool | None = None,  # noqa: FBT001 - where the vendor's method has it
        safe_int: bool | None = None,  # noqa: FBT001 - as force
    ) -> Flow[PageResponse]:
        """Get user highlights as Instagram has them by username."""
        params = {"amount": amount, "page_id": page_id, "force": force, "safe_int": safe_int}
        return self._ask(rows.USER_HIGHLIGHTS_PAGE_BY_USERNAME, username=username, **params)

    def highlight_by_url_v1(self, url: str) -> Flow[Highlight]:
        """Get highlight object by url."""
        return self._ask(rows.HIGHLIGHT_BY_URL, url=url)

    def highlight_by_id_v1(self, id: str) -> Flow[Highlight]:
        """Get highlight object by id."""
        return self._ask(rows.HIGHLIGHT_BY_ID, id=id)

    def highlight_by_id_v2(self, id: str, safe_int: bool | None = None) -> Flow[HighlightPage]:  # noqa: FBT001
        """Get highlight as Instagram has it by id."""
        return self._ask(rows.HIGHLIGHT_REEL_BY_ID, id=id, safe_int=safe_int)

    def share_by_code_v1(self, code: str) -> Flow[Share]:
        """Get what a share code leads to."""
        return self._ask(rows.SHARE_BY_CODE, code=code)

    def share_by_url_v1(self, url: str) -> Flow[Share]:
        """Get what a share link leads to."""
        return self._ask(rows.SHARE_BY_URL, url=url)

    def balance_sys(self) -> Flow[Balance]:
        """Get balance."""
        return self._ask(rows.BALANCE)

    def _ask(self, row: Endpoint, **params: Any) -> Flow[Any]:
        return self._tried(partial(_fetch, Send(row.path, _query_of(row, params)), row.returns))

    def _download(
        self, row: Endpoint, to: str | Path, progress: Progress | None, **params: Any
    ) -> Flow[Downloaded]:
        part: Part = yield Do(partial(Part, Path(to)))
        try:
            download = Download(Send(row.path, _query_of(row, params)), part, progress)
            return (yield from self._tried(download.receive))
        finally:
            part.close()

    def _tried(self, attempt: Callable[[], Flow[T]]) -> Flow[T]:
        """Make the attempt, and again after each error that passes."""
        waited = 0.0
        for tried in count():
            try:
                return (yield from attempt())
            except ClientError as error:
                wait = self._retries.wait(error, tried, waited, self._random())
                if wait is None:
                    raise
            waited += wait
            yield Wait(wait)
        raise AssertionError  # count() has no end


def _as(row: Endpoint, extended: bool | None) -> Endpoint:  # noqa: FBT001
    """Return the row that answers so: an ExtendedStory is a Story with more."""
    return rows.extended(row) if extended else row


def _query_of(row: Endpoint, params: Mapping[str, Any]) -> Mapping[str, Any]:
    told = to_builtins(row.params(**params))
    return {name: value for name, value in told.items() if value is not None}


def _fetch(send: Send, returns: Any) -> Flow[Any]:
    answer: Answer = yield send
    body = yield from body_of(answer, MOST_JSON)
    if answer.status != OK:
        raise error_of(answer, body)
    return result_of(answer, body, returns)
