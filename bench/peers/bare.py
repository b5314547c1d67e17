"""The ceiling: an ASGI application that answers ready-made bytes and does nothing else."""

import os
from pathlib import Path
from typing import Any

_FOLDER = Path(os.environ["BENCH_FOLDER"])


def _answer(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    body = (_FOLDER / name).read_bytes()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
    ]
    return (
        {"type": "http.response.start", "status": 200, "headers": headers},
        {"type": "http.response.body", "body": body},
    )


_ANSWERS = {
    "/v1/user/stories": _answer("reel.json"),
    "/v1/story/by/id": _answer("story.json"),
}


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    start, body = _ANSWERS[scope["path"]]
    await send(start)
    await send(body)
