"""Draws a clip's poses as a jointed figure on a floor. numpy and Pillow.

Orthographic three-quarter view, limbs as tapered capsules sorted by depth, the person's left in
one colour and right in another, a shadow straight below, the path walked so far on the floor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from motionllm.motion import rotation
from motionllm.motion.clip import Clip
from motionllm.motion.skeleton import JOINTS, world_transforms

LEFT, RIGHT = (226, 112, 58), (52, 120, 196)  # orange, blue: told apart by the colour-blind too
BODY, HEAD, FACE = (118, 126, 140), (138, 146, 160), (214, 219, 227)
PAPER, FLOOR, GRID, SHADOW = (250, 250, 248), (240, 239, 235), (222, 221, 215), (205, 203, 196)
PATH = (120, 168, 92)
SUPERSAMPLE = 3  # drawn larger and reduced: Pillow's own edges are jagged
TALL = 2.36  # metres from the lower to the upper edge of a picture
BELOW = 0.3  # metres of it below the floor
FLOOR_RADIUS = 0.85  # metres
GRID_STEP = 0.5  # metres

# joint, joint, radius at each in metres, colour
_LIMBS = (
    ("left_hip", "left_knee", 0.078, 0.056, LEFT),
    ("right_hip", "right_knee", 0.078, 0.056, RIGHT),
    ("left_knee", "left_ankle", 0.056, 0.037, LEFT),
    ("right_knee", "right_ankle", 0.056, 0.037, RIGHT),
    ("left_ankle", "left_foot", 0.042, 0.034, LEFT),
    ("right_ankle", "right_foot", 0.042, 0.034, RIGHT),
    ("left_shoulder", "left_elbow", 0.052, 0.041, LEFT),
    ("right_shoulder", "right_elbow", 0.052, 0.041, RIGHT),
    ("left_elbow", "left_wrist", 0.041, 0.030, LEFT),
    ("right_elbow", "right_wrist", 0.041, 0.030, RIGHT),
    ("left_hip", "right_hip", 0.088, 0.088, BODY),
    ("pelvis", "spine2", 0.112, 0.112, BODY),
    ("spine2", "spine3", 0.115, 0.125, BODY),
    ("left_collar", "right_collar", 0.078, 0.078, BODY),
    ("left_collar", "left_shoulder", 0.076, 0.058, BODY),
    ("right_collar", "right_shoulder", 0.076, 0.058, BODY),
    ("neck", "head", 0.052, 0.050, BODY),
)
# joint, from and to in its own frame (metres), radii, colour: what lies beyond the 22 joints
_ENDS = (
    ("left_wrist", (0.01, 0, 0), (0.11, -0.005, 0.01), 0.034, 0.026, LEFT),
    ("right_wrist", (-0.01, 0, 0), (-0.11, -0.005, 0.01), 0.034, 0.026, RIGHT),
    ("left_foot", (0, 0.004, 0), (0, 0.004, 0.055), 0.034, 0.027, LEFT),
    ("right_foot", (0, 0.004, 0), (0, 0.004, 0.055), 0.034, 0.027, RIGHT),
    ("left_ankle", (0, -0.02, -0.01), (0, -0.03, -0.035), 0.036, 0.032, LEFT),
    ("right_ankle", (0, -0.02, -0.01), (0, -0.03, -0.035), 0.036, 0.032, RIGHT),
    ("head", (0, 0.07, 0.012), (0, 0.125, 0.006), 0.088, 0.094, HEAD),
    ("head", (-0.026, 0.095, 0.072), (0.026, 0.095, 0.072), 0.034, 0.034, FACE),
)


@dataclass(frozen=True)
class Figure:
    """A clip's capsules, ready to draw: starts and ends (T, N, 3), radii (N, 2), colours."""

    starts: np.ndarray
    ends: np.ndarray
    radii: np.ndarray
    colours: tuple[tuple[int, int, int], ...]
    ground: np.ndarray  # (T, 2) x and z of the pelvis
    followed: np.ndarray  # (T, 2) the same, smoothed: where the camera looks


