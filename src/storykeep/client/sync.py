"""The client for programs that wait for an answer."""

import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import httpx2

from storykeep.client.answers import Answer
from storykeep.client.calls import Calls, call_of
from storykeep.client.effects import Do, Effect, Flow, Read, Send, Wait, as_method_of
from storykeep.client.http import Timeouts, Verify, options_of, trouble_of
from storykeep.client.retries import Retries
from storykeep.core import endpoints as rows

P = ParamSpec("P")
T = TypeVar("T")


def _asked(
    call: Callable[Concatenate[Calls, P], Flow[T]],
) -> Callable[Concatenate["Client", P], T]:
    """Return the method that makes this call and runs it."""

    @as_method_of(call)
    def ask(self: "Client", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._run(call(self._calls, *args, **kwargs))

    return ask


class Client:
    """A HikerAPI-compatible server, asked by one thread or by several.

    Connections are kept and used again until it is closed.  Calls raise ClientError; downloads
    OSError too.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        timeouts: Timeouts = Timeouts(),
        retries: Retries = Retries(),
        verify: Verify = True,
        proxy: str | None = None,
        sleep: Callable[[float], object] = time.sleep,
        random: Callable[[], float] = random.random,
    ) -> None:
        """``verify`` may name the file of an authority, ``proxy`` is an address.

        Raises ValueError for an address or a key that can be none, OSError for no such file.
        """
        self._http = httpx2.Client(**options_of(base_url, key, timeouts, verify, proxy))
        self._calls = Calls(retries, random)
        self._sleep = sleep

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._http.base_url)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    story_by_id_v1 = _asked(call_of(rows.STORY_BY_ID))
    story_by_url_v1 = _asked(call_of(rows.STORY_BY_URL))
    story_download_v1 = _asked(Calls.story_download_v1)
    story_download_by_story_url_v1 = _asked(Calls.story_download_by_story_url_v1)
    story_download_by_url_v1 = _asked(Calls.story_download_by_url_v1)
    user_stories_v1 = _asked(call_of(rows.USER_STORIES))
    user_stories_by_username_v1 = _asked(call_of(rows.USER_STORIES_BY_USERNAME))
    user_by_username_v1 = _asked(call_of(rows.USER_BY_USERNAME))
    user_by_id_v1 = _asked(call_of(rows.USER_BY_ID))
    user_by_url_v1 = _asked(call_of(rows.USER_BY_URL))
    user_by_username_v2 = _asked(call_of(rows.USER_BY_USERNAME_V2))
    user_by_id_v2 = _asked(call_of(rows.USER_BY_ID_V2))
    story_by_id_v2 = _asked(call_of(rows.STORY_BY_ID_RAW))
    story_by_url_v2 = _asked(call_of(rows.STORY_BY_URL_RAW))
    user_stories_v2 = _asked(call_of(rows.USER_STORIES_RAW))
    user_stories_by_username_v2 = _asked(call_of(rows.USER_STORIES_BY_USERNAME_RAW))
    media_by_id_v1 = _asked(call_of(rows.MEDIA_BY_ID))
    user_medias_chunk_v1 = _asked(call_of(rows.USER_MEDIAS_CHUNK))
    user_highlights_v1 = _asked(call_of(rows.USER_HIGHLIGHTS))
    user_highlights_by_username_v1 = _asked(call_of(rows.USER_HIGHLIGHTS_BY_USERNAME))
    user_highlights_v2 = _asked(call_of(rows.USER_HIGHLIGHTS_PAGE))
    user_highlights_by_username_v2 = _asked(call_of(rows.USER_HIGHLIGHTS_PAGE_BY_USERNAME))
    highlight_by_url_v1 = _asked(call_of(rows.HIGHLIGHT_BY_URL))
    highlight_by_id_v1 = _asked(call_of(rows.HIGHLIGHT_BY_ID))
    highlight_by_id_v2 = _asked(call_of(rows.HIGHLIGHT_REEL_BY_ID))
    share_by_code_v1 = _asked(call_of(rows.SHARE_BY_CODE))
    share_by_url_v1 = _asked(call_of(rows.SHARE_BY_URL))
    users_stories_v1 = _asked(call_of(rows.USERS_STORIES))
    balance_sys = _asked(call_of(rows.BALANCE))

    def _run(self, flow: Flow[T]) -> T:
        """Do what the call wants done until it returns."""
        with ExitStack() as opened:
            opened.callback(flow.close)
            step = partial(next, flow)
            while True:
                try:
                    effect = step()
                except StopIteration as end:
                    result: T = end.value
                    return result
                try:
                    step = partial(flow.send, self._do(effect, opened))
                except httpx2.RequestError as error:
                    step = partial(flow.throw, trouble_of(effect, error))

    def _do(self, effect: Effect, opened: ExitStack) -> Any:
        match effect:
            case Send(path, query, headers):
                sent = self._http.stream("GET", path, params=query, headers=headers)
                response = opened.enter_context(sent)
                return Answer(response.status_code, response.headers, response.iter_bytes())
            case Read(answer):
                return next(answer.body, b"")
            case Wait(seconds):
                return self._sleep(seconds)
            case Do(work):
                return work()
