"""Raw captures of Instagram stories -> Sightings of Stories, whatever shape they came in.

    capture.py    a document -> sightings and problems; a kept item -> what it says today
    shapes.py     which documents are captures
    highlights.py which reels are highlights, and the list of an account's
    foreign.py    what the others look like
    scarce.py     stories of which little more than the moment is known: exports, bare files
    items.py      an item of any dialect -> SeenStory: what it must have, and the Story itself
    profile.py    what an account's own page told -> the vendor's two shapes of a user
    graph.py      what the Graph API tells, in the vendor's words
    stickers.py   accounts, mentions, hashtags, places, links, reshared posts
    media.py      images, videos and their files
    node.py       one object of a payload, read with care; and as bytes
    problems.py   what could not be read, of one document
    extended.py   what a kept capture says beyond the vendor's object
    drift.py      keys of live answers that are new or gone

To add a dialect: its words in ``stickers.py`` and ``media.py``, its shape in ``shapes.py``.
"""

from storykeep.core.extract.capture import Capture, read_about, read_again, read_capture, read_live
from storykeep.core.extract.foreign import NotACapture

__all__ = ["Capture", "NotACapture", "read_about", "read_again", "read_capture", "read_live"]
