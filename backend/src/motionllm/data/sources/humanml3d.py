"""HumanML3D's layout: new_joint_vecs/NAME.npy, texts/NAME.txt and train, val and test.txt.

A frame at 20 fps is 263 numbers. What is used of them: half the turn to the next frame (with the
sign of the turn back to +Z), the pelvis' way to the next frame in the next frame's heading, its
height, and 21 joint positions in the frame's heading, the pelvis' x and z taken off. The rotations
beside them are shortest arcs from another rest pose, without twist, and no rotations of a body:
they are left alone. Names that begin with M are mirrored copies, which are made here as well.
Source: Guo et al., "Generating Diverse and Natural 3D Human Motions From Text", 2022, and its
motion_representation.
"""

import io
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from motionllm.data.sources.human_captions import Captions, Sentence
from motionllm.data.sources.positions import RestPose, clip_from_joints, fit_rest
from motionllm.errors import MotionError
from motionllm.motion import rotation, skeleton
from motionllm.motion.clip import Clip

FPS = 20.0
FEATURES = 263
VECTORS, TEXTS = "new_joint_vecs", "texts"
SPLITS = ("test", "val", "train")  # a name in two lists belongs to the first of these
LICENCE = "HumanML3D, from AMASS (non-commercial research)"


def is_layout(folder: Path) -> bool:
    """Tell whether a folder is laid out as HumanML3D."""
    return (folder / VECTORS).is_dir()


class VectorFolder:
    """Reads the motion of a folder of this layout; see sources.folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def rows(self) -> list[dict[str, str]]:
        """Return one row a clip of the split files, with the columns of a clips.csv.

        Raises:
            MotionError: code "bad_file", if no split file can be read or all are empty.
        """
        found: dict[str, dict[str, str]] = {}
        for split in SPLITS:
            path = self.folder / f"{split}.txt"
            try:
                names = path.read_text("utf-8").split()
            except OSError:
                continue  # a set may be without one of them
            for name in names:
                if not name.startswith("M"):
                    found.setdefault(name, self._row(name, split))
        if not found:
            raise MotionError(
                "bad_file", f"{self.folder} has no train.txt, val.txt or test.txt with names.",
                "They list the files of new_joint_vecs, a name without suffix in a line.",
            )  # fmt: skip
        return list(found.values())

    def read(self, row: dict[str, str]) -> np.ndarray:
        """Return the joint positions (T, 22, 3) of a row's file; see joints_of.

        Raises:
            MotionError: code "bad_file".
        """
        path = self.folder / row["path"]
        vectors = _array(path)
        if vectors.ndim != 2 or vectors.shape[1] != FEATURES or len(vectors) < 2:
            raise MotionError(
                "bad_file", f"{path.name} holds {vectors.shape}, not frames of {FEATURES} numbers."
            )
        return joints_of(vectors)

    def notes(self, _file: np.ndarray) -> tuple[str, ...]:
        """Return what was left out of a file: nothing."""
        return ()

    def alike(self, _one: np.ndarray, _other: np.ndarray) -> bool:
        """Tell whether two files are of one skeleton: all of this layout are."""
        return True

    def calibrate(self, samples: list[np.ndarray], _family: str) -> RestPose:
        """Fit the rest pose that all clips share, to some of them."""
        return fit_rest(samples, FPS)

    def clip(self, joints: np.ndarray, rest: RestPose, _name: str) -> Clip:
        """Carry joint positions to the canonical skeleton, at 20 frames a second."""
        return clip_from_joints(joints, FPS, rest)

    def _row(self, name: str, split: str) -> dict[str, str]:
        return {
            "id": f"humanml3d/{name}", "source": "humanml3d", "path": f"{VECTORS}/{name}.npy",
            "skeleton": "humanml3d", "label": "", "licence": LICENCE, "commercial_ok": "no",
            "split": split,
        }  # fmt: skip


def read_clip(path: Path) -> Clip:
    """Read one file of vectors (T, 263) or of the joints (T, 22, 3) that they are made from.

    Its rest pose is fitted to the one motion.

    Raises:
        MotionError: code "bad_file"; the sentence says what the file holds.
    """
    array = _array(path)
    if array.ndim in (3, 4) and len(array) == 1:  # a batch of one
        array = array[0]
    shape = array.shape
    if len(shape) == 2 and shape[1] == FEATURES and len(array) > 1:
        joints = joints_of(array)
    elif len(shape) == 3 and shape[1:] == (skeleton.JOINT_COUNT, 3) and len(array) > 1:
        joints = array.astype(np.float64)
    else:
        raise MotionError(
            "bad_file", f"{path.name} is no motion this program knows: it holds {shape}.",
            f"Of .npy files it reads HumanML3D's: frames of {FEATURES} numbers, or of 22 joints.",
        )  # fmt: skip
    height = np.median(joints[:, 0, 1] - joints[:, list(skeleton.FOOT_JOINTS), 1].min(axis=1))
    legs = skeleton.LEG_LENGTH * np.array([0.1, 1.6])
    if not legs[0] < height < legs[1]:
        raise MotionError(
            "bad_file", f"In {path.name} the pelvis is {height:.2f} m over the feet.",
            "Take off the normalisation (times the deviation, plus the mean), and have Y up and "
            "metres.",
        )  # fmt: skip
    return clip_from_joints(joints, FPS, fit_rest([joints], FPS))


def _array(path: Path) -> np.ndarray:
    """Return the array of numbers in a file.

    Raises:
        MotionError: code "bad_file".
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MotionError("bad_file", f"{path} cannot be read: {error.strerror}.") from error
    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except Exception as error:  # numpy raises several kinds for broken data
        packed = "allow_pickle" in str(error)
        why = "holds packed Python objects" if packed else "is no .npy file that can be read"
        hint = "Save the array of the motion by itself, with numpy.save." if packed else ""
        raise MotionError("bad_file", f"{path.name} {why}.", hint) from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
        raise MotionError("bad_file", f"{path.name} holds no array of numbers.")
    if not np.isfinite(array).all():
        raise MotionError("bad_file", f"{path.name} holds numbers that are not finite.")
    return array


