"""An origin that asks the fake Graph API."""

from pathlib import Path
from typing import NamedTuple

from storykeep.sources.graph import create_graph
from storykeep.sources.graph.upstream import GraphUpstream
from storykeep.testing import HandClock
from storykeep.testing.instagram import TOKEN, FakeInstagram
from tests.sources.counted import Counted

GRAPH_ID, PK = "17841400000000001", 4400000001
STORIES = "graph.facebook.com/v25.0/17841400000000001/stories"


class Rig(NamedTuple):
    graph: GraphUpstream
    instagram: FakeInstagram
    clock: HandClock
    drift: Counted
    folder: Path

    @property
    def asked(self) -> list[str]:
        return [request.path for request in self.instagram.requests]


async def no_sleep(_: float) -> None:
    pass


def create(
    folder: Path, instagram: FakeInstagram, clock: HandClock, drift: Counted, options: str = ""
) -> GraphUpstream:
    """An origin that asks the fake one."""
    (folder / "token").write_text(f"{TOKEN}\n")
    return create_graph(
        f"token_file={folder / 'token'}&account={GRAPH_ID}&via={instagram.origin}{options}",
        drift=drift, clock=clock, sleep=no_sleep,
    )  # fmt: skip
