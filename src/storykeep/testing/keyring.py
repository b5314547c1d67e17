"""Keyring in memory."""

from collections.abc import Sequence

from msgspec import structs

from storykeep.core.errors import AccessKeyInvalid, StorageError
from storykeep.core.ports import AccessKey
from storykeep.core.signing import MediaForm


class MemoryKeyring:
    """Access keys by id, in the order in which they were made."""

    def __init__(self) -> None:
        self._keys: dict[int, AccessKey] = {}
        self._digests: dict[int, bytes] = {}

    async def find(self, digest: bytes) -> AccessKey | None:
        """The key as it is now, its balance too."""
        for key_id, known in self._digests.items():
            if known == digest:
                return self._keys[key_id]
        return None

    async def create(self, key: AccessKey, digest: bytes) -> AccessKey:
        """Add a key with a balance of 0; its id is chosen here."""
        if digest in self._digests.values():
            raise StorageError
        key_id = len(self._keys) + 1
        self._digests[key_id] = digest
        self._keys[key_id] = structs.replace(key, id=key_id, balance=0, is_disabled=False)
        return self._keys[key_id]

    async def list(self) -> Sequence[AccessKey]:
        """All keys, oldest first."""
        return [*self._keys.values()]

    async def disable(self, key_id: int) -> None:
        """Close the door for good.  Raises AccessKeyInvalid for an unknown id."""
        self._keys[key_id] = structs.replace(self._known(key_id), is_disabled=True)

    async def rotate(self, key_id: int, digest: bytes, prefix: str) -> None:
        """Give the key another secret.  Raises AccessKeyInvalid for an unknown id."""
        self._keys[key_id] = structs.replace(self._known(key_id), prefix=prefix)
        self._digests[key_id] = digest

    async def set_media(self, key_id: int, media: MediaForm) -> None:
        """Say how the key's answers address files.  Raises AccessKeyInvalid for an unknown id."""
        self._keys[key_id] = structs.replace(self._known(key_id), media=media)

    def balance_of(self, key_id: int) -> int | None:
        """The balance of the key; None where there is no such key."""
        key = self._keys.get(key_id)
        return None if key is None else key.balance

    def set_balance(self, key_id: int, balance: int) -> None:
        """What a ledger does when it has posted."""
        self._keys[key_id] = structs.replace(self._known(key_id), balance=balance)

    def _known(self, key_id: int) -> AccessKey:
        if key_id not in self._keys:
            raise AccessKeyInvalid(f"There is no access key {key_id}.")
        return self._keys[key_id]
