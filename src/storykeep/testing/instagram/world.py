"""What the fake Instagram knows: plain data, to be changed as a test likes."""

from dataclasses import dataclass, field
from typing import Any

from storykeep.core.ids import pk_from_ms
from storykeep.core.ports import Clock
from storykeep.core.sighting import DAY
from storykeep.testing.clock import HandClock
from storykeep.testing.instagram.items import STICKERS, Item, create_item, create_user

SESSION = "42%3AfakeSessionOfNobody%3A7%3AAYfakefakefakefakefakefake"
"""The session of the viewer, account 42, as its cookie has it."""
TOKEN = "IGAAfakeTokenOfNobody"  # noqa: S105 - it opens nothing
"""The access token of the Graph API."""

SIGNED_FOR = 4 * DAY
"""How long the address of a file is good."""
TOKEN_LIFETIME = 60 * DAY


@dataclass
class Highlight:
    """Stories that an account keeps."""

    pk: int
    title: str
    items: list[Item]

    @property
    def id(self) -> str:
        """As ``reels_media`` is asked for it."""
        return f"highlight:{self.pk}"


@dataclass
class Account:
    """An account.  What stands in ``stories`` is served for a day after it was taken."""

    pk: int
    username: str
    full_name: str = ""
    is_private: bool = False
    is_followed: bool = False
    """Whether the viewer may see a private account's stories."""
    is_verified: bool = False
    graph_id: str | None = None
    """The number that the Graph API knows it by: an account of the token's owner."""
    stories: list[Item] = field(default_factory=list)
    highlights: list[Highlight] = field(default_factory=list)

    @property
    def user(self) -> dict[str, Any]:
        """The account as it stands in items."""
        return create_user(
            self.pk,
            self.username,
            self.full_name,
            is_private=self.is_private,
            is_verified=self.is_verified,
        )

    def post(self, taken_at: float, *stickers: str, **more: Any) -> Item:
        """Add a story with these stickers; ``more`` as ``create_item`` takes it."""
        low = self.pk * 1000 + len(self.stories)
        item = create_item(self.user, pk_from_ms(int(taken_at * 1000), low), *stickers, **more)
        self.stories.append(item)
        return item


@dataclass
class World:
    """Accounts, and who may look at them."""

    clock: Clock
    accounts: list[Account] = field(default_factory=list)
    sessions: set[str] = field(default_factory=lambda: {SESSION})
    """The living ones; a request with another is told to log in."""
    tokens: dict[str, float] = field(default_factory=dict)
    """Access tokens, and when each expires."""
    graph_usage: int = 1
    """Percent of the Graph API's budget used up, as its headers tell."""

    def account(self, key: object) -> Account | None:
        """The account of that pk, username or Graph id."""
        names = str(key)
        for account in self.accounts:
            if names in (str(account.pk), account.username, account.graph_id):
                return account
        return None

    def active(self, account: Account) -> list[Item]:
        """The stories of its reel now, oldest first, if the viewer may see them."""
        if self.is_closed(account):
            return []
        now = self.clock()
        shown = [story for story in account.stories if story["taken_at"] <= now < _end(story)]
        return sorted(shown, key=lambda story: int(story["taken_at"]))

    def find(self, pk: str) -> Item | None:
        """The story of that pk, if the viewer may see it now."""
        open_to_viewer = [each for each in self.accounts if not self.is_closed(each)]
        told = [self.active(account) for account in open_to_viewer]
        told += [kept.items for account in open_to_viewer for kept in account.highlights]
        return next((item for items in told for item in items if str(item["pk"]) == pk), None)

    def highlight(self, highlight_id: str) -> tuple[Account, Highlight] | None:
        """The highlight of that id, and whose it is, if the viewer may see it."""
        for account in self.accounts:
            for highlight in account.highlights:
                if highlight.id == highlight_id and not self.is_closed(account):
                    return account, highlight
        return None

    def is_closed(self, account: Account) -> bool:
        """Whether the viewer may not see its stories."""
        return account.is_private and not account.is_followed


def create_world(clock: Clock | None = None) -> World:
    """Return a world with a little of everything, its stories of the last hours.

    ``acme_wild`` has a story with each sticker, a video, a close-friends story and a highlight;
    ``acme_quiet`` nothing; ``acme_closed`` is private; ``acme_friend`` too, but followed.
    Without a ``clock`` time stands still.
    """
    clock = clock or HandClock()
    now = int(clock())
    wild = Account(
        4400000001, "acme_wild", "Acme Wild", is_verified=True, graph_id="17841400000000001"
    )
    for index, name in enumerate(STICKERS):
        wild.post(now - 7200 + 60 * index, name, is_video=name == "sponsor")
    wild.post(now - 3600, audience="besties")
    kept = create_item(wild.user, pk_from_ms((now - 40 * DAY) * 1000, 1), "mention")
    wild.highlights.append(Highlight(17900000000000099, "Best of", [kept]))
    quiet = Account(4400000002, "acme_quiet", "Acme Quiet")
    closed = Account(4400000003, "acme_closed", "Acme Closed", is_private=True)
    closed.post(now - 3600)
    friend = Account(4400000009, "acme_friend", "Acme Friend", is_private=True, is_followed=True)
    friend.post(now - 1800, "link", is_video=True)
    viewer = Account(42, "acme_viewer", "Acme Viewer")
    accounts = [wild, quiet, closed, friend, viewer]
    return World(clock, accounts, tokens={TOKEN: now + TOKEN_LIFETIME})


def _end(story: Item) -> int:
    return int(story.get("expiring_at") or story["taken_at"] + DAY)
