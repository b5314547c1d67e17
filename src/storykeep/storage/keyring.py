"""Keyring in SQL: what is stored of a key is its digest."""

from collections.abc import Sequence

from storykeep.core.errors import AccessKeyInvalid
from storykeep.core.ports import AccessKey
from storykeep.core.signing import MediaForm
from storykeep.storage.database import Connection, Database, Row


class SqlKeyring:
    """The keyring port on a database that holds the schema "ledger"."""

    def __init__(self, database: Database) -> None:
        """Balances live in the same file: one read tells all about a key."""
        self._database = database
        self._turn = -1
        self._found: dict[bytes, AccessKey | None] = {}

    async def find(self, digest: bytes) -> AccessKey | None:
        """The key as it is now, its balance too; one snapshot is read once."""
        turn = self._database.turn()
        if turn != self._turn:
            self._turn = turn
            self._found.clear()
        elif digest in self._found:
            return self._found[digest]
        row = await self._database.read(lambda db: db.row("key_by_digest", digest))
        key = self._found[digest] = _key_from_row(row) if row else None
        return key

    async def create(self, key: AccessKey, digest: bytes) -> AccessKey:
        """Add a key with a balance of 0; its id is chosen here."""
        facts = (key.name, key.prefix, digest, key.rate, key.created_at, key.expires_at, key.media)
        [row] = await self._database.write(lambda db: db.rows("add_key", *facts))
        return _key_from_row(row)

    async def list(self) -> Sequence[AccessKey]:
        """All keys, oldest first."""
        rows = await self._database.read(lambda db: db.rows("keys"))
        return [_key_from_row(row) for row in rows]

    async def disable(self, key_id: int) -> None:
        """Close the door for good.  Raises AccessKeyInvalid for an unknown id."""
        await self._change("disable_key", key_id)

    async def rotate(self, key_id: int, digest: bytes, prefix: str) -> None:
        """Give the key another secret.  Raises AccessKeyInvalid for an unknown id."""
        await self._change("rotate_key", key_id, digest, prefix)

    async def set_media(self, key_id: int, media: MediaForm) -> None:
        """Say how the key's answers address files.  Raises AccessKeyInvalid for an unknown id."""
        await self._change("set_key_media", key_id, media)

    async def _change(self, query: str, key_id: int, *values: object) -> None:
        def work(db: Connection) -> None:
            db.run(query, key_id, *values)
            if not db.changes():
                raise AccessKeyInvalid(f"There is no access key {key_id}.")

        await self._database.write(work)


def _key_from_row(row: Row) -> AccessKey:
    key_id, name, prefix, rate, balance, created_at, expires_at, is_disabled, media = row
    facts = (key_id, name, prefix, rate, balance, created_at, expires_at)
    return AccessKey(*facts, bool(is_disabled), media)
