"""What the CDN answers: a picture or a video for every address whose signature is good."""

import re
from email.utils import formatdate
from hashlib import sha256
from importlib.resources import files

from storykeep.testing.instagram.failures import REFUSALS
from storykeep.testing.instagram.wire import Answer, Request, Routes
from storykeep.testing.instagram.world import World

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_MEDIA = files(__package__).joinpath("media")
_PHOTO = _MEDIA.joinpath("photo.jpg").read_bytes()
_VIDEO = _MEDIA.joinpath("video.mp4").read_bytes()


def media_file(path: str) -> bytes:
    """Return the file at ``path``: each path has bytes of its own, which play like the others."""
    name = path.encode()
    if path.endswith(".mp4"):
        return _VIDEO + (8 + len(name)).to_bytes(4, "big") + b"free" + name
    comment = b"\xff\xfe" + (2 + len(name)).to_bytes(2, "big") + name
    return _PHOTO[:2] + comment + _PHOTO[2:]


def serve_file(world: World, request: Request) -> Answer:
    """Answer with the file, or the part of it that is asked for, until ``oe`` is over."""
    try:
        is_good = world.clock() <= int(request.query.get("oe", ""), 16)
    except ValueError:
        is_good = False
    if not is_good:
        return REFUSALS["expired"]
    content = media_file(request.path)
    headers = {
        "Content-Type": "video/mp4" if request.path.endswith(".mp4") else "image/jpeg",
        "Accept-Ranges": "bytes",
        "ETag": f'"{sha256(content).hexdigest()[:16]}"',
        "Last-Modified": formatdate(0, usegmt=True),
    }
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if asked is None or asked[0] == "bytes=-":
        return Answer(200, content, headers)
    size = len(content)
    start = int(asked[1]) if asked[1] else max(0, size - int(asked[2]))
    end = min(int(asked[2]), size - 1) if asked[1] and asked[2] else size - 1
    if start > end:
        return Answer(416, b"", {"Content-Range": f"bytes */{size}"})
    shown = {"Content-Range": f"bytes {start}-{end}/{size}"}
    return Answer(206, content[start : end + 1], headers | shown)


ROUTES: Routes = {r"/.+": serve_file}
