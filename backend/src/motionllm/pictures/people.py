"""Draws people of one space as strips, from the side and from above. numpy and Pillow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from motionllm.motion.clip import Clip
from motionllm.pictures import figure, films

COATS = ((118, 126, 140), (150, 112, 160), (110, 150, 118), (170, 150, 90))  # body of each person
MOMENTS = 6
CELL, SIDE, ABOVE, TITLE = 190, 150, 150, 24  # pixels
MARGIN = 0.9  # metres around the people
_SIDE_VIEW = {"yaw": 1.2, "pitch": 0.16}  # nearly across the first person's way
_TOP_VIEW = {"yaw": 0.0, "pitch": np.pi / 2 - 0.02}


def draw(rows: Sequence[tuple[str, Sequence[Clip]]], path: str | Path) -> None:
    """Write a picture: for each title and its people, moments from the side, below them from above.

    From above the first person faces down the page at the start, their left is to the right.

    Raises:
        MotionError: "missing_dependency", "output".
    """
    films.check_suffix(".png")
    height = TITLE + SIDE + ABOVE + 8
    canvas = figure.new_canvas(CELL * MOMENTS, height * len(rows))
    labels = []
    for index, (title, clips) in enumerate(rows):
        top = index * height
        labels.append((6, top + 4, title, 14, films.INK, CELL * MOMENTS - 12))
        frames = min(clip.frames for clip in clips)
        places = np.stack([clip.joints[:frames, 0][:, [0, 2]] for clip in clips])
        centre = places.mean(axis=0)
        spread = float(np.linalg.norm(places - centre, axis=2).max())
        built = []
        for i, clip in enumerate(clips):
            one = figure.build_figure(clip)
            colours = _dressed(one.colours, COATS[i % len(COATS)])
            built.append(replace(one, followed=centre, colours=colours))
        scale = min(CELL / (2 * (spread + MARGIN)), (SIDE - 8) / 2.1)
        above = min(CELL, ABOVE) / (2 * (spread + MARGIN))
        for moment, frame in enumerate(np.round(np.linspace(0, frames - 1, MOMENTS)).astype(int)):
            x = (moment + 0.5) * CELL
            views = (
                _camera(x, top + TITLE + SIDE - 0.25 * scale - 4, scale, _SIDE_VIEW),
                _camera(x, top + TITLE + SIDE + ABOVE / 2, above, _TOP_VIEW),
            )
            for view in views:
                depths = [view.project(b.starts[frame], centre[frame])[1].mean() for b in built]
                for person in np.argsort(depths)[::-1]:
                    figure.draw_figure(canvas, built[person], int(frame), view)
            labels.append((x, top + TITLE - 6, f"{frame / clips[0].fps:.1f} s", 11,
                           films.FAINT, None))  # fmt: skip
    films.save_picture(canvas, labels, path)


def _camera(x: float, y: float, scale: float, view: dict) -> figure.Camera:
    size = figure.SUPERSAMPLE
    return figure.Camera(x * size, y * size, scale * size, **view)


def _dressed(colours: tuple, coat: tuple[int, int, int]) -> tuple:
    return tuple(coat if colour == figure.BODY else colour for colour in colours)
