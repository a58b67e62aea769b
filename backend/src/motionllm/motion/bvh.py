"""BVH files in and out. numpy only.

A BVH names its joints, their offsets and, a frame a line, channel values in degrees and file units.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motionllm.errors import MotionError
from motionllm.files import write_whole
from motionllm.motion import rotation, skeleton
from motionllm.motion.clip import Clip

_AXES = {"X": 0, "Y": 1, "Z": 2}
_END = -1  # in place of a joint: an end site
_HINT = "Export the file again, or leave it out."
MAX_FRAMES = 200_000  # about two hours at 30 fps; more than that is a broken header


@dataclass(frozen=True)
class BvhFile:
    """The content of one BVH file, joints in file order (parents before children).

    Attributes:
        names: joint names.
        parents: index of each joint's parent, -1 for the root.
        offsets: (J, 3) offset from the parent, file units.
        ends: joint index -> (3,) offset of its end site.
        rotations: (T, J, 4) local rotations, wxyz.
        positions: (T, 3) position of the root, file units.
        frame_time: seconds a frame.
    """

    names: list[str]
    parents: list[int]
    offsets: np.ndarray
    ends: dict[int, np.ndarray]
    rotations: np.ndarray
    positions: np.ndarray
    frame_time: float

    def world(self) -> tuple[np.ndarray, np.ndarray]:
        """Return world rotations (T, J, 4) and positions (T, J, 3), file units and axes."""
        return chain_world(self.parents, self.offsets, self.rotations, self.positions)


def chain_world(
    parents: list[int], offsets: np.ndarray, rotations: np.ndarray, positions: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return world rotations and positions of any joint tree, parents before children."""
    world: list[np.ndarray] = []
    places: list[np.ndarray] = []
    for joint, parent in enumerate(parents):
        if parent < 0:
            world.append(rotations[:, joint])
            places.append(np.asarray(positions))
        else:
            world.append(rotation.multiply(world[parent], rotations[:, joint]))
            places.append(places[parent] + rotation.rotate(world[parent], offsets[joint][None]))
    return np.stack(world, axis=1), np.stack(places, axis=1)


