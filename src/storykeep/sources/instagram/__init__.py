"""Instagram by the operator's own session.  Needs ``storykeep[instagram]``.

    upstream.py  the questions
    client.py    aiograpi, as signed transport and nothing else
    trouble.py   what can go wrong, and whose turn it is
    session.py   what is kept of a session

Only ``create_instagram`` imports aiograpi: it takes half a second and 50 MB.
"""

from typing import TYPE_CHECKING, Any

from storykeep.core.errors import SourceUnavailable
from storykeep.core.ports import Clock
from storykeep.core.upstream import Drift, SessionStore

if TYPE_CHECKING:
    from storykeep.sources.instagram.upstream import InstagramUpstream


def create_instagram(
    store: SessionStore, clock: Clock, drift: Drift, **options: Any
) -> "InstagramUpstream":
    """Return an ``InstagramUpstream`` with these options.

    Raises SourceUnavailable where aiograpi is not installed.
    """
    try:
        from storykeep.sources.instagram.upstream import InstagramUpstream
    except ModuleNotFoundError as error:
        raise SourceUnavailable(
            f"The source instagram needs {error.name}: pip install 'storykeep[instagram]'."
        ) from error
    return InstagramUpstream(store, clock, drift, **options)
