"""Calls to copy: each row in four languages, made of the row and an example value."""

from storykeep.api.params import read_parameters
from storykeep.core.endpoints import BALANCE, Endpoint

STORY_PAGE = "https://www.instagram.com/stories/natgeo/3776832898280228145/"

EXAMPLES = {
    "id": "3776832898280228145",
    "url": STORY_PAGE,
    "user_id": "787132",
    "username": "natgeo",
}
"""What to try for a required parameter; the demo data answers to these."""

KEY = "YOUR_ACCESS_KEY"
ADDRESS = "http://127.0.0.1:8000"
TLS_HOST = "localhost:8443"


def create_samples(row: Endpoint) -> list[dict[str, str]]:
    """Return ``x-codeSamples`` of ``row``."""
    samples = [
        {"lang": "Shell", "label": "curl", "source": curl(row)},
        {"lang": "Python", "label": "hikerapi", "source": _hikerapi(row)},
        {"lang": "Python", "label": "requests", "source": _requests(row)},
        {"lang": "JavaScript", "label": "fetch", "source": _fetch(row)},
    ]
    # The vendor's client has no method for the balance.
    return [each for each in samples if row is not BALANCE or each["label"] != "hikerapi"]


def curl(row: Endpoint) -> str:
    """Return the shell command that asks ``row``."""
    saving = "-OJ " if row.is_download else ""
    return f'curl {saving}-H "x-access-key: {KEY}" \\\n  "{_address(row)}"\n'


def _wanted(row: Endpoint) -> dict[str, str]:
    required = (each.name for each in read_parameters(row.params) if each.is_required)
    return {name: EXAMPLES.get(name, name.upper()) for name in required}


def _address(row: Endpoint) -> str:
    query = "&".join(f"{name}={value}" for name, value in _wanted(row).items())
    return f"{ADDRESS}{row.path}?{query}" if query else f"{ADDRESS}{row.path}"


def _hikerapi(row: Endpoint) -> str:
    arguments = ", ".join(f'{name}="{value}"' for name, value in _wanted(row).items())
    return f"""\
from hikerapi import Client

# This client speaks https only: storykeep serve --tls
cl = Client(token="{KEY}", host="{TLS_HOST}")
result = cl.{row.name}({arguments})
"""


def _requests(row: Endpoint) -> str:
    wanted = ", ".join(f'"{name}": "{value}"' for name, value in _wanted(row).items())
    params = f"\n    params={{{wanted}}}," if wanted else ""
    result = "content = response.content" if row.is_download else "print(response.json())"
    return f"""\
import requests

response = requests.get(
    "{ADDRESS}{row.path}",
    headers={{"x-access-key": "{KEY}"}},{params}
)
{result}
"""


def _fetch(row: Endpoint) -> str:
    reading = "blob" if row.is_download else "json"
    return f"""\
const response = await fetch(
  "{_address(row)}",
  {{ headers: {{ "x-access-key": "{KEY}" }} }}
);
const data = await response.{reading}();
"""
