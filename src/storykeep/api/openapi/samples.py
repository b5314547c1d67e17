"""Calls to copy: each row in four languages, made of the row and an example value."""

from storykeep.api.params import read_parameters
from storykeep.core.endpoints import BALANCE, HIGHLIGHT_BY_ID, USER_MEDIAS_CHUNK, USERS_STORIES
from storykeep.core.endpoints.row import AnyEndpoint
from storykeep.core.model import Share

_EXAMPLES = {
    "code": "aGlnaGxpZ2h0OjE4MTQ2MjE2Njk4MDIyMTc0",
    "id": "3776832898280228145",
    "url": "https://www.instagram.com/stories/natgeo/3776832898280228145/",
    "user_id": "787132",
    "user_ids": "787132,25025320",
    "username": "natgeo",
}
"""What to try for a required parameter; the demo data answers to these."""

_HIGHLIGHTS = {
    "id": "18146216698022174",
    "url": "https://www.instagram.com/stories/highlights/18146216698022174/",
}

KEY = "YOUR_ACCESS_KEY"
ADDRESS = "http://127.0.0.1:8000"
TLS_HOST = "localhost:8443"


def example_of(row: AnyEndpoint, name: str) -> str:
    """Return an example of what ``row`` is asked with under ``name``."""
    if "/user/by/" in row.path and name == "id":
        return _EXAMPLES["user_id"]
    if row.errors == ("HighlightNotFound",):
        return _HIGHLIGHTS[name]
    if row.returns is Share and name == "url":
        return f"https://www.instagram.com/s/{_EXAMPLES['code']}"
    return _EXAMPLES.get(name, name.upper())


def create_samples(row: AnyEndpoint) -> list[dict[str, str]]:
    """Return ``x-codeSamples`` of ``row``."""
    names = [each.name for each in read_parameters(row.params_type) if each.is_required]
    wanted = {name: example_of(row, name) for name in names}
    query = "&".join(f"{name}={value}" for name, value in wanted.items())
    address = f"{ADDRESS}{row.path}?{query}" if query else f"{ADDRESS}{row.path}"
    samples = [
        {"lang": "Shell", "label": "curl", "source": _curl(row, address)},
        {"lang": "Python", "label": "hikerapi", "source": _hikerapi(row, wanted)},
        {"lang": "Python", "label": "requests", "source": _requests(row, wanted)},
        {"lang": "JavaScript", "label": "fetch", "source": _fetch(row, address)},
    ]
    # The vendor's client has no method for these.
    is_theirs = row not in (BALANCE, HIGHLIGHT_BY_ID, USER_MEDIAS_CHUNK, USERS_STORIES)
    return [each for each in samples if is_theirs or each["label"] != "hikerapi"]


def _curl(row: AnyEndpoint, address: str) -> str:
    saving = "-OJ " if row.is_download else ""
    return f'curl {saving}-H "x-access-key: {KEY}" \\\n  "{address}"\n'


def _hikerapi(row: AnyEndpoint, wanted: dict[str, str]) -> str:
    arguments = ", ".join(f'{name}="{value}"' for name, value in wanted.items())
    return f"""\
from hikerapi import Client

# This client speaks https only: storykeep serve --tls
cl = Client(token="{KEY}", host="{TLS_HOST}")
result = cl.{row.name}({arguments})
"""


def _requests(row: AnyEndpoint, wanted: dict[str, str]) -> str:
    pairs = ", ".join(f'"{name}": "{value}"' for name, value in wanted.items())
    params = f"\n    params={{{pairs}}}," if pairs else ""
    result = "content = response.content" if row.is_download else "print(response.json())"
    return f"""\
import requests

response = requests.get(
    "{ADDRESS}{row.path}",
    headers={{"x-access-key": "{KEY}"}},{params}
)
{result}
"""


def _fetch(row: AnyEndpoint, address: str) -> str:
    reading = "blob" if row.is_download else "json"
    return f"""\
const response = await fetch(
  "{address}",
  {{ headers: {{ "x-access-key": "{KEY}" }} }}
);
const data = await response.{reading}();
"""
