"""Run in a process of its own: the server, whose CDN is the fake one at the address it is given.

    python keeping_server.py http://127.0.0.1:PORT [--tls]

Its settings come from the environment, as those of ``storykeep serve`` do.
"""

import os
import signal
import sys

from storykeep.app import create_app, open_shelves
from storykeep.cli.serve import _greet, _listen, _run
from storykeep.cli.tls import create_certificates
from storykeep.settings import read_settings
from tests.sources.cdn.rig import fetcher_at

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # as ``serve`` does
settings = read_settings(os.environ)
listener = _listen("127.0.0.1", 0)
certificates = (
    create_certificates(settings.data / "tls", "127.0.0.1") if "--tls" in sys.argv else None
)
scheme = "http" if certificates is None else "https"
app = create_app(settings, open_shelves(settings), fetcher=fetcher_at(sys.argv[1]))
_greet(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}", None, certificates)
_run(app, listener, certificates)
