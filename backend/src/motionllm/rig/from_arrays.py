"""Motions that other programs keep as arrays in an .npz, onto the canonical skeleton. numpy only.

Read are SMPL's parameters, as AMASS, HY-Motion and many others write them (axis-angles or matrices
of SMPL's joints and a translation; of SMPL-H and SMPL-X the hands and the face are left alone), and
Kimodo's own files (matrices of SMPL-X's or SOMA's joints, with their places). The shape of the body
is not used: the turns are put on the canonical skeleton, whose T-pose SMPL's zero pose is near.

Sources: N. Mahmood et al., "AMASS: Archive of Motion Capture as Surface Shapes", 2019; the output
formats that Kimodo's documentation describes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from motionllm.errors import MotionError
from motionllm.motion import rotation, skeleton
from motionllm.motion.bvh import BvhFile
from motionllm.motion.clip import Clip
from motionllm.rig.from_bvh import calibrate, clip_from_bvh

Fields = Mapping[str, np.ndarray]

FPS = 30.0  # of files that do not say, as those of HY-Motion and Kimodo
_BODY = skeleton.JOINT_COUNT
_POSES = ("poses", "fullpose", "smpl_poses", "rotations")
_ROOTS = ("root_orient", "global_orient", "Rh")
_BODIES = ("pose_body", "body_pose")
_PLACES = ("trans", "transl", "translation", "smpl_trans", "Th")
_RATES = ("mocap_framerate", "mocap_frame_rate", "fps", "framerate", "frame_rate")
_HINT = "Export it as .bvh, or as .npz with poses, trans and mocap_framerate."
_Z_UP = rotation.from_axis_angle(np.array([1.0, 0.0, 0.0]), -np.pi / 2)
_ROBOT = 34  # joints of the Unitree G1


def clip_from_arrays(fields: Fields, name: str) -> tuple[Clip, tuple[str, ...]]:
    """Return the motion in the arrays of another program, and notes: what was assumed.

    Args:
        fields: the arrays of the file.
        name: of the file, for messages.

    Raises:
        MotionError: code "bad_file"; the sentence says what the file is, or what is in it.
    """
    if "local_rot_mats" in fields:
        return _kimodo(fields, name)
    turns = _smpl_turns(fields, name)
    if turns is None:
        raise _unknown(fields, name)
    return _smpl(fields, turns, name)


def _unknown(fields: Fields, name: str) -> MotionError:
    held = ", ".join(f"{key} {value.shape}" for key, value in list(fields.items())[:8])
    if "betas" in fields and not {"trans", "transl"} & fields.keys():
        return MotionError(
            "bad_file", f"{name} holds the shape of an SMPL body and no motion ({held}).",
            "Take the file beside it whose name ends in _poses or _stageii.",
        )  # fmt: skip
    what = held or "nothing"
    return MotionError(
        "bad_file", f"{name} is no motion this program knows: it holds {what}.", _HINT
    )


def _smpl_turns(fields: Fields, name: str) -> np.ndarray | None:
    """Return the local turns (T, 22, 4) of SMPL's body joints, None where there are none."""
    whole = _first(fields, _POSES)
    if whole is not None:
        return _turns(whole, name)
    root, body = _first(fields, _ROOTS), _first(fields, _BODIES)
    if root is None or body is None:
        return None
    frames, square = len(root), root.shape[-2:] == body.shape[-2:] == (3, 3)
    if not root.ndim or not body.ndim or len(body) != frames or not frames:
        raise _mismatch(name, f"turns of the shapes {root.shape} and {body.shape}")
    shape = (frames, -1, 3, 3) if square else (frames, -1)
    return _turns(np.concatenate([root.reshape(shape), body.reshape(shape)], axis=1), name)


