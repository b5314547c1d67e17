"""A fake Instagram on loopback: private API, web pages, CDN and Graph API in one server.

    clock = HandClock()
    async with FakeInstagram(create_world(clock)) as instagram:
        instagram.origin                                      # http://127.0.0.1:PORT
        instagram.fail("feed/user/", "challenge_required", times=1)
        instagram.count("feed/user/")                         # requests so far
        clock.turn(86_400)                                    # the stories leave the reel

``with FakeInstagram()`` serves from a thread, for tools that block.  There are two ways in, and
on both the server sees the host that was meant:

- plain HTTP to ``origin`` with Instagram's ``Host``, as ``rewriting_transport`` sends it, and
  ``cdn_dialer`` for the server's own fetcher of media;
- ``origin`` as HTTPS proxy, for tools that cannot be changed: ``HTTPS_PROXY`` names it and the
  tool trusts ``authority``.  No name is resolved and nothing leaves the machine.

The world is data: change ``world.account("acme_wild").stories`` and what is served changes.

    server.py     FakeInstagram: start, stop, the request log, failures
    wire.py       Request and Answer, HTTP/1.1, the proxy
    world.py      accounts, stories, highlights, sessions, tokens
    items.py      stories as the private API tells them, with every sticker
    dialects.py   the same stories in the dialects of the web pages
    private.py · web.py · cdn.py · graph.py     what each kind of host answers
    failures.py   everything that can go wrong, by name
    transport.py  how a client reaches it
"""

from storykeep.testing.instagram.failures import FAILURES
from storykeep.testing.instagram.items import STICKERS, create_item
from storykeep.testing.instagram.server import FakeInstagram
from storykeep.testing.instagram.transport import (
    cdn_dialer,
    public_address,
    rewriting_transport,
)
from storykeep.testing.instagram.wire import Answer, Request
from storykeep.testing.instagram.world import (
    SESSION,
    TOKEN,
    Account,
    Highlight,
    World,
    create_world,
)

__all__ = [
    "FAILURES",
    "SESSION",
    "STICKERS",
    "TOKEN",
    "Account",
    "Answer",
    "FakeInstagram",
    "Highlight",
    "Request",
    "World",
    "cdn_dialer",
    "create_item",
    "create_world",
    "public_address",
    "rewriting_transport",
]
