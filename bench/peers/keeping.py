"""Keep all that is wanted: the keeper and its worker as the server runs them, and nothing else.

    python -m bench.peers.keeping FOLDER http://127.0.0.1:PORT

It says ``ready``, waits for a line, works until nothing is wanted, and says what that took, in
seconds of the clock and of CPU.  The guard lets addresses of the CDN pass and dials the given
one instead; what TLS costs is left out.
"""

import asyncio
import ssl
import sys
import time
from pathlib import Path

from storykeep.app import create_services, open_shelves
from storykeep.composition import compose
from storykeep.settings import Settings
from storykeep.sources.cdn.fetcher import CdnFetcher
from storykeep.testing.instagram import cdn_dialer, public_address


async def keep(folder: Path, origin: str) -> None:
    """Work, and tell."""
    settings = Settings(data=folder, keep_media="always", sources="archive")
    shelves = open_shelves(settings)
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    fetcher = CdnFetcher(resolve=public_address, dial=cdn_dialer(origin), trust=trust)
    composition = compose(settings, shelves.archive, shelves.origins, time.time)
    services = create_services(settings, shelves, composition, fetcher=fetcher)
    print("ready", flush=True)
    sys.stdin.readline()
    begun, used = time.monotonic(), time.process_time()
    assert services.worker is not None
    work = asyncio.create_task(services.worker.run())
    while await shelves.wanted.next_at() is not None:  # noqa: ASYNC110 - the last tells nobody
        await asyncio.sleep(0.02)
    took = time.monotonic() - begun, time.process_time() - used
    print(services.keeper.kept, *took, flush=True)
    sys.stdin.readline()
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    await fetcher.aclose()
    await services.aclose()
    shelves.close()


asyncio.run(keep(Path(sys.argv[1]), sys.argv[2]))
