"""Which stories are one: a made pk beside a real one, told by their media and their second.

An export says when a story was taken and holds its file, but not its pk.  Whether one of its
stories is another's twin follows from all that the archive holds of the account, and from
nothing else: not from what came first.  In doubt two stories stay two.
"""

from collections import Counter, defaultdict
from collections.abc import Collection
from typing import NamedTuple

from storykeep.core.sighting import DAY

CROWD = 16
"""Of more stories than this in one second, or with one file, none is told from the others."""


class Candidate(NamedTuple):
    """What tells a story of an account from the others."""

    pk: int
    is_made: bool
    taken_at: int
    """Unix seconds."""
    digests: frozenset[str] = frozenset()
    """Of the files that are kept for it."""


def find_twins(stories: Collection[Candidate]) -> dict[int, int]:
    """Return made pks of one account, each with the pk of the story that it is.

    For the right answer about one second it needs the stories of that second and those which
    share a file with them; of a crowd, ``CROWD`` + 1.
    """
    crowds = Counter(digest for story in stories for digest in story.digests)
    common = frozenset(digest for digest, count in crowds.items() if count > CROWD)
    seconds: dict[int, list[Candidate]] = defaultdict(list)
    for story in sorted(stories):
        seconds[story.taken_at].append(story._replace(digests=story.digests - common))
    known = [story for second in seconds.values() for story in second]
    found: dict[int, int] = {}
    for second in seconds.values():
        if len(second) <= CROWD and any(story.is_made for story in second):
            found |= _find_in(second, known)
    return found


def _find_in(second: list[Candidate], known: list[Candidate]) -> dict[int, int]:
    """Return the twins of one second: by media first, then what is left over by itself."""
    found, made = _join_made(second)
    for story in made:
        like = [
            other
            for other in known
            if other.digests & story.digests and abs(other.taken_at - story.taken_at) <= DAY
        ]
        real = [other for other in like if not other.is_made]
        of_second = [other for other in real if other.taken_at == story.taken_at]
        # The same file may be posted twice: of several moments it must be one story each.
        is_alone = {other.taken_at for other in like if other.is_made} == {story.taken_at}
        chosen = of_second or (real if is_alone else [])
        if len(chosen) == 1:
            found[story.pk] = chosen[0].pk
    left = [story.pk for story in made if story.pk not in found]
    free = [story.pk for story in second if not story.is_made and story.pk not in found.values()]
    if len(left) == len(free) == 1:
        found[left[0]] = free[0]
    return {pk: found.get(twin, twin) for pk, twin in found.items()}


def _join_made(second: list[Candidate]) -> tuple[dict[int, int], list[Candidate]]:
    """Return which made pks are smaller ones' twins, because they share a file; and the others."""
    found: dict[int, int] = {}
    made: list[Candidate] = []
    for story in (story for story in second if story.is_made):
        for index, other in enumerate(made):
            if other.digests & story.digests:
                found[story.pk] = other.pk
                made[index] = other._replace(digests=other.digests | story.digests)
                break
        else:
            made.append(story)
    return found, made
