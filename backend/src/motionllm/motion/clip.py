"""Clip, the waist of the project: one motion of one person. numpy only.

Right-handed, metres, Y up, facing +Z at frame 0, floor at y = 0. On disk an .npz without pickles.
"""

import io
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from motionllm.errors import MotionError
from motionllm.files import write_whole
from motionllm.motion import rotation, skeleton
from motionllm.motion.contacts import detect_contacts

_ARRAYS = {
    "rotations": (22, 4),
    "translation": (3,),
    "joints": (22, 3),
    "contacts": (4,),
}


@dataclass(frozen=True)
class Clip:
    """A motion; see DESIGN of the fields in the README's table of conventions.

    Attributes:
        fps: frames a second.
        rotations: (T, 22, 4) float32 local joint rotations, wxyz, relative to the T-pose.
        translation: (T, 3) float32 pelvis position, metres.
        joints: (T, 22, 3) float32 world joint positions, equal to FK of the above.
        offsets: (22, 3) float32 rest offsets of the skeleton.
        contacts: (T, 4) bool: left ankle, left toe, right ankle, right toe planted.
        text, seed, pack, licence: where the motion came from.
    """

    fps: float
    rotations: np.ndarray
    translation: np.ndarray
    joints: np.ndarray
    offsets: np.ndarray
    contacts: np.ndarray
    text: str = ""
    seed: int = 0
    pack: str = ""
    licence: str = ""

    @staticmethod
    def build(
        fps: float,
        rotations: np.ndarray,
        translation: np.ndarray,
        contacts: np.ndarray | None = None,
        text: str = "",
        seed: int = 0,
        pack: str = "",
        licence: str = "",
    ) -> "Clip":
        """Make a clip on the canonical skeleton from rotations (T, 22, 4), translation (T, 3).

        Contacts are detected where none are given.
        """
        rotations = rotation.continuous(rotation.normalize(np.asarray(rotations, np.float64)))
        translation = np.asarray(translation, np.float64)
        joints = skeleton.forward_kinematics(rotations, translation).astype(np.float32)
        if contacts is None:
            contacts = detect_contacts(joints, fps)
        return Clip(
            float(fps),
            rotations.astype(np.float32),
            translation.astype(np.float32),
            joints,
            skeleton.OFFSETS.copy(),
            np.asarray(contacts, bool),
            text,
            int(seed),
            pack,
            licence,
        )

    @property
    def frames(self) -> int:
        """Number of frames."""
        return len(self.rotations)

    @property
    def seconds(self) -> float:
        """Length in seconds: every frame lasts 1 / fps."""
        return self.frames / self.fps

    def resampled(self, fps: float) -> "Clip":
        """Return the clip at another rate, rotations by slerp, positions linearly."""
        if abs(fps - self.fps) < 1e-6:
            return self
        count = max(2, int(round((self.frames - 1) * fps / self.fps)) + 1)
        source = np.linspace(0.0, self.frames - 1.0, count)
        nearest = np.round(source).astype(int)
        whole = np.arange(self.frames)
        moved = np.stack(
            [np.interp(source, whole, self.translation[:, axis]) for axis in range(3)], axis=1
        )
        return Clip.build(
            fps,
            rotation.resample(self.rotations.astype(np.float64), source),
            moved,
            self.contacts[nearest],
            self.text,
            self.seed,
            self.pack,
            self.licence,
        )

    def cut(self, start: int, stop: int) -> "Clip":
        """Return frames start..stop-1, moved and turned to begin at the origin facing +Z."""
        rotations, translation = to_origin(
            self.rotations[start:stop].astype(np.float64),
            self.translation[start:stop].astype(np.float64),
        )
        return Clip.build(
            self.fps,
            rotations,
            translation,
            self.contacts[start:stop],
            self.text,
            self.seed,
            self.pack,
            self.licence,
        )

    def mirrored(self) -> "Clip":
        """Return the clip with left and right swapped; the text is left as it is."""
        rotations, translation = skeleton.mirrored(self.rotations, self.translation)
        return Clip.build(
            self.fps,
            rotations,
            translation,
            self.contacts[:, [2, 3, 0, 1]],
            self.text,
            self.seed,
            self.pack,
            self.licence,
        )

    def labelled(self, **fields: object) -> "Clip":
        """Return the clip with other text, seed, pack or licence."""
        return replace(self, **fields)


