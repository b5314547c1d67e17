"""A typed client of any HikerAPI-compatible server, for programs that wait and for asyncio.

``pip install storykeep`` is enough for it: it needs httpx2 and msgspec, and nothing of the
server.  Its errors are in ``storykeep.client.errors``.
"""

from storykeep.client.aio import AsyncClient
from storykeep.client.download import Downloaded
from storykeep.client.errors import ClientError
from storykeep.client.http import Timeouts
from storykeep.client.retries import Retries
from storykeep.client.sync import Client

__all__ = ["AsyncClient", "Client", "ClientError", "Downloaded", "Retries", "Timeouts"]
