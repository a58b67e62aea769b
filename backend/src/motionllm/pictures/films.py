"""Pictures and films of clips. numpy; Pillow (and imageio-ffmpeg for .mp4) when one is drawn.

`strip` and `contact_sheet` write still pictures, `gif` and `mp4` films; `write` chooses by the
file's suffix.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from motionllm.errors import MotionError
from motionllm.files import replacing
from motionllm.motion.clip import Clip

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (".png", ".gif", ".mp4")
NEEDS = {".png": ("PIL",), ".gif": ("PIL",), ".mp4": ("PIL", "imageio_ffmpeg")}
PACKAGES = {"PIL": "pillow", "imageio_ffmpeg": "imageio-ffmpeg"}
POSE_WIDTH, POSE_HEIGHT = 118, 190  # pixels a pose takes in a strip
FILM_SIZE = 360  # pixels, both ways, of one figure in a film
GIF_FPS = 20  # a GIF counts hundredths of a second: 30 fps cannot be written exactly
INK, FAINT = (56, 60, 68), (150, 152, 156)
_MARGIN, _TITLE, _LABEL = 14, 26, 16  # pixels


def missing_packages(suffix: str) -> list[str]:
    """Return the packages that a preview of this suffix wants and that are not installed."""
    return [PACKAGES[name] for name in NEEDS[suffix] if importlib.util.find_spec(name) is None]


def check_suffix(suffix: str) -> None:
    """Tell early whether a preview can be written.

    Raises:
        MotionError: "missing_dependency", naming the packages to install.
    """
    missing = missing_packages(suffix)
    if missing:
        raise MotionError(
            "missing_dependency",
            f"A {suffix} preview needs {' and '.join(missing)}.",
            "Install with: pip install " + " ".join(missing),
        )


def write(clips: Clip | Sequence[Clip], path: str | Path) -> None:
    """Write a preview of one or more clips: .png a strip, .gif or .mp4 a film.

    Raises:
        MotionError: "bad_request" for another suffix, "missing_dependency", "output".
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise MotionError(
            "bad_request", f"A preview cannot be written as {suffix or 'a file without suffix'}.",
            "Choose one of " + ", ".join(SUFFIXES) + ".",
        )  # fmt: skip
    if suffix == ".png":
        contact_sheet([(clip.text, clip) for clip in _many(clips)], path)
    elif suffix == ".gif":
        gif(clips, path)
    else:
        mp4(clips, path)


def strip(clips: Clip | Sequence[Clip], path: str | Path, columns: int = 8) -> None:
    """Write a picture of `columns` poses side by side, spread evenly over each clip, a row each."""
    contact_sheet([("", clip) for clip in _many(clips)], path, columns)


