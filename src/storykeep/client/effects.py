"""What a call may want done.  The drivers do it; a call itself does nothing.

A call is a generator, a ``Flow``.  It yields an effect and is sent what came of it, or is thrown
the TransportFailed that came instead; its result is what it returns.  So waiting, trying again
and resuming are written once for both drivers, and tests run them without network and clock.
"""

from collections.abc import Callable, Generator, Mapping
from functools import update_wrapper
from inspect import signature
from typing import Any, TypeVar, get_args

from msgspec import Struct

from storykeep.client.answers import Answer

T = TypeVar("T")


class Send(Struct, frozen=True):
    """Send this GET.  Comes back as an Answer, once its head is there."""

    path: str
    query: Mapping[str, Any]
    headers: Mapping[str, str] = {}


class Read(Struct, frozen=True):
    """Read the next bytes of a body; none at its end."""

    answer: Answer


class Wait(Struct, frozen=True):
    """Let so many seconds pass."""

    seconds: float


class Do(Struct, frozen=True):
    """Do this work with the disk, which may take a while; what it returns comes back."""

    work: Callable[[], Any]


Effect = Send | Read | Wait | Do
Flow = Generator[Effect, Any, T]


def body_of(answer: Answer, most: int) -> Flow[bytes]:
    """Read a whole body.  Raises NotUnderstood beyond ``most`` bytes."""
    body = bytearray()
    while piece := (yield Read(answer)):
        body += piece
        if len(body) > most:
            raise answer.too_long(most)
    return bytes(body)


def as_method_of(call: Callable[..., Flow[Any]]) -> Callable[[T], T]:
    """Return the decorator of a driver's method: ``call``, with the flow's result for the flow."""
    told = signature(call)
    told = told.replace(return_annotation=get_args(told.return_annotation)[-1])

    def decorate(method: T) -> T:
        update_wrapper(method, call).__signature__ = told  # type: ignore[arg-type,attr-defined]
        return method

    return decorate
