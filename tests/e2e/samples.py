"""Run in a process of its own: examples of the documentation, one after the other.

Reads them from standard input as JSON, ``[[code, is_download], ...]``, executes each as it
stands, and prints what it left behind.  Of a file an example prints the JSON, which no file can
be; there the error of that last line is what must come.
"""

import base64
import contextlib
import io
import json
import sys
from typing import Any

import requests


def run(code: str, *, is_download: bool) -> dict[str, Any]:
    """Execute an example and return its ``result``, or its ``response`` and what it printed."""
    left: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        try:
            exec(code, left)
        except requests.exceptions.JSONDecodeError:
            assert is_download
    if "response" not in left:
        result = left["result"]
        if isinstance(result, bytes):
            return {"bytes": base64.b64encode(result).decode()}
        return {"json": result}
    response = left["response"]
    return {
        "status": response.status_code,
        "type": response.headers["content-type"],
        "printed": printed.getvalue(),
        "bytes": base64.b64encode(response.content).decode(),
    }


examples = json.load(sys.stdin)
json.dump([run(code, is_download=is_download) for code, is_download in examples], sys.stdout)
