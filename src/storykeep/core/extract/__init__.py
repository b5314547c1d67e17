"""Raw captures of Instagram stories -> Sightings of Stories, whatever shape they came in.

    capture.py    read_capture: a document -> sightings and problems
    shapes.py     which documents are captures
    foreign.py    what the others look like
    items.py      an item of any dialect -> SeenStory
    identity.py   the facts without which there is no story: pk, time, owner
    private.py    the Story of Instagram's private API and of today's web pages
    legacy.py     the Story of the web pages until 2023
    vendor.py     the Story of the vendor's API
    stickers.py   mentions, hashtags, places, links, reshared posts
    media.py      images, videos and their files
    people.py     accounts
    node.py       one object of a payload, read with care
    raw.py        a payload as bytes

To add a dialect: a reader of its items, a row in ``items.py``, its shape in ``shapes.py``.
"""

from storykeep.core.extract.capture import Capture, read_capture
from storykeep.core.extract.foreign import NotACapture

__all__ = ["Capture", "NotACapture", "read_capture"]