class _Header:
    """The hierarchy while its lines are read: joints in the order in which they come."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.parents: list[int] = []
        self.offsets: list[list[float]] = []
        self.ends: dict[int, np.ndarray] = {}
        self.channels: list[list[str]] = []
        self.open: list[int] = []  # joints whose braces are open, the innermost last
        self._pending: int | None = None  # the joint whose brace is opened next, or _END
        self._in_end = False

    def take(self, words: list[str]) -> None:
        """Take the words of a line in.

        Raises:
            ValueError, LookupError: if they are no line of a hierarchy, or not in this place.
        """
        {
            "ROOT": self._joint, "JOINT": self._joint, "END": self._end, "{": self._begin,
            "}": self._close, "OFFSET": self._offset, "CHANNELS": self._channels,
        }[words[0].upper()](words[1:])  # fmt: skip

    def _joint(self, words: list[str]) -> None:
        self.names.append(" ".join(words) or f"joint{len(self.names)}")
        self.parents.append(self.open[-1] if self.open else -1)
        self.offsets.append([0.0, 0.0, 0.0])
        self.channels.append([])
        self._pending = len(self.names) - 1

    def _end(self, _: list[str]) -> None:
        self._pending = _END

    def _begin(self, _: list[str]) -> None:
        if self._pending is None:
            raise ValueError
        self._in_end = self._pending == _END
        self.open.append(self.open[-1] if self._in_end else self._pending)

    def _close(self, _: list[str]) -> None:
        self.open.pop()
        self._in_end = False

    def _offset(self, words: list[str]) -> None:
        offset = [float(word) for word in words[:3]]
        if len(offset) != 3:
            raise ValueError
        if self._in_end:
            self.ends[self.open[-1]] = np.array(offset)
        else:
            self.offsets[self.open[-1]] = offset

    def _channels(self, words: list[str]) -> None:
        count = int(words[0])
        wanted = words[1 : 1 + count]
        if len(wanted) != count or any(word[0].upper() not in _AXES for word in wanted):
            raise ValueError
        self.channels[self.open[-1]] = wanted


def read_bvh(source: str | Path, name: str | None = None) -> BvhFile:
    """Read a BVH file, or the text of one (a string that holds a line break).

    Raises:
        MotionError: code "bad_file"; the sentence names the line.
    """
    if isinstance(source, str) and "\n" in source:
        text, name = source, name or "the BVH text"
    else:
        path = Path(source)
        name = name or path.name
        try:
            text = path.read_text("utf-8", errors="replace")
        except OSError as error:
            raise MotionError("bad_file", f"{path} cannot be read: {error.strerror}.") from error
    lines = text.splitlines()
    header, motion_line = _read_hierarchy(lines, name)
    return _read_motion(lines, motion_line, header, name)


def _fail(name: str, line: int, what: str) -> MotionError:
    return MotionError("bad_file", f"{name}, line {line + 1}: {what}.", _HINT)


def _read_hierarchy(lines: list[str], name: str) -> tuple[_Header, int]:
    """Return the joints and the index of the line MOTION."""
    header = _Header()
    if not lines or lines[0].strip().upper() != "HIERARCHY":
        raise _fail(name, 0, "a BVH file begins with HIERARCHY")
    for number, line in enumerate(lines):
        words = line.split()
        if not words or number == 0:
            continue
        if words[0].upper() == "MOTION":
            if header.open:
                raise _fail(name, number, "a joint is not closed before MOTION")
            if not header.names:
                raise _fail(name, number, "there is no joint before MOTION")
            return header, number
        try:
            header.take(words)
        except (ValueError, LookupError) as error:
            raise _fail(name, number, f"'{line.strip()[:40]}' is not understood") from error
    raise _fail(name, len(lines) - 1, "the file ends before MOTION")


def _read_motion(lines: list[str], start: int, header: _Header, name: str) -> BvhFile:
    try:
        declared = int(lines[start + 1].split(":")[1])
        frame_time = float(lines[start + 2].split(":")[1])
    except (IndexError, ValueError) as error:
        raise _fail(name, start + 1, "'Frames:' and 'Frame Time:' are expected here") from error
    if not 0 < declared <= MAX_FRAMES or not 0.0005 < frame_time < 2.0:
        raise _fail(name, start + 1, "the number of frames or the frame time is impossible")
    width = sum(len(channels) for channels in header.channels)
    rows = [
        (number, lines[number]) for number in range(start + 3, len(lines)) if lines[number].strip()
    ]
    if len(rows) < declared:
        raise _fail(name, len(lines) - 1, f"{declared} frames are declared, {len(rows)} are there")
    rows = rows[:declared]
    try:
        values = np.array(" ".join(line for _, line in rows).split(), np.float64)
    except ValueError as error:
        raise _first_bad_row(rows, width, name) from error
    if values.size != declared * width or not np.isfinite(values).all():
        raise _first_bad_row(rows, width, name)
    return _build(header, values.reshape(declared, width), frame_time)


def _first_bad_row(rows: list[tuple[int, str]], width: int, name: str) -> MotionError:
    for number, line in rows:
        words = line.split()
        try:
            good = len(words) == width and np.isfinite(np.array(words, np.float64)).all()
        except ValueError:
            good = False
        if not good:
            return _fail(
                name, number, f"{width} numbers are expected, {len(words)} words are there"
            )
    return MotionError("bad_file", f"{name} holds no usable frames.", _HINT)


def _build(header: _Header, values: np.ndarray, frame_time: float) -> BvhFile:
    offsets = np.array(header.offsets, np.float64)
    rotations = rotation.identity(len(values), len(header.names))
    positions = np.tile(offsets, (len(values), 1, 1))
    column = 0
    for joint, channels in enumerate(header.channels):
        q = rotations[:, joint]
        for channel in channels:
            axis = _AXES[channel[0].upper()]
            if channel[1:].lower() == "rotation":
                turn = rotation.from_axis_angle(np.eye(3)[axis], np.radians(values[:, column]))
                q = rotation.multiply(q, turn)
            else:
                positions[:, joint, axis] = values[:, column]
            column += 1
        rotations[:, joint] = q
    file = BvhFile(
        header.names, header.parents, offsets, header.ends, rotations, positions[:, 0], frame_time
    )
    return _from_hips(file, positions)


def _from_hips(file: BvhFile, positions: np.ndarray) -> BvhFile:
    """Return a motion with the bones above its hips left out, where the hips move in them.

    Rigs with a root bone carry the person by the hips below it. Positions of joints further down
    are left alone: recordings hold noise there.

    Args:
        positions: (T, J, 3) of all joints in their parents.
    """
    hips, place, turn = 0, positions[:, 0], file.rotations[:, 0]
    while file.parents.count(hips) == 1:
        below = file.parents.index(hips)
        moved = positions[:, below]
        if np.ptp(moved, axis=0).max() <= 1e-3 * max(np.abs(file.offsets).max(), 1e-9):
            break
        place = place + rotation.rotate(turn, moved)
        turn = rotation.multiply(turn, file.rotations[:, below])
        hips = below
    if hips == 0:
        return file
    rotations = file.rotations[:, hips:].copy()
    rotations[:, 0] = turn
    return BvhFile(
        file.names[hips:],
        [-1, *(parent - hips for parent in file.parents[hips + 1 :])],
        file.offsets[hips:],
        {joint - hips: end for joint, end in file.ends.items() if joint >= hips},
        rotations,
        place,
        file.frame_time,
    )


def write_bvh(path: str | Path, clip: Clip) -> None:
    """Write a clip as BVH: centimetres, Y up, T-pose as rest pose, rotations Z X Y.

    Raises:
        MotionError: code "output", if the file cannot be written.
    """
    write_whole(path, bvh_text(clip).encode("utf-8"))


def bvh_text(clip: Clip) -> str:
    """Return the text of a BVH file of a clip; see write_bvh."""
    offsets = clip.offsets.astype(np.float64) * 100.0
    # The end sites go on in the bones' own directions, for viewers that draw them.
    tips = {
        joint: offsets[joint] * (0.4 if joint != 15 else 2.5)
        for joint in set(range(skeleton.JOINT_COUNT)) - set(skeleton.PARENTS)
    }
    positions = {0: clip.translation.astype(np.float64) * 100.0}
    rotations = clip.rotations.astype(np.float64)
    names, parents = list(skeleton.JOINT_NAMES), list(skeleton.PARENTS)
    return tree_text(names, parents, offsets, tips, rotations, positions, clip.fps)


def tree_text(
    names: list[str], parents: list[int], offsets: np.ndarray, tips: dict[int, np.ndarray],
    rotations: np.ndarray, positions: dict[int, np.ndarray], fps: float,
) -> str:  # fmt: skip
    """Return the text of a BVH file of any joint tree, rotations Z X Y.

    Args:
        names: joint names; white space in them becomes "_".
        parents: index of each joint's parent, parents first, -1 for the one root.
        offsets: (J, 3) from the parent, file units.
        tips: joint -> (3,) offset of its end site; absent ones end where they begin.
        rotations: (T, J, 4) local rotations.
        positions: joint -> (T, 3) position in its parent, of those that move in it; the root's too.
        fps: frames a second.
    """
    children: dict[int, list[int]] = {joint: [] for joint in range(len(names))}
    for joint, parent in enumerate(parents):
        if parent >= 0:
            children[parent].append(joint)
    lines = ["HIERARCHY"]
    order: list[int] = []

    def add(joint: int, depth: int) -> None:
        order.append(joint)
        tab, inner = "\t" * depth, "\t" * (depth + 1)
        name = "_".join(names[joint].split())
        lines.append(f"{tab}{'JOINT' if depth else 'ROOT'} {name}")
        lines.append(tab + "{")
        lines.append(inner + "OFFSET " + _numbers(offsets[joint]))
        place = "6 Xposition Yposition Zposition" if joint in positions else "3"
        lines.append(f"{inner}CHANNELS {place} Zrotation Xrotation Yrotation")
        for child in children[joint]:
            add(child, depth + 1)
        if not children[joint]:
            tip = tips.get(joint, np.zeros(3))
            lines.extend([inner + "End Site", inner + "{"])
            lines.extend([inner + "\tOFFSET " + _numbers(tip), inner + "}"])
        lines.append(tab + "}")

    add(parents.index(-1), 0)
    angles = np.degrees(_zxy(rotation.to_matrix(rotations)))
    values = []
    for joint in order:
        values += [positions[joint]] if joint in positions else []
        values.append(angles[:, joint])
    table = np.concatenate(values, axis=1)
    lines += ["MOTION", f"Frames: {len(table)}", f"Frame Time: {1.0 / fps:.8f}"]
    lines += [_numbers(row) for row in table]
    return "\n".join(lines) + "\n"


def _numbers(values: np.ndarray) -> str:
    return " ".join(f"{value:.4f}" for value in values)


def _zxy(m: np.ndarray) -> np.ndarray:
    """Return angles (..., 3) about Z, X, Y in that order, R = Rz Rx Ry, of matrices."""
    x = np.arcsin(np.clip(m[..., 2, 1], -1.0, 1.0))
    z = np.arctan2(-m[..., 0, 1], m[..., 1, 1])
    y = np.arctan2(-m[..., 2, 0], m[..., 2, 2])
    return np.stack([z, x, y], axis=-1)
