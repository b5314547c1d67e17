"""The client for programs that wait for an answer."""

import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import httpx2

from storykeep.client.answers import Answer
from storykeep.client.calls import Calls, Retries
from storykeep.client.effects import Do, Effect, Flow, Read, Send, Wait, as_method_of
from storykeep.client.http import Timeouts, Verify, options_of, trouble_of

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

    story_by_id_v1 = _asked(Calls.story_by_id_v1)
    story_by_url_v1 = _asked(Calls.story_by_url_v1)
    story_download_v1 = _asked(Calls.story_download_v1)
    story_download_by_story_url_v1 = _asked(Calls.story_download_by_story_url_v1)
    story_download_by_url_v1 = _asked(Calls.story_download_by_url_v1)
    user_stories_v1 = _asked(Calls.user_stories_v1)
    user_stories_by_username_v1 = _asked(Calls.user_stories_by_username_v1)
    user_by_username_v1 = _asked(Calls.user_by_username_v1)
    user_by_id_v1 = _asked(Calls.user_by_id_v1)
    user_highlights_v1 = _asked(Calls.user_highlights_v1)
    user_highlights_by_username_v1 = _asked(Calls.user_highlights_by_username_v1)
    user_highlights_v2 = _asked(Calls.user_highlights_v2)
    user_highlights_by_username_v2 = _asked(Calls.user_highlights_by_username_v2)
    highlight_by_url_v1 = _asked(Calls.highlight_by_url_v1)
    highlight_by_id_v1 = _asked(Calls.highlight_by_id_v1)
    highlight_by_id_v2 = _asked(Calls.highlight_by_id_v2)
    share_by_code_v1 = _asked(Calls.share_by_code_v1)
    share_by_url_v1 = _asked(Calls.share_by_url_v1)
    balance_sys = _asked(Calls.balance_sys)

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
