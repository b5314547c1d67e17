"""A media folder on a disk without room."""

import os

from storykeep.storage.drafts import LocalDraft
from storykeep.storage.media import FolderMedia


class FullDisk(FolderMedia):
    """Takes no byte until it is mended: what is written to fails as on a full disk."""

    is_full = True

    def begin(self) -> LocalDraft:
        draft = super().begin()
        if self.is_full:
            os.close(draft.descriptor)
            draft.descriptor = os.open(draft.path, os.O_RDONLY)
        return draft