def heading(rotations: np.ndarray) -> np.ndarray:
    """Return the yaw (T,) in radians of pelvis rotations (T, 4), continuous in time.

    The heading is the yaw that is left when the tilt is taken off by the smallest rotation
    (swing-twist about Y), which stays steady when the body bends over.
    """
    yaw = 2.0 * np.arctan2(rotations[:, 2], rotations[:, 0])
    return np.unwrap(yaw)


def to_origin(rotations: np.ndarray, translation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn and move a motion so that frame 0 faces +Z above the origin; heights are kept.

    Args:
        rotations: (T, 22, 4) local rotations.
        translation: (T, 3) pelvis positions.
    """
    turn = rotation.yaw_quaternion(-heading(rotations[:1, 0])[0])
    turned = rotations.copy()
    turned[:, 0] = rotation.multiply(turn, rotations[:, 0])
    start = translation[0] * np.array([1.0, 0.0, 1.0])
    return turned, rotation.rotate(turn, translation - start)


def clip_to_bytes(clip: Clip, recipe: str = "") -> bytes:
    """Return the clip as the bytes of an .npz: the same clip gives the same bytes.

    A recipe, which says how a clip of a batch was made, goes in where one is given.
    """
    buffer = io.BytesIO()
    extra = {"recipe": np.array(recipe)} if recipe else {}
    np.savez_compressed(
        buffer,
        fps=np.float64(clip.fps),
        rotations=clip.rotations,
        translation=clip.translation,
        joints=clip.joints,
        offsets=clip.offsets,
        contacts=clip.contacts,
        text=np.array(clip.text),
        seed=np.int64(clip.seed),
        pack=np.array(clip.pack),
        licence=np.array(clip.licence),
        **extra,
    )
    return buffer.getvalue()


def clip_from_bytes(data: bytes, name: str = "the motion") -> Clip:
    """Read a clip from the bytes of an .npz.

    Raises:
        MotionError: code "bad_file", if the data are no clip; the sentence says why.
    """
    hint = "It must be an .npz written by this program."
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            fields = {key: archive[key] for key in archive.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise MotionError("bad_file", f"{name} is not a readable clip.", hint) from error
    frames = len(fields.get("rotations", ()))
    for key, shape in _ARRAYS.items():
        value = fields.get(key)
        if value is None or value.shape != (frames, *shape) or frames == 0:
            raise MotionError("bad_file", f"{name} has no usable field '{key}'.", hint)
        if not np.isfinite(value).all():
            raise MotionError("bad_file", f"{name} holds numbers that are not finite.", hint)
    fps = float(fields.get("fps", 0.0))
    if not 1.0 <= fps <= 1000.0:
        raise MotionError("bad_file", f"{name} has no usable frame rate.", hint)
    return Clip(
        fps,
        fields["rotations"].astype(np.float32),
        fields["translation"].astype(np.float32),
        fields["joints"].astype(np.float32),
        fields.get("offsets", skeleton.OFFSETS).astype(np.float32),
        fields["contacts"].astype(bool),
        str(fields.get("text", "")),
        int(fields.get("seed", 0)),
        str(fields.get("pack", "")),
        str(fields.get("licence", "")),
    )


def save_clip(clip: Clip, path: str | Path) -> None:
    """Write the clip as .npz; see write_whole."""
    write_whole(path, clip_to_bytes(clip))


def load_clip(path: str | Path) -> Clip:
    """Read a clip from an .npz file.

    Raises:
        MotionError: code "bad_file", if it is missing or no clip.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MotionError("bad_file", f"{path} cannot be read: {error.strerror}.") from error
    return clip_from_bytes(data, path.name)
