"""Draw the two small files that the fake Instagram's CDN serves, all of it from code.

Needs Pillow and PyAV: ``python scripts/make_fake_media.py``.
"""

from __future__ import annotations

from pathlib import Path

import av
from PIL import Image

OUT = Path(__file__).resolve().parents[1] / "src/storykeep/testing/instagram/media"
PHOTO, VIDEO = (180, 320), (144, 256)
FRAMES = 10


def dawn(size: tuple[int, int], moment: float) -> Image.Image:
    """Draw a sky that gets lighter as ``moment`` goes from 0 to 1, and a round sun."""
    sky = Image.linear_gradient("L").resize(size)
    light = 0.6 + 0.4 * moment
    red, green, blue = (
        sky.point([round(min(255, base + light * value * step)) for value in range(256)])
        for base, step in ((40, 0.8), (30, 0.5), (90, 0.2))
    )
    picture = Image.merge("RGB", (red, green, blue))
    side = size[0] // 3
    sun = Image.radial_gradient("L").resize((side, side)).point([255] * 120 + [0] * 136)
    at = (side, round(size[1] * (0.7 - 0.3 * moment)))
    picture.paste("#fff0c0", (*at, at[0] + side, at[1] + side), sun)
    return picture


def main() -> None:
    """Draw both."""
    OUT.mkdir(exist_ok=True)
    dawn(PHOTO, 0.5).save(OUT / "photo.jpg", quality=80)
    with av.open(str(OUT / "video.mp4"), "w", options={"movflags": "+faststart"}) as out:
        how = {"crf": "30", "x264-params": "threads=1"}
        stream = out.add_stream("libx264", FRAMES, how, width=VIDEO[0], height=VIDEO[1])
        for index in range(FRAMES):
            frame = av.VideoFrame.from_image(dawn(VIDEO, index / FRAMES))  # type: ignore[no-untyped-call]
            out.mux(stream.encode(frame.reformat(format="yuv420p")))
        out.mux(stream.encode())


if __name__ == "__main__":
    main()
