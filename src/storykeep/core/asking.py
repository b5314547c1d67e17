"""Ports whose questions all go the same way: on to somebody else, or to a script."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

Question = Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]
"""A method of a port."""


def asked(question: Question[P, T]) -> Question[P, T]:
    """Return a method with the signature of ``question`` that leaves it to ``self._ask``.

    ``user = asked(StorySource.user)`` lets ``user("acme")`` be ``_ask("user", "acme")``.
    """
    name = question.__name__

    @wraps(question)
    def method(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, T]:
        answer: Coroutine[Any, Any, T] = self._ask(name, *args, **kwargs)
        return answer

    return method
