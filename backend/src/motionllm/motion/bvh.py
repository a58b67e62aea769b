"""BVH files in and out. numpy only.

A BVH names its joints, their offsets and, a frame a line, channel values in degrees and file units.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from motionllm.errors import MotionError
from motionllm.files import decoded, write_whole
from motionllm.motion import rotation, skeleton
from motionllm.motion.bvh_hierarchy import Hierarchy
from motionllm.motion.bvh_text import Taken, take_apart
from motionllm.motion.clip import Clip


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
        notes: what was assumed or left out when it was read, a sentence each without its end.
        others: of a file with several ROOTs, what hangs on the others; this one has most joints.
    """

    names: list[str]
    parents: list[int]
    offsets: np.ndarray
    ends: dict[int, np.ndarray]
    rotations: np.ndarray
    positions: np.ndarray
    frame_time: float
    notes: tuple[str, ...] = ()
    others: tuple["BvhFile", ...] = ()

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


def read_bvh(source: str | bytes | Path, name: str | None = None) -> BvhFile:
    """Read a BVH file, or the text of one (bytes, or a string that holds a line break).

    Raises:
        MotionError: code "bad_file"; the sentence names the line.
    """
    if isinstance(source, bytes) or (
        isinstance(source, str) and ("\n" in source or "\r" in source)
    ):
        text, name = source, name or "the BVH text"
    else:
        path = Path(source)
        name = name or path.name
        try:
            text = path.read_bytes()
        except OSError as error:
            raise MotionError("bad_file", f"{path} cannot be read: {error.strerror}.") from error
    if isinstance(text, bytes):
        text = decoded(text)
    return _build(take_apart(text, name))


def _build(taken: Taken) -> BvhFile:
    """Return the motion of every tree in a file, the one with most joints in front."""
    hierarchy, values = taken.hierarchy, taken.values
    offsets = np.array(hierarchy.offsets, np.float64)
    rotations = rotation.identity(len(values), len(hierarchy.names))
    positions: dict[int, np.ndarray] = {}
    notes = list(taken.notes)
    column = 0
    for joint, channels in enumerate(hierarchy.channels):
        q = rotations[:, joint]
        for channel in channels:
            if channel.kind == "rotation":
                turn = rotation.from_axis_angle(
                    np.eye(3)[channel.axis], np.radians(values[:, column])
                )
                q = rotation.multiply(q, turn)
            elif channel.kind == "position":
                place = positions.setdefault(joint, np.tile(offsets[joint], (len(values), 1)))
                place[:, channel.axis] = values[:, column]
            column += 1
        rotations[:, joint] = q
    if any(channel.kind == "scale" for channels in hierarchy.channels for channel in channels):
        notes.append("channels of scale are left out")
    inner = [joint for joint, parent in enumerate(hierarchy.parents) if parent >= 0]
    if inner and not offsets[inner].any() and any(joint in positions for joint in inner):
        for joint in positions.keys() & set(inner):
            offsets[joint] = np.median(positions[joint], axis=0)
        notes.append("every OFFSET is zero: the joints' places are taken from their channels")
    trees = _trees(hierarchy, offsets, rotations, positions, taken.frame_time)
    trees.sort(key=lambda tree: -len(tree.names))  # stable: of equals the first
    return replace(trees[0], notes=tuple(notes), others=tuple(trees[1:]))


def _trees(
    hierarchy: Hierarchy, offsets: np.ndarray, rotations: np.ndarray,
    positions: dict[int, np.ndarray], frame_time: float,
) -> list[BvhFile]:  # fmt: skip
    """Return what hangs on each ROOT, in file order."""
    count = len(hierarchy.names)
    roots = [joint for joint, parent in enumerate(hierarchy.parents) if parent < 0]
    trees = []
    for root, stop in zip(roots, [*roots[1:], count], strict=True):
        whole = BvhFile(
            hierarchy.names[root:stop],
            [-1, *(parent - root for parent in hierarchy.parents[root + 1 : stop])],
            offsets[root:stop],
            {joint - root: end for joint, end in hierarchy.ends.items() if root <= joint < stop},
            rotations[:, root:stop],
            positions.get(root, np.tile(offsets[root], (len(rotations), 1))),
            frame_time,
        )
        moved = {joint - root: place for joint, place in positions.items() if root < joint < stop}
        trees.append(_from_hips(whole, moved))
    return trees


def _from_hips(file: BvhFile, moved: dict[int, np.ndarray]) -> BvhFile:
    """Return a motion with the bones above its hips left out, where the hips move in them.

    Rigs with a root bone carry the person by the hips below it. Positions of joints further down
    are left alone: recordings hold noise there.

    Args:
        moved: joint -> (T, 3) its positions in its parent, of those below the root that have some.
    """
    hips, place, turn = 0, file.positions, file.rotations[:, 0]
    while file.parents.count(hips) == 1:
        below = file.parents.index(hips)
        if below not in moved:
            break
        if np.ptp(moved[below], axis=0).max() <= 1e-3 * max(np.abs(file.offsets).max(), 1e-9):
            break
        place = place + rotation.rotate(turn, moved[below])
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
    # Where X is a right angle, Z and Y turn about one axis and only their sum is known.
    locked = np.hypot(m[..., 0, 1], m[..., 1, 1]) < 1e-4
    z = np.where(locked, np.arctan2(m[..., 1, 0], m[..., 0, 0]), z)
    return np.stack([z, x, np.where(locked, 0.0, y)], axis=-1)
