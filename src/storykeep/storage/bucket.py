"""A bucket as obstore is to see it, and what it complains of in words for the operator."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from obstore.exceptions import BaseError, InvalidPathError
from obstore.store import S3Store

from storykeep.core.errors import StorageError
from storykeep.core.media import FileCorrupt, FileMissing
from storykeep.storage import disk

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Credential

broken = partial(disk.broken, what="bucket")

_CONNECT = timedelta(seconds=5)
_RETRIES, _RETRY_FOR = 3, timedelta(seconds=20)

_CODE = re.compile(r"<Code>(\w{1,64})</Code>")
_BAD_NAME, _SILENCE = "a name that is none", "no answer"
_STATUS = re.compile(r"status code: (\d+)")

_KEYS = (
    "Check STORYKEEP_S3_ACCESS_KEY and STORYKEEP_S3_SECRET_KEY, what they may do, and the clock of"
    " this machine."
)
_ADVICE = {
    _BAD_NAME: "Somebody put an object there whose name has control characters: remove it.",
    "NoSuchBucket": "Create the bucket, or name another in STORYKEEP_MEDIA.",
    _SILENCE: "The server of STORYKEEP_MEDIA does not answer: see that it runs and is reached.",
    "401": _KEYS,
    "403": _KEYS,
    "404": "It is gone, or the whole bucket is: storykeep media verify tells what is missing.",
}
_REFUSED = "The server of STORYKEEP_MEDIA refuses: look for the code in its documentation."


class S3Keys(Struct, frozen=True):
    """Who asks.  Neither is shown by accident."""

    access_key: str
    secret_key: str

    def __repr__(self) -> str:
        """Name the kind alone."""
        return "S3Keys(…)"


class Bucket(Struct, frozen=True, kw_only=True):
    """Where the files are."""

    name: str
    prefix: str = ""
    endpoint: str = ""
    """Of a server that is not Amazon's; only one that begins with http: is asked without TLS."""
    region: str = "us-east-1"
    path_style: bool = True
    """Whether the bucket stands in the path and not in the host."""
    patience: float = 60.0
    """Seconds that a request may take; one that fails is tried again for a while."""


def open_store(bucket: Bucket, keys: S3Keys) -> S3Store:
    """Return the bucket as obstore sees it; the process's own AWS_ variables choose nothing."""
    credential: S3Credential = {
        "access_key_id": keys.access_key,
        "secret_access_key": keys.secret_key,
        "expires_at": None,
    }
    where: S3Config = {}
    if bucket.endpoint:
        where = {"endpoint": bucket.endpoint, "aws_endpoint_url_s3": bucket.endpoint}
    return S3Store(
        bucket.name,
        prefix=bucket.prefix or None,
        config=where,
        region=bucket.region,
        virtual_hosted_style_request=not bucket.path_style,
        credential_provider=lambda: credential,
        skip_signature=False,
        disable_bulk_delete=True,  # one at a time, as every server understands it
        client_options={
            "allow_http": bucket.endpoint.startswith("http:"),
            "connect_timeout": _CONNECT,
            "timeout": timedelta(seconds=bucket.patience),
        },
        retry_config={"max_retries": _RETRIES, "retry_timeout": _RETRY_FOR},
    )


@contextmanager
def troubles(name: str = "") -> Iterator[None]:
    """Make what obstore raises ours.

    Its own words hold what the server sent, which may be anything: the code alone is told.
    """
    try:
        yield
    except (BaseError, OSError, ValueError) as error:
        code, status = _CODE.search(str(error)), _STATUS.search(str(error))
        told = code[1] if code else f"status {status[1]}" if status else _SILENCE
        if isinstance(error, InvalidPathError):
            told = _BAD_NAME
        kind = StorageError
        if isinstance(error, FileNotFoundError) and told != "NoSuchBucket":
            kind = FileMissing
        elif told == "InvalidRange":
            kind = FileCorrupt
        advice = _ADVICE.get(told) or _ADVICE.get(status[1] if status else _SILENCE, _REFUSED)
        raise broken(f"{name}: {told}. {advice}".lstrip(": "), kind) from None
