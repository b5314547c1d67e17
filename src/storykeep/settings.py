"""All settings, read once: this is the only place that looks at the environment.

``STORYKEEP_NAME`` sets ``name``; ``STORYKEEP_CONFIG`` may name a TOML file of the same names
in lower case, which the environment overrides; ``STORYKEEP_NAME_FILE`` reads a value from a
file.  A name that is not known is an error, because a typo would silently be a default.
"""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

from msgspec import Meta, Struct, ValidationError, convert, structs

PREFIX = "STORYKEEP_"


def _setting(text: str, **rules: Any) -> Meta:
    return Meta(description=text, **rules)


class Settings(Struct, frozen=True, kw_only=True):
    """Every setting with its default; none has to be set."""

    data: Annotated[Path, _setting("Folder of the archive, ledger, media and certificates")] = Path(
        "data"
    )
    media: Annotated[
        str,
        _setting(
            "Where media files are kept: file:///folder, or s3://bucket/prefix?endpoint=…&region=…;"
            " else the folder media in the data folder"
        ),
    ] = ""
    s3_access_key: Annotated[str, _setting("The access key for the bucket; a secret")] = ""
    s3_secret_key: Annotated[str, _setting("The secret key for the bucket; a secret")] = ""
    sources: Annotated[
        str,
        _setting(
            "Where stories come from, in this order: archive, archive?fresh=60, demo, instagram,"
            " hiker://…, graph?…"
        ),
    ] = "archive"
    keep_media: Annotated[
        Literal["auto", "off", "on-demand", "always"],
        _setting(
            "Whether the files of stories are kept: off; on-demand, once a download asks for them;"
            " always, as soon as they are seen; auto is always beside a live source, else off"
        ),
    ] = "auto"
    keep_files: Annotated[
        Literal["shown", "thumbnails", "all"],
        _setting(
            "Which files are kept as soon as they are seen: shown, the one that a story is shown"
            " with; thumbnails, also the picture of a video; all, also every other size"
        ),
    ] = "shown"
    facts_fresh: Annotated[
        float, _setting("Seconds for which a word on an account's privacy needs no other", ge=0)
    ] = 300.0
    source_timeout: Annotated[
        float, _setting("Seconds that a question to a live source may take", gt=0, le=600)
    ] = 20.0
    session_key: Annotated[
        str, _setting("What sessions are sealed with: 32 random characters or more; a secret")
    ] = ""
    instagram_url: Annotated[
        str, _setting("Where Instagram is; another address for tests", pattern="^https?://[^/]+$")
    ] = "https://i.instagram.com"
    budget_hour: Annotated[
        int, _setting("Questions to a live source in any hour; 0: as many as come", ge=0)
    ] = 100
    budget_day: Annotated[
        int, _setting("Questions to a live source in any 24 hours; 0: as many as come", ge=0)
    ] = 600
    spacing: Annotated[
        float, _setting("Seconds from one question to a live source to the next", ge=0, le=3600)
    ] = 2.0
    durability: Annotated[
        Literal["full", "normal"],
        _setting("full: a charge survives a power cut; normal: only a killed process"),
    ] = "full"
    reel_cache: Annotated[
        int, _setting("Bytes of joined reels kept in memory; 0 switches the cache off", ge=0)
    ] = 16 * 1024 * 1024
    charge: Annotated[
        Literal["contract", "found"],
        _setting("contract: 200, 400, 403 and 404 are charged; found: 200 only"),
    ] = "contract"
    unit_price: Annotated[float, _setting("Price of a request unit", ge=0, le=1e6)] = 0.0
    currency: Annotated[str, _setting("Currency of the unit price")] = "USD"
    billing_url: Annotated[str, _setting("Where a caller without units is sent")] = "/docs"
    query_key: Annotated[
        bool, _setting("Accept the access key as ?access_key= beside the header")
    ] = True
    cors_origins: Annotated[
        str, _setting("Origins whose pages may call, separated by spaces; * for any")
    ] = ""
    metrics: Annotated[bool, _setting("Serve /metrics, without a key")] = True
    access_log: Annotated[bool, _setting("Write one JSON line for each request")] = True
    server: Annotated[
        str, _setting("A server that get and download ask, instead of the archive here")
    ] = ""
    key: Annotated[str, _setting("The access key for that server; a secret")] = ""
    ca: Annotated[str, _setting("File of the authority that this server's certificate is from")] = (
        ""
    )


SECRET = frozenset({"key", "s3_access_key", "s3_secret_key", "session_key"})
"""What is never shown."""


class SettingsError(ValueError):
    """A setting that cannot be used; says which, and what to write instead."""


class Sourced(Struct, frozen=True):
    """A setting's value and where it came from."""

    name: str
    value: Any
    origin: str


def read_settings(environ: Mapping[str, str], **overrides: Any) -> Settings:
    """Return the settings.  ``overrides`` are the command line's and win.

    Raises SettingsError.
    """
    return structs.replace(
        Settings(),
        **{sourced.name: sourced.value for sourced in read_sourced(environ, **overrides)},
    )


def read_sourced(environ: Mapping[str, str], **overrides: Any) -> list[Sourced]:
    """Return every setting with its value and origin, in the order of ``Settings``."""
    hints = get_type_hints(Settings, include_extras=True)
    given: dict[str, tuple[Any, str]] = {
        **_from_file(environ.get(f"{PREFIX}CONFIG")),
        **_from_environment(environ),
    }
    _refuse_unknown(given, hints)
    given |= {
        name: (value, "command line") for name, value in overrides.items() if value is not None
    }
    return [
        Sourced(name, _read(given[name][0], hints[name], name), given[name][1])
        if name in given
        else Sourced(name, default, "default")
        for name, default in structs.asdict(Settings()).items()
    ]


def _from_file(path: str | None) -> dict[str, tuple[Any, str]]:
    if path is None:
        return {}
    try:
        document = tomllib.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{PREFIX}CONFIG: cannot read {path}: {error}") from error
    return {name: (value, path) for name, value in document.items()}


def _from_environment(environ: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    given: dict[str, tuple[Any, str]] = {}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or variable == f"{PREFIX}CONFIG":
            continue
        name, value = variable.removeprefix(PREFIX).lower(), (text, variable)
        if name.endswith("_file"):
            name = name.removesuffix("_file")
            try:
                content = Path(text).read_text("utf-8").rstrip("\n")
            except (OSError, ValueError) as error:
                raise SettingsError(f"{variable}: cannot read {text}: {error}") from error
            value = (content, f"{variable} {text}")
        if name in given:
            raise SettingsError(f"{name} is set twice: {given[name][1]} and {value[1]}.")
        given[name] = value
    return given


def _refuse_unknown(given: Mapping[str, tuple[Any, str]], known: Mapping[str, Any]) -> None:
    for name, (_, origin) in given.items():
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f" Did you mean {PREFIX}{close[0].upper()}?" if close else ""
            raise SettingsError(f"There is no setting {name!r} ({origin}).{hint}")


def _read(value: Any, hint: Any, name: str) -> Any:
    if value in ("on", "off") and hint.__origin__ is bool:
        return value == "on"
    try:
        return convert(value, hint, strict=False, dec_hook=lambda kind, text: kind(text))
    except ValidationError as error:
        raise SettingsError(f"{PREFIX}{name.upper()}={value!r} cannot be used: {error}.") from error