def contact_sheet(
    rows: Sequence[tuple[str, Clip]],
    path: str | Path,
    columns: int = 8,
    across: int = 1,
    pose_height: int = POSE_HEIGHT,
) -> None:
    """Write a grid of clips: each a title over `columns` poses with their times.

    Args:
        rows: title and clip; an empty title takes no room if all are empty.
        path: the .png to write.
        columns: poses a clip.
        across: clips side by side.
        pose_height: pixels.
    """
    check_suffix(".png")
    from motionllm.pictures import figure

    pose_width = round(POSE_WIDTH * pose_height / POSE_HEIGHT)
    title = _TITLE if any(text for text, _ in rows) else 0
    cell_width = columns * pose_width + 2 * _MARGIN
    cell_height = title + pose_height + _LABEL + _MARGIN
    lines = -(-len(rows) // across)
    canvas = figure.new_canvas(cell_width * across, cell_height * lines + _MARGIN // 2)
    labels = []
    for index, (text, clip) in enumerate(rows):
        left = (index % across) * cell_width + _MARGIN
        top = (index // across) * cell_height + _MARGIN // 2
        if text:
            labels.append((left + 2, top + 4, text, 15, INK, columns * pose_width))
        built = figure.build_figure(clip)
        frames = np.round(np.linspace(0, clip.frames - 1, columns)).astype(int)
        views = [
            figure.camera_for(left + (i + 0.5) * pose_width, top + title, pose_height)
            for i in range(columns)
        ]
        for frame, view in zip(frames, views, strict=True):
            figure.draw_floor(canvas, built, frame, view)
        for i, (frame, view) in enumerate(zip(frames, views, strict=True)):
            figure.draw_figure(canvas, built, frame, view)
            below = top + title + pose_height - 2
            seconds = f"{frame / clip.fps:.1f} s"
            labels.append((left + (i + 0.5) * pose_width, below, seconds, 11, FAINT, None))
    save_picture(canvas, labels, path)


def save_picture(canvas: Image, labels: list, path: str | Path) -> None:
    """Write a canvas as .png with labels (x, y, text, size, colour, width or None: centred)."""
    from PIL.Image import Dither

    from motionllm.pictures import figure

    picture = figure.finished(canvas)
    _write_labels(picture, labels)
    if picture.width * picture.height > 1_500_000:
        picture = picture.quantize(255, dither=Dither.NONE)  # flat colours: a third of the bytes
    with replacing(path) as part:
        picture.save(part, "PNG", optimize=True)


def gif(clips: Clip | Sequence[Clip], path: str | Path, size: int = FILM_SIZE) -> None:
    """Write an endless film, clips side by side."""
    check_suffix(".gif")
    from PIL.Image import Dither

    frames = list(_film(_many(clips), GIF_FPS, size))
    palette = frames[len(frames) // 2].quantize(128, dither=Dither.NONE)
    pictures = [frame.quantize(palette=palette, dither=Dither.NONE) for frame in frames]
    with replacing(path) as part:
        pictures[0].save(
            part, "GIF", save_all=True, append_images=pictures[1:],
            duration=1000 // GIF_FPS, loop=0, disposal=1,
        )  # fmt: skip


def mp4(clips: Clip | Sequence[Clip], path: str | Path, size: int = FILM_SIZE) -> None:
    """Write a film at 30 fps, clips side by side."""
    check_suffix(".mp4")
    import imageio_ffmpeg

    clips = _many(clips)
    with replacing(path) as part:
        try:
            writer = imageio_ffmpeg.write_frames(
                str(part), (size * len(clips), size), fps=30, quality=8, macro_block_size=2
            )
            writer.send(None)
            for frame in _film(clips, 30, size):
                writer.send(frame.tobytes())
            writer.close()
        except RuntimeError as error:  # ffmpeg could not be run
            raise MotionError("output", f"{path} cannot be written: {error}.") from error


def _film(clips: list[Clip], fps: float, size: int) -> Iterator[Image]:
    """Yield pictures; shorter clips hold their last pose."""
    from motionllm.pictures import figure

    clips = [clip.at_rate(fps) for clip in clips]
    built = [figure.build_figure(clip) for clip in clips]
    for moment in range(max(clip.frames for clip in clips)):
        canvas = figure.new_canvas(size * len(clips), size)
        labels = []
        for index, (clip, one) in enumerate(zip(clips, built, strict=True)):
            frame = min(moment, clip.frames - 1)
            view = figure.camera_for((index + 0.5) * size, 0.0, size - 18)
            figure.draw_floor(canvas, one, frame, view)
            figure.draw_figure(canvas, one, frame, view)
            if clip.text:
                labels.append((index * size + 10, size - 24, clip.text, 14, INK, size - 20))
        picture = figure.finished(canvas)
        _write_labels(picture, labels)
        yield picture


def _write_labels(picture: Image, labels: list) -> None:
    """Write (x, y, text, size, colour, width); without a width the text is centred on x."""
    from PIL import ImageDraw, ImageFont

    draw = ImageDraw.Draw(picture)
    for x, y, text, size, colour, width in labels:
        font = ImageFont.load_default(size)
        if width is None:
            x -= draw.textlength(text, font) / 2
        else:
            whole = text
            while text and draw.textlength(text + ("" if text == whole else "..."), font) > width:
                text = text[:-1]
            text += "" if text == whole else "..."
        draw.text((x, y), text, fill=colour, font=font)


def _many(clips: Clip | Sequence[Clip]) -> list[Clip]:
    return [clips] if isinstance(clips, Clip) else list(clips)