def build_figure(clip: Clip) -> Figure:
    """Return the capsules of every frame of a clip."""
    world, joints = world_transforms(clip.rotations, clip.translation, clip.offsets)
    starts = [joints[:, JOINTS[limb[0]]] for limb in _LIMBS]
    ends = [joints[:, JOINTS[limb[1]]] for limb in _LIMBS]
    for name, near, far, *_ in _ENDS:
        joint = JOINTS[name]
        for points, offset in ((starts, near), (ends, far)):
            turned = rotation.rotate(world[:, joint], np.asarray(offset, np.float64)[None])
            points.append(joints[:, joint] + turned)
    ground = joints[:, 0][:, [0, 2]]
    window = max(1, int(clip.fps * 0.5)) | 1
    padded = np.pad(ground, ((window // 2, window // 2), (0, 0)), mode="edge")
    kernel = np.ones(window) / window
    followed = np.stack([np.convolve(padded[:, i], kernel, "valid") for i in (0, 1)], axis=1)
    return Figure(
        np.stack(starts, axis=1),
        np.stack(ends, axis=1),
        np.array([limb[2:4] for limb in _LIMBS] + [end[3:5] for end in _ENDS]),
        tuple(limb[4] for limb in _LIMBS) + tuple(end[5] for end in _ENDS),
        ground,
        followed,
    )


@dataclass(frozen=True)
class Camera:
    """An orthographic view: where on the canvas the followed point of the floor is, how large."""

    x: float  # pixels, of the canvas as drawn (supersampled)
    y: float
    scale: float  # pixels a metre
    yaw: float = 0.6  # radians, to the person's left: the face is turned to the viewer
    pitch: float = 0.22  # radians, looking down

    def project(self, points: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return pixels (..., 2) and depth (...), larger is farther, of points (..., 3).

        Args:
            points: metres, Y up.
            target: (2,) x and z of the point of the floor that the camera follows.
        """
        x, z = points[..., 0] - target[0], points[..., 2] - target[1]
        across = x * np.cos(self.yaw) - z * np.sin(self.yaw)
        towards = x * np.sin(self.yaw) + z * np.cos(self.yaw)
        up = points[..., 1] * np.cos(self.pitch) - towards * np.sin(self.pitch)
        depth = -towards * np.cos(self.pitch) - points[..., 1] * np.sin(self.pitch)
        pixels = np.stack([self.x + across * self.scale, self.y - up * self.scale], axis=-1)
        return pixels, depth


def new_canvas(width: int, height: int) -> Image.Image:
    """Return an empty picture to draw on; sizes are those of the finished one."""
    return Image.new("RGB", (width * SUPERSAMPLE, height * SUPERSAMPLE), PAPER)


def finished(canvas: Image.Image) -> Image.Image:
    """Return the canvas at its final size, edges smoothed."""
    return canvas.reduce(SUPERSAMPLE)


def camera_for(x: float, top: float, height: float) -> Camera:
    """Return the view of a figure centred at `x` between `top` and `top + height` (pixels)."""
    scale = height * SUPERSAMPLE / TALL
    return Camera(x * SUPERSAMPLE, (top + height) * SUPERSAMPLE - BELOW * scale, scale)


def draw_floor(canvas: Image.Image, figure: Figure, frame: int, camera: Camera) -> None:
    """Draw a round piece of floor with a grid that stands still, and the path so far."""
    draw = ImageDraw.Draw(canvas)
    target = figure.followed[frame]
    angles = np.linspace(0.0, 2.0 * np.pi, 72)
    rim = target + FLOOR_RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    draw.polygon(_flat(camera.project(_on_floor(rim), target)[0]), fill=FLOOR)
    first = np.ceil((target - FLOOR_RADIUS) / GRID_STEP) * GRID_STEP
    for axis in (0, 1):
        for line in np.arange(first[axis], target[axis] + FLOOR_RADIUS, GRID_STEP):
            half = np.sqrt(max(FLOOR_RADIUS**2 - (line - target[axis]) ** 2, 0.0))
            ends = np.zeros((2, 2))
            ends[:, axis] = line
            ends[:, 1 - axis] = target[1 - axis] + np.array([-half, half])
            draw.line(
                _flat(camera.project(_on_floor(ends), target)[0]), fill=GRID, width=SUPERSAMPLE
            )
    walked = figure.ground[: frame + 1]
    near = np.linalg.norm(walked - target, axis=1) < FLOOR_RADIUS
    start = len(near) - int(np.argmin(near[::-1])) if not near.all() else 0
    if len(walked) - start > 1 and np.ptp(walked[start:], axis=0).max() > 0.15:
        pixels = camera.project(_on_floor(walked[start:]), target)[0]
        draw.line(_flat(pixels), fill=PATH, width=2 * SUPERSAMPLE, joint="curve")


def draw_figure(canvas: Image.Image, figure: Figure, frame: int, camera: Camera) -> None:
    """Draw one pose: its shadow on the floor, then the limbs from the farthest to the nearest."""
    draw = ImageDraw.Draw(canvas)
    target = figure.followed[frame]
    starts, ends = figure.starts[frame], figure.ends[frame]
    radii = figure.radii * camera.scale
    below = np.array([1.0, 0.0, 1.0])
    flat_starts = camera.project(starts * below, target)[0]
    flat_ends = camera.project(ends * below, target)[0]
    for start, end, (near, far) in zip(flat_starts, flat_ends, radii, strict=True):
        _capsule(draw, start, end, near, far, SHADOW, flat=np.sin(camera.pitch) * 1.6)
    pixels_start, depth_start = camera.project(starts, target)
    pixels_end, depth_end = camera.project(ends, target)
    # A limb's place in the order is that of its nearest skin, not of its axis.
    order = np.argsort(-(0.5 * (depth_start + depth_end) - 0.5 * figure.radii.mean(axis=1)))
    edge = max(1.0, 0.009 * camera.scale)
    light = np.array([-0.3, -0.34])  # towards the upper left, in radii
    for limb in order:
        start, end = pixels_start[limb], pixels_end[limb]
        near, far = radii[limb]
        colour = figure.colours[limb]
        _capsule(draw, start, end, near + edge, far + edge, _shade(colour, 0.52))
        _capsule(draw, start, end, near, far, _shade(colour, 0.86))
        _capsule(draw, start + light * near, end + light * far, near * 0.62, far * 0.62, colour)
        _capsule(
            draw,
            start + light * near * 1.3,
            end + light * far * 1.3,
            near * 0.3,
            far * 0.3,
            _shade(colour, 1.18),
        )


def _capsule(draw, start, end, near, far, colour, flat: float = 1.0) -> None:
    """Fill two discs and what lies between them; `flat` presses them down, as on a floor."""
    for (x, y), radius in ((start, near), (end, far)):
        draw.ellipse((x - radius, y - radius * flat, x + radius, y + radius * flat), fill=colour)
    # Tangent points of two circles, found where vertical lengths are stretched back.
    along = (end - start) / np.array([1.0, flat])
    length = float(np.hypot(*along))
    if length <= abs(near - far) + 1e-6:
        return
    tilt = np.arctan2(along[1], along[0])
    open_angle = np.arccos(np.clip((near - far) / length, -1.0, 1.0))
    corners = []
    for centre, radius, sides in ((start, near, (1, -1)), (end, far, (-1, 1))):
        for side in sides:
            angle = tilt + side * open_angle
            corners.append(
                (
                    float(centre[0] + radius * np.cos(angle)),
                    float(centre[1] + radius * np.sin(angle) * flat),
                )
            )
    draw.polygon(corners, fill=colour)


def _shade(colour: tuple[int, int, int], factor: float) -> tuple[int, ...]:
    return tuple(min(255, int(channel * factor)) for channel in colour)


def _on_floor(points: np.ndarray) -> np.ndarray:
    return np.stack([points[..., 0], np.zeros(points.shape[:-1]), points[..., 1]], axis=-1)


def _flat(pixels: np.ndarray) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in pixels]
