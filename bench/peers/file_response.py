"""Starlette's FileResponse: what a FastAPI application sends files with."""

import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

FILE = next(Path(os.environ["BENCH_FOLDER"]).glob("file.*"))


async def download(_: Request) -> FileResponse:
    return FileResponse(FILE)


app = Starlette(routes=[Route("/file", download)])
