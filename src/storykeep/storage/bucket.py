"""A bucket as obstore is to see it, and what it complains of in words for the operator."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from obstore.exceptions import BaseError
from obstore.store import S3Store

from storykeep.core.errors import StorageError
from storykeep.core.media import FileCorrupt, FileMissing

if TYPE_CHECKING:
    from obstore.store import S3Credential

log = logging.getLogger(__name__)

_CONNECT = timedelta(seconds=5)
_RETRIES, _RETRY_FOR = 3, timedelta(seconds=20)

_CODE = re.compile(r"<Code>(\w{1,64})</Code>")
_STATUS = re.compile(r"status code: (\d+)")


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
    where = {"endpoint": bucket.endpoint, "aws_endpoint_url_s3": bucket.endpoint}
    return S3Store(
        bucket.name,
        prefix=bucket.prefix or None,
        **(where if bucket.endpoint else {}),
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
        told = code[1] if code else f"status {status[1]}" if status else "no answer"
        kind = StorageError
        if isinstance(error, FileNotFoundError) and told != "NoSuchBucket":
            kind = FileMissing
        elif told == "InvalidRange":
            kind = FileCorrupt
        raise broken(f"{name}: {told}. {_advice(told, status)}".lstrip(": "), kind) from None


def _advice(told: str, status: re.Match[str] | None) -> str:
    if told == "NoSuchBucket":
        return "Create the bucket, or name another in STORYKEEP_MEDIA."
    if status is None:
        return "The server of STORYKEEP_MEDIA does not answer: see that it runs and is reached."
    if status[1] in ("401", "403"):
        return (
            "Check STORYKEEP_S3_ACCESS_KEY and STORYKEEP_S3_SECRET_KEY, what they may do, and"
            " the clock of this machine."
        )
    if status[1] == "404":
        return "It is gone, or the whole bucket is: storykeep media verify tells what is missing."
    return "The server of STORYKEEP_MEDIA refuses: look for the code in its documentation."


def broken(reason: str, kind: type[StorageError] = StorageError) -> StorageError:
    """Return the error that says so, logged: callers are told no more than its kind."""
    log.error("media_failed", extra={"reason": reason})
    return kind(f"The bucket is out of order: {reason}")
