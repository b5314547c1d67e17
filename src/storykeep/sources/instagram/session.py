"""The operator's session as it is given and as it is kept: the settings of aiograpi, in JSON.

It opens the account to whoever has it.  No message quotes any of it.
"""

import re
from typing import Any

from msgspec import DecodeError, json

from storykeep.core.errors import InvalidValue

KEPT = """
    authorization_data cookies country country_code device_settings ig_u_rur ig_www_claim
    last_login locale mid push_disabled timezone_name timezone_offset usdid user_agent uuids
"""
"""Who one is and on which device.  How requests travel is not a file's to say: with it, a file
could turn off the verification of TLS."""

_SESSIONID = re.compile(r"([0-9]{1,20})(?::|%3[Aa])[!-~]{16,}", re.ASCII)
_HOLDERS = ("authorization_data", "cookies")

_encode = json.Encoder(order="sorted").encode


def read_session(text: str) -> bytes:
    """Return what is kept of a settings file, or of a sessionid.  Raises InvalidValue."""
    text = text.strip()
    if not text.startswith("{"):
        settings: Any = {"authorization_data": {"sessionid": text}}
        settings["authorization_data"]["should_use_header_over_cookies"] = True
    else:
        try:
            settings = json.decode(text)
        except DecodeError:
            raise InvalidValue("The settings file is no JSON: dump it anew.") from None
    for holder in _HOLDERS:
        held = settings.get(holder)
        sessionid = held.get("sessionid") if isinstance(held, dict) else None
        owner = _SESSIONID.fullmatch(sessionid) if isinstance(sessionid, str) else None
        if owner is not None:
            return keep(settings | {holder: {**held, "ds_user_id": owner[1]}})
    raise InvalidValue(
        "There is no sessionid in it. It is the cookie of that name of a logged-in browser, which"
        " begins with the account's number, or stands in a settings file of aiograpi or instagrapi."
    )


def keep(settings: dict[str, Any]) -> bytes:
    """Return what is kept of the settings of a client; the same settings give the same bytes."""
    return _encode({name: settings[name] for name in KEPT.split() if settings.get(name)})


def owner_of(session: bytes) -> str:
    """Return the pk of the account that the kept ``session`` belongs to."""
    settings = json.decode(session, type=dict[str, Any])
    owners = [(settings.get(holder) or {}).get("ds_user_id") for holder in _HOLDERS]
    return str(next(filter(None, owners), ""))
