"""Accounts: the owner of a reel, who is mentioned, who pays."""

from storykeep.core.extract.node import Node
from storykeep.core.model import UserShort

_PK_KEYS = ("pk", "pk_id", "id")


def read_user(node: Node, pk_keys: tuple[str, ...] = _PK_KEYS) -> UserShort:
    """Return the account that ``node`` describes; its ``pk`` is empty where none is given.

    A pk that nobody gave is not invented: a mention on the old web pages has only a name.
    """
    pk = node.pk(*pk_keys)
    return UserShort(
        pk=pk or "",
        id=pk,
        username=node.text("username"),
        full_name=node.text("full_name", ""),
        profile_pic_url=node.address("profile_pic_url"),
        profile_pic_url_hd=node.address("profile_pic_url_hd"),
        is_private=node.flag("is_private"),
        is_verified=node.flag("is_verified"),
    )


def merge(known: UserShort, other: UserShort) -> UserShort:
    """Return ``known``, its gaps filled from ``other``."""
    if known == other:
        return known
    return UserShort(
        pk=known.pk or other.pk,
        id=known.id or other.id,
        username=known.username or other.username,
        full_name=known.full_name or other.full_name,
        profile_pic_url=known.profile_pic_url or other.profile_pic_url,
        profile_pic_url_hd=known.profile_pic_url_hd or other.profile_pic_url_hd,
        is_private=other.is_private if known.is_private is None else known.is_private,
        is_verified=other.is_verified if known.is_verified is None else known.is_verified,
    )


def named(pk: str) -> UserShort:
    """Return an account of which only the ``pk`` is known."""
    return UserShort(pk=pk, id=pk)