def _turns(values: np.ndarray, name: str) -> np.ndarray:
    """Return quaternions (T, 22, 4).

    Args:
        values: axis-angles (T, 3 J) or (T, J, 3), or matrices (T, J, 3, 3); a batch of one is one.
    """
    square = values.shape[-2:] == (3, 3)
    most = 4 if square else 3 if values.shape[-1:] == (3,) else 2
    values = _numbers(_squeezed(values, most), name)
    if values.ndim == 4 and values.shape[1] >= _BODY and values.shape[2:] == (3, 3):
        return rotation.from_matrix(values[:, :_BODY])
    if values.ndim == 2 and values.shape[1] % 3 == 0:
        values = values.reshape(len(values), -1, 3)
    if values.ndim != 3 or values.shape[1] < _BODY or values.shape[2] != 3:
        raise MotionError(
            "bad_file",
            f"{name} holds poses {values.shape}, which are no axis-angles of SMPL's joints.",
            _HINT,
        )
    vectors = values[:, :_BODY]
    angle = np.linalg.norm(vectors, axis=-1)
    return rotation.from_axis_angle(vectors / np.maximum(angle, 1e-12)[..., None], angle)


def _smpl(fields: Fields, turns: np.ndarray, name: str) -> tuple[Clip, tuple[str, ...]]:
    fps, notes = _rate(fields, name)
    places = _first(fields, _PLACES)
    if places is None:
        places = np.zeros((len(turns), 3))
        notes = (*notes, "it holds no translation: the motion stays in its place")
    places = _numbers(_squeezed(places, 2), name)
    if places.shape != (len(turns), 3):
        raise _mismatch(name, f"{len(turns)} poses and translations of the shape {places.shape}")
    if "smpl_scaling" in fields:  # AIST++: in units of a scaled body
        places = places / max(float(np.ravel(_numbers(fields["smpl_scaling"], name))[0]), 1e-9)
    # AMASS has Z up and says its rate; who writes neither has Y up mostly.
    usual = _Z_UP if any(key in fields for key in _RATES[:2]) else rotation.identity()
    other = rotation.identity() if usual is _Z_UP else _Z_UP
    problem: MotionError | None = None
    for turn in (usual, other):
        rotations = turns.copy()
        rotations[:, 0] = rotation.multiply(turn, turns[:, 0])
        file = BvhFile(
            list(skeleton.JOINT_NAMES), list(skeleton.PARENTS), skeleton.OFFSETS.astype(np.float64),
            {}, rotations, rotation.rotate(turn, places), 1.0 / fps,
        )  # fmt: skip
        try:
            return clip_from_bvh(file, name=name), notes
        except MotionError as error:
            problem = problem or error
    assert problem is not None
    raise problem


def _kimodo(fields: Fields, name: str) -> tuple[Clip, tuple[str, ...]]:
    fps, notes = _rate(fields, name)
    matrices = _numbers(_squeezed(fields["local_rot_mats"], 4), name)
    if matrices.ndim != 4 or matrices.shape[2:] != (3, 3):
        raise _mismatch(name, f"local_rot_mats of the shape {matrices.shape}")
    count = matrices.shape[1]
    if count == _ROBOT:
        raise MotionError(
            "bad_file", f"{name} is a motion of Kimodo's robot G1, which is no human body.",
            "Generate it with a model of the bodies SOMA or SMPL-X.",
        )  # fmt: skip
    names, parents = kimodo_skeleton(count, name)
    places = _places(fields, len(matrices), count, name)
    turns = rotation.from_matrix(matrices)
    if places is None and count == _BODY:
        offsets = skeleton.OFFSETS.astype(np.float64)
    elif places is None:
        raise _mismatch(name, f"no posed_joints for its {count} joints")
    else:
        offsets = _offsets(turns, places, parents)
    root = _first(fields, ("root_positions",))
    if root is None:
        root = places[:, 0] if places is not None else np.zeros((len(matrices), 3))
    root = _numbers(_squeezed(root, 2), name)
    if root.shape != (len(matrices), 3):
        raise _mismatch(name, f"{len(matrices)} poses and root_positions of the shape {root.shape}")
    file = BvhFile(names, parents, offsets, {}, turns, root, 1.0 / fps)
    calibration = calibrate([file], name)
    return clip_from_bvh(file, calibration, name), (*notes, *calibration.notes)