def joints_of(vectors: np.ndarray) -> np.ndarray:
    """Return joint positions (T, 22, 3), metres, Y up, of vectors (T, 263).

    They start above the origin, facing +Z.
    """
    vectors = vectors.astype(np.float64)
    turn = np.concatenate([[0.0], -2.0 * np.cumsum(vectors[:-1, 0])])
    heading = rotation.yaw_quaternion(turn)
    step = np.zeros((len(vectors), 3))
    step[1:, [0, 2]] = vectors[:-1, 1:3]
    root = np.cumsum(rotation.rotate(heading, step), axis=0)
    around = vectors[:, 4:67].reshape(len(vectors), 21, 3)
    others = rotation.rotate(heading[:, None], around) + root[:, None]
    root[:, 1] = vectors[:, 3]
    return np.concatenate([root[:, None], others], axis=1)


class TextFolder(Captions):
    """The captions of a folder of this layout.

    A line is caption#its words with their kinds#from#to, seconds of the clip; 0.0#0.0 is all of
    it.

    Args:
        folder: holds the folder `texts`.
        say: takes one line about each file or line that cannot be read.
    """

    def __init__(self, folder: Path, say: Callable[[str], None] = print) -> None:
        self.folder = folder / TEXTS
        self._say = say
        self._read: dict[str, list[Sentence]] = {}

    def sentences(self, row: dict) -> list[Sentence]:
        """Every caption of a clip; `row` needs its path and seconds."""
        name = Path(row["path"]).stem
        if name not in self._read:
            self._read[name] = self._sentences(self.folder / f"{name}.txt", float(row["seconds"]))
        return self._read[name]

    def _sentences(self, path: Path, seconds: float) -> list[Sentence]:
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            self._say(f"{path.name} left out: {error}")
            return []
        found = []
        for number, line in enumerate(lines, 1):
            try:
                text, _, begin, end = line.strip().split("#")
                start, stop = float(begin), float(end)
            except ValueError:
                if line.strip():
                    self._say(f"{path.name}, line {number} left out: not caption#words#from#to")
                continue
            if math.isnan(start) or math.isnan(stop) or stop <= start:
                start, stop = 0.0, seconds
            found.append(Sentence(start, min(stop, seconds), " ".join(text.split())))
        return found
