"""The example calls of the page that the project was asked to implement, taken from the page."""

import re
from typing import NamedTuple

import pytest

from tests.payloads.loading import SHARED

HOST = "https://api.hikerapi.com"
TOKEN = "YOUR_TOKEN"

_SHAPES = {
    "curl": r"^curl -H .*\\\n  \".*\"$",
    "hikerapi": r"^from hikerapi import Client\n(?:.*\n)*?result = .*$",
    "requests": r"^import requests\n(?:.*\n)*?print\(response\.json\(\)\)$",
    "fetch": r"^const response = await fetch\(\n(?:.*\n)*?const data = await response\.json\(\);$",
}


class Sample(NamedTuple):
    """One example call as it is printed."""

    path: str
    """The endpoint that it calls."""
    code: str

    @property
    def is_download(self) -> bool:
        """Whether what comes back is a file."""
        return "/download" in self.path

    def runnable(self, url: str, key: str) -> str:
        """As ``at``, but without the last line where that reads a file as JSON."""
        code = self.at(url, key)
        return code.rpartition("\n")[0] if self.is_download else code

    def at(self, url: str, key: str) -> str:
        """The example with another host and a real key, and as it stands otherwise."""
        return self.code.replace(HOST, url).replace(TOKEN, key)


def samples(kind: str) -> list[Sample]:
    """Return the page's examples of a kind, one an endpoint; skip where it is not at hand."""
    pages = sorted((SHARED.parent / "seed").glob("*.txt"))
    if not pages:
        pytest.skip("the page with the example calls is not at hand: ../shared/seed")
    page = pages[0].read_text("utf-8")
    found = []
    for section in re.split(r"^GET (?=/v1/)", page, flags=re.MULTILINE)[1:]:
        (code,) = re.findall(_SHAPES[kind], section, re.MULTILINE)
        found.append(Sample(section.split(None, 1)[0], code))
    return found
