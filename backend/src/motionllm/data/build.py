"""The training set built from a folder of motion: every clip on the canonical skeleton, checked."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from motionllm.data.dataset import write
from motionllm.data.sources import humanml3d
from motionllm.data.sources.bvh_folder import BvhFolder
from motionllm.data.sources.folder import File, Fit, Fits, MotionFolder, families
from motionllm.errors import MotionError
from motionllm.motion import features, rotation
from motionllm.motion.clip import Clip, heading

CALIBRATION_CLIPS = 24  # of a skeleton family; more change the corrections by less than a degree
TRIM = {"100style": 5.0}  # seconds cut off both ends: the actor comes in and leaves
SKIPPED_FAMILIES = {"cmu_fbx": "each file has a bind pose of its own baked into its rotations"}
MAX_YAW_STEP = 0.7  # radians a frame: faster turns are tracking faults
MAX_JOINT_SPEED = 25.0  # m/s


def build(
    mocap: Path, out: Path, say: Callable[[str], None] = print, commercial_only: bool = False
) -> None:
    """Read every clip of a folder and write the training set.

    Args:
        mocap: folder with a clips.csv (see data.sources.bvh_folder), or in HumanML3D's layout.
        out: folder to write.
        say: takes one line of report a family and a clip left out.
        commercial_only: leave out clips whose licence forbids commercial use.

    Raises:
        MotionError: "bad_file", if the folder is of neither kind or none of its clips is of use.
    """
    if humanml3d.is_layout(mocap):
        clips, listed = _read(humanml3d.VectorFolder(mocap), say, commercial_only)
    else:
        clips, listed = _read(BvhFolder(mocap), say, commercial_only)
    if not clips:
        raise MotionError("bad_file", f"No clip of {mocap} can be trained on; see the lines above.")
    out.mkdir(parents=True, exist_ok=True)
    write(clips, out)
    hours = sum(clip.frames for _, clip, _ in clips) / (features.FPS * 3600)
    say(f"{len(clips)} of {listed} clips kept, {hours:.2f} h")


def _read(
    files: MotionFolder[File, Fit], say: Callable[[str], None], commercial_only: bool
) -> tuple[list[tuple[dict[str, str], Clip, float]], int]:
    """Return the clips of use with their rows and offsets, and how many the folder lists."""
    rows = files.rows()
    if commercial_only:
        rows = [row for row in rows if row.get("commercial_ok") == "yes"]
    clips: list[tuple[dict[str, str], Clip, float]] = []
    for family, members in families(rows):
        if family in SKIPPED_FAMILIES:
            say(f"{family}: {len(members)} clips left out, {SKIPPED_FAMILIES[family]}")
            continue
        clips += _read_family(family, members, files, say)
    return clips, len(rows)


def _read_family(
    family: str,
    rows: list[dict[str, str]],
    files: MotionFolder[File, Fit],
    say: Callable[[str], None],
) -> list[tuple[dict[str, str], Clip, float]]:
    try:
        fits = Fits(files, family, _samples(rows, files))
    except MotionError as error:
        say(f"{family}: {len(rows)} clips left out, {error.message}")
        return []
    kept = []
    for row in rows:
        try:
            file = files.read(row)
            clip = files.clip(file, fits.of(file), row["id"])
        except MotionError as error:
            say(f"{row['id']} left out: {error.message}")
            continue
        for note in files.notes(file):
            say(f"{row['id']}: {note}")
        row = {**row, "seconds": row.get("seconds") or f"{clip.seconds:.2f}"}
        clip = clip.at_rate(features.FPS)
        offset = TRIM.get(row.get("source", ""), 0.0)
        if offset:
            edge = int(offset * features.FPS)
            if clip.frames - 2 * edge < 2 * features.FPS:
                continue
            clip = clip.cut(edge, clip.frames - edge)
        fault = find_fault(clip)
        if fault:
            say(f"{row['id']} left out: {fault}")
            continue
        kept.append((row, clip, offset))
    skeletons = fits.found
    ways = sorted({"rest pose" if fit.from_rest else "fitted to the motion" for fit in skeletons})
    several = f", each of its {len(skeletons)} skeletons by its own" if len(skeletons) > 1 else ""
    say(f"{family}: {len(kept)} of {len(rows)} clips, {' and '.join(ways)}{several}")
    return kept


def _samples(rows: list[dict[str, str]], files: MotionFolder[File, Fit]) -> list[File]:
    """Return some files of a family.

    Raises:
        MotionError: of the first, if none of them can be read.
    """
    samples, problems = [], []
    for place in sorted({int(i) for i in np.linspace(0, len(rows) - 1, CALIBRATION_CLIPS)}):
        try:
            samples.append(files.read(rows[place]))
        except MotionError as error:  # of some: each is told when its turn comes
            problems.append(error)
    if not samples:
        raise problems[0]
    return samples


def find_fault(clip: Clip) -> str | None:
    """Return why a clip must not be trained on, or None."""
    if clip.frames < 18:
        return "shorter than 0.6 s"
    if not np.isfinite(clip.joints).all():
        return "positions that are not numbers"
    # Yaw is meaningless while the body is tipped over; flips and cartwheels are no fault.
    yaw = heading(clip.rotations[:, 0].astype(np.float64))
    up = rotation.rotate(clip.rotations[:, 0], np.array([0.0, 1.0, 0.0]))[:, 1]
    steps = np.abs(np.diff(yaw))[np.minimum(up[1:], up[:-1]) > 0.7]
    if len(steps) and steps.max() > MAX_YAW_STEP:
        return f"the body turns {np.degrees(steps.max()):.0f} degrees in one frame"
    speed = np.linalg.norm(np.diff(clip.joints, axis=0), axis=-1).max() * clip.fps
    if speed > MAX_JOINT_SPEED:
        return f"a joint moves at {speed:.0f} m/s"
    return None
