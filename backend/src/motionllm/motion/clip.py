"""Clip, the waist of the project: one motion of one person. numpy only.

Right-handed, metres, Y up, floor at y = 0; a clip that is placed nowhere starts at the origin and
faces +Z. On disk an .npz without pickles.
"""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from motionllm.errors import MotionError
from motionllm.files import write_whole
from motionllm.motion import rotation, skeleton
from motionllm.motion.contacts import detect_contacts

LARGEST = 1_000_000_000  # bytes of arrays in a file that is opened
FARTHEST = 1e5  # metres; what is farther away is no motion
_HINT = "It must be an .npz written by this program."
_ARRAYS = {
    "rotations": (22, 4),
    "translation": (3,),
    "joints": (22, 3),
    "contacts": (4,),
}


@dataclass(frozen=True)
class Clip:
    """A motion of one person on one skeleton.

    Attributes:
        fps: frames a second.
        rotations: (T, 22, 4) float32 local joint rotations, wxyz, relative to the T-pose.
        translation: (T, 3) float32 pelvis position, metres.
        joints: (T, 22, 3) float32 world joint positions, metres, that these make.
        offsets: (22, 3) float32 rest offsets of the skeleton, metres.
        contacts: (T, 4) bool: left ankle, left toe, right ankle, right toe planted.
        text, seed, pack, licence: where the motion came from.
        ticks: what of the text it shows, as JSON (see motionllm.judge.clause.Verdict); "" where
            nobody looked.
        source: of a recording that was taken in place of a generated motion, where it is from.
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
    ticks: str = ""
    source: str = ""

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

    def moved(
        self,
        rotations: np.ndarray,
        translation: np.ndarray,
        contacts: np.ndarray | None = None,
    ) -> "Clip":
        """Return another motion that comes from the same text, seed, pack and licence.

        Args:
            rotations: (T, 22, 4) local rotations, at the clip's own rate.
            translation: (T, 3) pelvis positions.
            contacts: (T, 4) bool; the clip's own where they stay, which needs as many frames.
        """
        contacts = self.contacts if contacts is None else contacts
        return self._made(self.fps, rotations, translation, contacts)

    def at_rate(self, fps: float) -> "Clip":
        """Return the clip sampled at its own times 0, 1 / fps, 2 / fps ...; the last frame is kept.

        Nothing is stretched: frame f of the result is the clip at f / fps seconds. Only the last
        one may come late, by less than a frame.
        """
        if abs(fps - self.fps) < 1e-6:
            return self
        count = max(2, int(np.ceil((self.frames - 1) * fps / self.fps - 1e-6)) + 1)
        source = np.minimum(np.arange(count) * self.fps / fps, self.frames - 1.0)
        return self.sampled(fps, source)

    def sampled(self, fps: float, source: np.ndarray) -> "Clip":
        """Return the clip at fractional frames `source` (S,), to be played at a rate.

        Rotations by slerp, positions linearly, contacts of the nearest frame.
        """
        whole = np.arange(self.frames)
        moved = [np.interp(source, whole, self.translation[:, axis]) for axis in range(3)]
        return self._made(
            fps,
            rotation.resample(self.rotations.astype(np.float64), source),
            np.stack(moved, axis=1),
            self.contacts[np.round(source).astype(int)],
        )

    def _made(
        self, fps: float, rotations: np.ndarray, translation: np.ndarray, contacts: np.ndarray
    ) -> "Clip":
        made = Clip.build(
            fps, rotations, translation, contacts, self.text, self.seed, self.pack, self.licence
        )
        return made.labelled(ticks=self.ticks, source=self.source)

    def cut(self, start: int, stop: int) -> "Clip":
        """Return frames start..stop-1, moved and turned to begin at the origin facing +Z."""
        rotations, translation = to_origin(
            self.rotations[start:stop].astype(np.float64),
            self.translation[start:stop].astype(np.float64),
        )
        return self.moved(rotations, translation, self.contacts[start:stop])

    def mirrored(self) -> "Clip":
        """Return the clip with left and right swapped; the text is left as it is."""
        rotations, translation = skeleton.mirrored(self.rotations, self.translation)
        return self.moved(rotations, translation, self.contacts[:, [2, 3, 0, 1]])

    def labelled(
        self,
        text: str | None = None,
        seed: int | None = None,
        pack: str | None = None,
        licence: str | None = None,
        ticks: str | None = None,
        source: str | None = None,
    ) -> "Clip":
        """Return the clip with another text, seed, pack ... of its own, where one is given."""
        return replace(
            self,
            text=self.text if text is None else text,
            seed=self.seed if seed is None else seed,
            pack=self.pack if pack is None else pack,
            licence=self.licence if licence is None else licence,
            ticks=self.ticks if ticks is None else ticks,
            source=self.source if source is None else source,
        )


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
    extra |= {
        name: np.array(getattr(clip, name)) for name in ("ticks", "source") if getattr(clip, name)
    }
    save: Callable[..., None] = np.savez_compressed
    save(
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
    return clip_from_arrays(arrays_from_bytes(data, name), name)


def arrays_from_bytes(data: bytes, name: str = "the motion") -> dict[str, np.ndarray]:
    """Return the arrays in the bytes of an .npz; what is no plain array is left out.

    Raises:
        MotionError: code "bad_file", if it is no .npz that can be read.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > LARGEST:
            raise MotionError(
                "bad_file", f"{name} holds {size / 1e9:.1f} GB of arrays; a motion is smaller."
            )
        fields = {}
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            for key in arrays.files:
                try:
                    fields[key] = np.asarray(arrays[key])
                except ValueError as error:
                    if "allow_pickle" not in str(error):
                        raise
        return fields
    except MotionError:
        raise
    except Exception as error:  # zipfile and numpy raise a dozen kinds for broken data
        raise MotionError("bad_file", f"{name} is no .npz that can be read.", _HINT) from error