def kimodo_skeleton(count: int, name: str) -> tuple[list[str], list[int]]:
    """Return names and parents of Kimodo's skeletons: SMPL-X's 22 joints, SOMA's 30 or 77."""
    if count == _BODY:
        return list(skeleton.JOINT_NAMES), list(skeleton.PARENTS)
    tree = [("Hips", ""), ("Spine1", "Hips"), ("Spine2", "Spine1"), ("Chest", "Spine2"),
            ("Neck1", "Chest"), ("Neck2", "Neck1"), ("Head", "Neck2")]  # fmt: skip
    tree += [("HeadEnd", "Head")] if count == 77 else []
    tree += [(part, "Head") for part in ("Jaw", "LeftEye", "RightEye")]
    for side in ("Left", "Right"):
        arm = [f"{side}{part}" for part in ("Shoulder", "Arm", "ForeArm", "Hand")]
        tree += list(zip(arm, ["Chest", *arm], strict=False))
        if count == 30:
            tree += [(f"{arm[-1]}{end}", arm[-1]) for end in ("ThumbEnd", "MiddleEnd")]
            continue
        for finger in ("Thumb", "Index", "Middle", "Ring", "Pinky"):
            last = 3 if finger == "Thumb" else 4
            chain = [f"{arm[-1]}{finger}{part}" for part in (*range(1, last + 1), "End")]
            tree += list(zip(chain, [arm[-1], *chain], strict=False))
    for side in ("Left", "Right"):
        leg = [f"{side}{part}" for part in ("Leg", "Shin", "Foot", "ToeBase")]
        leg += [f"{side}ToeEnd"] if count == 77 else []
        tree += list(zip(leg, ["Hips", *leg], strict=False))
    if len(tree) != count:
        raise _mismatch(name, f"{count} joints, which is none of its bodies (22, 30 or 77)")
    place = {joint: number for number, (joint, _) in enumerate(tree)}
    return list(place), [place.get(parent, -1) for _, parent in tree]


def _places(fields: Fields, frames: int, count: int, name: str) -> np.ndarray | None:
    if "posed_joints" not in fields:
        return None
    places = _numbers(_squeezed(fields["posed_joints"], 3), name)
    if places.shape != (frames, count, 3):
        raise _mismatch(name, f"{frames} poses and posed_joints of the shape {places.shape}")
    return places


def _offsets(turns: np.ndarray, places: np.ndarray, parents: list[int]) -> np.ndarray:
    """Return the joints' offsets (J, 3) that these turns (T, J, 4) and places (T, J, 3) come of."""
    world = [turns[:, 0]]
    offsets = np.zeros((len(parents), 3))
    for joint, parent in enumerate(parents[1:], start=1):
        away = places[:, joint] - places[:, parent]
        offsets[joint] = np.median(rotation.rotate(rotation.conjugate(world[parent]), away), axis=0)
        world.append(rotation.multiply(world[parent], turns[:, joint]))
    return offsets


def _rate(fields: Fields, name: str) -> tuple[float, tuple[str, ...]]:
    """Return frames a second and, where the file does not say, a note."""
    said = _first(fields, _RATES)
    fps = float(np.ravel(_numbers(said, name))[0]) if said is not None and said.size else 0.0
    if 1.0 <= fps <= 1000.0:
        return fps, ()
    what = "no frame rate is in it" if said is None else f"its frame rate is {fps:g}"
    return FPS, (f"{what}: {FPS:.0f} frames a second are assumed",)


def _first(fields: Fields, names: tuple[str, ...]) -> np.ndarray | None:
    return next((fields[key] for key in names if key in fields), None)


def _squeezed(values: np.ndarray, most: int) -> np.ndarray:
    """Return an array of `most` dimensions if it is a batch of one, with a leading 1 more."""
    return values[0] if values.ndim == most + 1 and len(values) == 1 else values


def _numbers(values: np.ndarray, name: str) -> np.ndarray:
    if not values.size:
        raise _mismatch(name, "an array without a number")
    if values.dtype.kind not in "fiu" or not np.isfinite(values).all():
        raise _mismatch(name, "numbers that are not finite")
    values = values.astype(np.float64)
    if np.abs(values).max() > 1e6:
        raise _mismatch(name, "numbers that no motion has")
    return values


def _mismatch(name: str, what: str) -> MotionError:
    return MotionError("bad_file", f"{name} holds {what}.", _HINT)
