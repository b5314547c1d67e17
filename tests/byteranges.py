"""The body of an answer of several parts, taken apart."""

from email import message_from_bytes
from email.message import Message
from typing import NamedTuple, cast


class Part(NamedTuple):
    """One part."""

    content_type: str
    content_range: str
    body: bytes


def read_parts(content_type: str, body: bytes) -> list[Part]:
    """Read a multipart/byteranges body as any reader of MIME does."""
    whole = message_from_bytes(f"content-type: {content_type}\r\n\r\n".encode() + body)
    parts = cast("list[Message]", whole.get_payload())
    return [
        Part(
            part["content-type"],
            part["content-range"],
            cast("bytes", part.get_payload(decode=True)),
        )
        for part in parts
    ]