def clip_from_arrays(fields: Mapping[str, np.ndarray], name: str = "the motion") -> Clip:
    """Return the clip that arrays of an .npz are.

    Raises:
        MotionError: code "bad_file", if they are none; the sentence says why.
    """
    if not is_clip(fields):
        held = ", ".join(list(fields)[:8]) or "nothing"
        raise MotionError("bad_file", f"{name} is no clip of this program: it holds {held}.", _HINT)
    frames = len(fields["rotations"])
    for key, shape in _ARRAYS.items():
        value = fields.get(key)
        if value is None or value.shape != (frames, *shape) or frames == 0:
            raise MotionError("bad_file", f"{name} has no usable field '{key}'.", _HINT)
        if value.dtype.kind not in "fiub" or not np.isfinite(value).all():
            raise MotionError("bad_file", f"{name} holds numbers that are not finite.", _HINT)
        if np.abs(value.astype(np.float64)).max() > FARTHEST:
            raise MotionError("bad_file", f"{name} holds numbers that no motion has.", _HINT)
    fps = float(_number(fields.get("fps")))
    if not 1.0 <= fps <= 1000.0:
        raise MotionError("bad_file", f"{name} has no usable frame rate.", _HINT)
    offsets = fields.get("offsets", skeleton.OFFSETS)
    if offsets.shape != skeleton.OFFSETS.shape or offsets.dtype.kind not in "fiu":
        raise MotionError("bad_file", f"{name} has no usable field 'offsets'.", _HINT)
    return Clip(
        fps,
        fields["rotations"].astype(np.float32),
        fields["translation"].astype(np.float32),
        fields["joints"].astype(np.float32),
        offsets.astype(np.float32),
        fields["contacts"].astype(bool),
        str(fields.get("text", "")),
        int(_number(fields.get("seed"))),
        str(fields.get("pack", "")),
        str(fields.get("licence", "")),
        str(fields.get("ticks", "")),
        str(fields.get("source", "")),
    )


def is_clip(fields: Mapping[str, np.ndarray]) -> bool:
    """Tell whether arrays are meant as a clip of this program, whole or not."""
    rotations = fields.get("rotations")
    return rotations is not None and rotations.ndim == 3 and rotations.shape[1:] == (22, 4)


def _number(value: np.ndarray | None) -> float | int:
    """Return the one number in an array, 0 where there is none."""
    if value is None or value.size != 1 or value.dtype.kind not in "fiu":
        return 0
    number = value.ravel()[0].item()
    return number if np.isfinite(number) else 0


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
