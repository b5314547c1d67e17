"""Draw the demo media (pictures, avatars, one short video), all of it from code.

Coordinates are in a space 1080 units wide, scaled to the picture's size; colours are hex triples
in one string; randomness is seeded. Needs Pillow and PyAV: ``python scripts/make_demo_media.py``.
"""

from __future__ import annotations

from array import array
from itertools import pairwise
from math import ceil, cos, floor, sin, tau
from pathlib import Path
from random import Random

import av
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

Point = tuple[float, float]
Polygon = list[Point]

OUT = Path(__file__).resolve().parents[1] / "src/storykeep/sources/demo_media"
PHOTO, VIDEO = (1080, 1920), (720, 1280)
SECONDS, FRAMES, RATE = 5, 125, 44_100


def gradient(size: tuple[int, int], colours: str) -> Image.Image:
    """Blend evenly spaced colours from top to bottom."""
    raw = bytes.fromhex(colours)
    return Image.frombytes("RGB", (1, len(raw) // 3), raw).resize(size)


def fill(img: Image.Image, shapes: list[Polygon], colours: str) -> None:
    """Fill polygons, edges smoothed, with a gradient reaching over their common height."""
    scale, ys = img.width / 1080, [y * img.width / 1080 for shape in shapes for _, y in shape]
    top, bottom = max(0, floor(min(ys))), min(img.height, ceil(max(ys)) + 1)
    mask = Image.new("L", (img.width * 2, (bottom - top) * 2))
    for dots in ([(x * scale * 2, (y * scale - top) * 2) for x, y in shape] for shape in shapes):
        ImageDraw.Draw(mask).polygon(dots, 255)
    paint = gradient((img.width, bottom - top), colours)
    img.paste(paint, (0, top), mask.resize(paint.size, Image.Resampling.BOX))


def glow(img: Image.Image, at: Point, radius: float, colour: str, power: float = 2) -> None:
    """Paint a soft round light; a higher power falls off faster."""
    curve = [round(255 * max(0, 1 - v / 178) ** power) for v in range(256)]
    scale, side = img.width / 1080, max(1, round(radius * img.width / 540))
    mask = Image.radial_gradient("L").resize((side, side)).point(curve)
    corner = (round((at[0] - radius) * scale), round((at[1] - radius) * scale))
    img.paste(gradient(mask.size, colour), corner, mask)


def disc(x: float, y: float, rx: float, ry: float = 0) -> Polygon:
    """Return a circle, or an ellipse when ``ry`` is given."""
    return [(x + rx * cos(i / 96 * tau), y + (ry or rx) * sin(i / 96 * tau)) for i in range(96)]


def block(x: float, top: float, bottom: float, upper: float, lower: float) -> Polygon:
    """Return an upright trapezium centred on ``x``, with half its width above and below."""
    return [(x - upper, top), (x + upper, top), (x + lower, bottom), (x - lower, bottom)]


def stars(img: Image.Image, rng: Random, count: int, lowest: float) -> None:
    """Scatter stars, fewer and smaller towards the horizon."""
    for x, depth in ((rng.uniform(0, 1080), rng.random() ** 1.3) for _ in range(count)):
        glow(img, (x, depth * lowest), rng.uniform(2.5, 8) * (1.2 - depth), "f4f6ff", 0.9)


def ridge(rng: Random, base: float, height: float, rough: float) -> Polygon:
    """Return a mountain range: midpoint displacement, seven times over, closed far below."""
    line = [rng.uniform(-0.6, 0.6) for _ in range(4)]
    for step in (0.75 * rough**i for i in range(7)):
        halves = [(a, (a + b) / 2 + rng.uniform(-step, step)) for a, b in pairwise(line)]
        line = [v for half in halves for v in half] + line[-1:]
    crest = [(1080 * i / (len(line) - 1), base - height * v) for i, v in enumerate(line)]
    return [(0, 1920), *crest, (1080, 1920)]


def pine(rng: Random, x: float, ground: float, height: float) -> Polygon:
    """Return the outline of one pine tree."""
    half: Polygon = [(0, ground - height)]
    for tier in range(1, 11):
        reach, y = height * 0.021 * tier * rng.uniform(0.8, 1.15), height * (1 - tier / 10)
        half += [(reach, ground - y), (reach * 0.45, ground - y - height / 60)]
    return [(x - r, y) for r, y in half] + [(x + r, y) for r, y in half[::-1]]


def sea(img: Image.Image, base: float, tones: str, foam: str, moment: float = 0) -> None:
    """Draw peaked waves, larger when nearer; a ``moment`` from 0 to 1 is a seamless loop."""
    for i, (tone, deeper) in enumerate(pairwise(tones.split())):
        level, length, crest, under = base + 44 * i + 11 * i * i, 185 + 74 * i, [], []
        for x in range(-100, 1181, 9):
            turn = tau * (x / length + i * 0.37 - moment * (1 + (i in {0, 1, 2})))
            tall = (8 + 6 * i) * (0.75 + 0.25 * sin(x / 207 + level))
            crest.append((x - tall * 0.8 * sin(turn), level - tall * cos(turn)))
            under.append((crest[-1][0], crest[-1][1] + 1.5 + tall * 0.3 * max(0, cos(turn)) ** 2))
        fill(img, [[(-400, 1920), *crest, (1500, 1920)]], tone + deeper)
        fill(img, [crest + under[::-1]], foam)


def label(img: Image.Image, size: float) -> Image.Image:
    """Write the small mark, centred, near the bottom."""
    at, font = (img.width / 2, img.height - img.width * 0.07), ImageFont.load_default(size)
    ImageDraw.Draw(img).text(at, "storykeep demo", "#c4c2d4", font, anchor="mm")
    return img


def mountains() -> Image.Image:
    """Draw hazy ridges and pines under a setting sun."""
    rng = Random(11)  # noqa: S311
    img = gradient(PHOTO, "1d1b4b 4a2a72 a23e7d ee6f68 ffb36b ffe3a3 ffe3a3 ffe3a3")
    stars(img, rng, 60, 520)
    glow(img, (650, 905), 800, "ffd98a")
    fill(img, [disc(650, 905, 92)], "fffbe6 ffe9a8")
    hazes = "f0a184 f9c89a cf7581 eea98f a0557d cf8288 6d3f74 a3637f 432c60 6f4672 251d47 33264f"
    for i, (crest, haze) in enumerate(list(pairwise(hazes.split()))[::2]):
        fill(img, [ridge(rng, 985 + i * 118, 150 - i * 10, 0.52)], crest + haze + haze)
    trees = [pine(rng, x, 1730, rng.uniform(130, 370)) for x in range(-20, 1120, 34)]
    fill(img, [*trees, ridge(rng, 1690, 24, 0.5)], "17133a 0d0a26")
    return img


def ocean() -> Image.Image:
    """Draw a bright day at sea: clouds, a sail and rolling turquoise waves."""
    rng = Random(5)  # noqa: S311
    img = gradient(PHOTO, "2f86c9 6db9e3 b9e2ee fdf0d8 fdf0d8")
    glow(img, (250, 420), 900, "fff8df", 2.4)
    fill(img, [disc(250, 420, 84)], "fffdf2 fff3cc")
    for y, colours in ((840, "ffffff e6f1f3"), (905, "ffffff cfe6ec")):
        puffs = [disc(rng.uniform(-60, 1140), y, rng.uniform(50, 135)) for _ in range(10)]
        fill(img, [*puffs, block(540, y, 1000, 600, 600)], colours)
    fill(img, [block(540, 940, 1920, 600, 600)], "7cc8cf 3aa3b5")
    fill(img, [[(742, 975), (742, 800), (660, 962)]], "fbe3c8 f0c3a4")
    fill(img, [[(750, 965), (750, 825), (808, 962)]], "f6836b d9604f")
    fill(img, [block(740, 975, 1010, 90, 58)], "274b66 1b3850")
    sea(img, 1000, "62bfc6 46adbb 2f97ad 1f7f9b 166785 0f506e 0a3b56 082c44", "f4fdfb c9eeee")
    return img


def curtain(rng: Random, base: float, colour: str) -> Image.Image:
    """Return one curtain of northern lights on black, to be added to a sky."""
    light, ray = Image.new("L", (540, 960)), Image.frombytes("L", (1, 6), b"\0\24\74\202\377\0")
    folds = [(rng.uniform(0.6, 3.2), rng.uniform(0, tau)) for _ in range(6)]
    beats = [(rng.uniform(9, 42), rng.uniform(0, tau)) for _ in range(5)]
    for x in range(540):
        foot = base / 2 + sum(28 / k * sin(k * x / 540 * tau + p) for k, p in folds)
        flick = 0.62 + sum(sin(k * x / 1080 * tau + p) for k, p in beats) / 13
        tall = round(147 + 173 * flick + 60 * sin(x / 1080 * tau + folds[0][1]))
        column = ray.resize((1, tall)).point([round(v * flick) for v in range(256)])
        light.paste(column, (x, round(foot) - tall))
    light = light.filter(ImageFilter.GaussianBlur(2.2)).resize(PHOTO)
    return ImageChops.multiply(gradient(PHOTO, colour), light.convert("RGB"))


def aurora() -> Image.Image:
    """Draw northern lights over peaks, mirrored in a still lake."""
    rng = Random(23)  # noqa: S311
    img = gradient(PHOTO, "050a1f 0a1738 10305a 1d5a75 1d5a75")
    stars(img, rng, 200, 1150)
    for base, colour in ((700, "8a4bff"), (860, "27e0a0"), (1010, "7dffb0"), (620, "d04fc0")):
        img = ImageChops.screen(img, curtain(rng, base, colour))
    fill(img, [ridge(rng, 1180, 150, 0.55)], "2b5f7c 1c4560 1c4560")
    fill(img, [ridge(rng, 1255, 105, 0.55)], "143650 0c2238 0c2238")
    trees = [pine(rng, x, 1385, rng.uniform(50, 130)) for x in range(0, 1100, 21)]
    fill(img, [*trees, ridge(rng, 1350, 20, 0.5)], "06121f 040b14")
    lake = img.crop((0, 860, 1080, 1390)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    img.paste(ImageChops.multiply(lake, gradient(lake.size, "b8d4e6 8fb2c9 50708f")), (0, 1390))
    return img


def lighthouse() -> Image.Image:
    """Draw a lighthouse at dusk: the picture that was kept."""
    rng, lamp = Random(31), (700, 706)  # noqa: S311
    img = gradient(PHOTO, "10173f 2c2f6b 6a4a8c d77a8d ffc296 ffc296")
    stars(img, rng, 150, 900)
    lit, beam = img.copy(), Image.new("L", PHOTO)
    glow(lit, lamp, 1100, "fff0c0", 1.2)
    fill(beam, [[lamp, (-200, 430), (-200, 720)], [lamp, (1300, 560), (1300, 700)]], "bbbbbb")
    img.paste(lit, (0, 0), beam.filter(ImageFilter.GaussianBlur(9)))
    glow(img, lamp, 240, "fff3c4")
    fill(img, [block(540, 1330, 1920, 600, 600)], "e59a92 6a4a8c")
    fill(img, [block(700, 760, 1340, 28, 48)], "fff4e6 c98f9c")
    fill(img, [block(700, y, y + 80, y / 29 + 2, y / 29 + 5) for y in (850, 1010, 1170)], "cf4b50")
    fill(img, [block(700, 746, 764, 45, 45), block(700, 618, 670, 0, 36)], "5a3a68 2b2350")
    fill(img, [block(700, 670, 746, 24, 24)], "fff7cf ffd978")
    rock = [(x, y + 0.0018 * max(0, abs(x - 720) - 120) ** 2) for x, y in ridge(rng, 1330, 26, 0.6)]
    fill(img, [rock], "43305f 221d46 221d46")
    sea(img, 1440, "7d5489 5f4580 40336e 2a265a 1a1b47 111336", "f3c3bd 8d6a9a")
    return img


def sunset(size: tuple[int, int], moment: float) -> Image.Image:
    """Draw the video's scene at a moment from 0 to 1; it loops without a seam."""
    rng, breath = Random(3), sin(moment * tau)  # noqa: S311
    img = gradient(size, "2a1b5e 7a2f80 dd5a73 ff9e62 ffd98c ffd98c")
    glow(img, (540, 1010), 900 + 50 * breath, "ffe7a6", 1.9)
    fill(img, [disc(540, 1000 + 6 * breath, 190)], "fff9dc ffcf7a")
    for wide in (rng.uniform(120, 330) for _ in range(9)):
        x, y = rng.uniform(0, 1080) + 26 * sin((moment + rng.random()) * tau), rng.uniform(430, 800)
        fill(img, [disc(x, y, wide, 7), disc(x + 60, y + 12, wide / 2, 5)], "f58f7c")
    sea(img, 1110, "f2906a d96c70 b04e78 7f3b78 552d6c 35215a 211646 1a1038", "ffdfa8", moment)
    for i in range(36):
        x, y = rng.gauss(540, 45 + i * 2), 1120 + i * 18
        wink = (0.5 + 0.5 * sin((moment + rng.random()) * tau)) ** 2
        fill(img, [disc(x, y, 1 + (40 + i) * wink, 0.5 + 4 * wink)], "ffe9b4 ffc982")
    return label(img, size[0] * 0.031)


def surf() -> array[int]:
    """Return the soundtrack, 16-bit mono: a soft chord over breathing surf."""
    rng, samples, noise = Random(7), array("h"), 0.0  # noqa: S311
    for t in (i / RATE for i in range(RATE * SECONDS)):
        noise += 0.06 * (rng.uniform(-1, 1) - noise)
        chord = sum(sin(f * t * tau) for f in (146.8, 220.0, 277.2, 329.6))
        sound = noise * (0.22 + 0.68 * sin(t / SECONDS / 2 * tau) ** 2) + 0.025 * chord
        samples.append(round(32_000 * sound * min(1, t / 0.4, (SECONDS - t) / 0.4)))
    return samples


def film(path: Path) -> None:
    """Encode the sunset as H.264 and AAC, the index first so that it streams."""
    how = {"crf": "26", "x264-params": "colorprim=bt709:transfer=bt709:colormatrix=bt709:threads=1"}
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as out:
        video = out.add_stream("libx264", FRAMES // SECONDS, how, width=VIDEO[0], height=VIDEO[1])
        audio = out.add_stream("aac", RATE, layout="mono", bit_rate=64_000)
        sound = av.AudioFrame("s16", "mono", RATE * SECONDS, align=1)
        sound.sample_rate = RATE
        sound.planes[0].update(surf().tobytes())
        for i in range(FRAMES):
            frame = av.VideoFrame.from_image(sunset(VIDEO, i / FRAMES))  # type: ignore[no-untyped-call]
            out.mux(video.encode(frame.reformat(format="yuv420p", dst_colorspace="ITU709")))
        out.mux([*video.encode(), *audio.encode(sound), *audio.encode()])


def main() -> None:
    """Draw everything into the package's demo folder."""
    for name, photo, owner, part in (
        ("mountains", mountains(), "natgeo", (60, 560, 1080, 1580)),
        ("ocean", ocean(), "second", (470, 640, 1010, 1180)),
        ("aurora", aurora(), "empty", (0, 420, 1000, 1420)),
        ("kept", lighthouse(), "private", (440, 412, 960, 932)),
    ):
        label(photo.resize((320, 320), box=part), 13).save(OUT / f"avatar_{owner}.jpg", quality=84)
        label(photo, 34).save(OUT / f"demo_{name}.jpg", quality=84, progressive=True)
    sunset(PHOTO, 0).save(OUT / "demo_video.jpg", quality=84, progressive=True)
    film(OUT / "demo_video.mp4")


if __name__ == "__main__":
    main()
