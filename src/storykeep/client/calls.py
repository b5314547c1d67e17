"""The calls, as flows: which row is asked, and when it is asked again."""

from collections.abc import Callable
from functools import partial
from inspect import Parameter, Signature, signature
from itertools import count
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, get_type_hints

from msgspec import Struct, to_builtins

from storykeep.client.answers import MOST_JSON, OK, Answer, error_of, result_of
from storykeep.client.download import Download, Downloaded, Progress
from storykeep.client.effects import Do, Flow, Send, Wait, body_of
from storykeep.client.errors import ClientError
from storykeep.client.part import Part
from storykeep.client.retries import Retries
from storykeep.core import endpoints as rows
from storykeep.core.endpoints.row import AnyEndpoint, Endpoint, extended

P = ParamSpec("P")
T = TypeVar("T")


class Calls:
    """A row as a flow: of its answer, or of the file that it leads to."""

    def __init__(self, retries: Retries, random: Callable[[], float]) -> None:
        """``random`` returns numbers from 0 to 1."""
        self._retries = retries
        self._random = random

    def ask(self, row: Endpoint[P, T], *args: P.args, **kwargs: P.kwargs) -> Flow[T]:
        """Ask a row for what it returns."""
        params = row.params(*args, **kwargs)
        told = extended(row) if getattr(params, "extended", None) else row
        return self._tried(partial(_fetch, _send(row, params), told.returns))

    def story_download_v1(
        self, id: str, to: str | Path, progress: Progress | None = None
    ) -> Flow[Downloaded]:
        """Download story media by story id."""
        return self._download(rows.STORY_DOWNLOAD, to, progress, id)

    def story_download_by_story_url_v1(
        self, url: str, to: str | Path, progress: Progress | None = None
    ) -> Flow[Downloaded]:
        """Download story file by story URL."""
        return self._download(rows.STORY_DOWNLOAD_BY_STORY_URL, to, progress, url)

    def story_download_by_url_v1(
        self, url: str, to: str | Path, progress: Progress | None = None
    ) -> Flow[Downloaded]:
        """Download story file by file URL."""
        return self._download(rows.STORY_DOWNLOAD_BY_URL, to, progress, url)

    def _download(
        self, row: AnyEndpoint, to: str | Path, progress: Progress | None, of: str
    ) -> Flow[Downloaded]:
        part: Part = yield Do(partial(Part, Path(to)))
        try:
            download = Download(_send(row, row.params(of)), part, progress)
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


def call_of(row: Endpoint[P, T]) -> Callable[Concatenate[Calls, P], Flow[T]]:
    """Return the call that asks ``row``, named, described and typed as the row is."""

    def call(calls: Calls, /, *args: P.args, **kwargs: P.kwargs) -> Flow[T]:
        return calls.ask(row, *args, **kwargs)

    told = signature(row.params_type)
    kinds = get_type_hints(row.params_type)
    params = [each.replace(annotation=kinds[name]) for name, each in told.parameters.items()]
    method = Parameter("self", Parameter.POSITIONAL_OR_KEYWORD)
    call.__signature__ = Signature([method, *params], return_annotation=Flow[row.returns])  # type: ignore[attr-defined,name-defined]
    call.__name__, call.__doc__ = row.name, f"{row.summary}."
    return call


def _send(row: AnyEndpoint, params: Struct) -> Send:
    told = to_builtins(params)
    return Send(row.path, {name: value for name, value in told.items() if value is not None})


def _fetch(send: Send, returns: Any) -> Flow[Any]:
    answer: Answer = yield send
    body = yield from body_of(answer, MOST_JSON)
    if answer.status != OK:
        raise error_of(answer, body)
    return result_of(answer, body, returns)
