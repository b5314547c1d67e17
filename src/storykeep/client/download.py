"""A file from a server to the disk: resumed where it was cut, and whole or not there."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from msgspec import Struct

from storykeep.client.answers import (
    MOST_JSON,
    OK,
    PARTIAL,
    RANGE_REFUSED,
    Answer,
    Offer,
    error_of,
    offer_of,
)
from storykeep.client.effects import Do, Flow, Read, Send, body_of
from storykeep.client.errors import BodyCut, NotUnderstood, TimedOut, WrongDigest
from storykeep.client.part import Part
from storykeep.core.media import MediaFile

MOST_FILE = 1 << 30
"""Bytes of a file; Instagram's own limit for a story is far below."""

Progress = Callable[[int, int | None], None]
"""Is told the bytes so far, and how many it will be where that is known."""


class Downloaded(Struct, frozen=True):
    """A file that arrived whole."""

    path: Path
    file: MediaFile


class Download:
    """One file, and the part of it that is here."""

    def __init__(self, send: Send, part: Part, progress: Progress | None) -> None:
        """``send`` asks for all of it."""
        self._send = send
        self._part = part
        self._progress = progress

    def receive(self) -> Flow[Downloaded]:
        """Fetch what is missing, and publish the file if it is the announced one."""
        part = self._part
        headers = {"accept-encoding": "identity", **part.condition()}
        answer: Answer = yield Send(self._send.path, self._send.query, headers)
        if answer.status == RANGE_REFUSED and part.size:
            return (yield from self._restart())
        if answer.status not in (OK, PARTIAL):
            raise error_of(answer, (yield from body_of(answer, MOST_JSON)))
        offer = offer_of(answer)
        held = part.size if answer.status == PARTIAL else 0
        if answer.status == OK:
            yield Do(partial(part.begin, offer.tag))
        elif (offer.begins_at, offer.tag) != (part.size, part.tag):
            yield Do(partial(part.begin, None))
            raise answer.failure(NotUnderstood, "The server sent another part than was asked for.")
        yield from self._keep(answer, offer)
        file = MediaFile(part.sha256, offer.content_type, part.size)
        if offer.sha256 in (None, file.sha256):
            return Downloaded((yield Do(partial(part.publish, file.extension))), file)
        if held:  # the beginning that lay here may be the wrong one
            return (yield from self._restart())
        yield Do(partial(part.begin, None))
        raise answer.failure(WrongDigest)

    def _restart(self) -> Flow[Downloaded]:
        yield Do(partial(self._part.begin, None))
        return (yield from self.receive())

    def _keep(self, answer: Answer, offer: Offer) -> Flow[None]:
        """Read the body into the part.  A body that stalls is as good as one that is cut."""
        part = self._part
        try:
            while piece := (yield Read(answer)):
                yield Do(partial(part.write, piece))
                if max(part.size, offer.total or 0) > MOST_FILE:
                    yield Do(partial(part.begin, None))
                    raise answer.too_long(MOST_FILE)
                if self._progress is not None:
                    self._progress(part.size, offer.total)
        except TimedOut as stall:
            raise answer.failure(BodyCut, str(stall)) from None
        if offer.total not in (None, part.size):
            raise answer.failure(BodyCut)
