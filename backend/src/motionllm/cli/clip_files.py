"""Clips as files of every format that the command line knows. Standard library at import."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from motionllm.errors import MotionError

if TYPE_CHECKING:
    from motionllm.motion.clip import Clip

SUFFIXES = (".npz", ".bvh", ".png", ".gif", ".mp4")
SCENES = (".blend", ".glb", ".gltf", ".fbx", ".vrm")  # read in Blender


def check_output(path: Path) -> None:
    """Make sure that a clip can be written to a path, before anything slow begins.

    Raises:
        MotionError: "bad_request", or "missing_dependency" for pictures and films.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise MotionError(
            "bad_request",
            f"A motion cannot be written as {path.name!r}.",
            "The suffix must be one of " + ", ".join(SUFFIXES) + ".",
        )
    if path.is_dir():
        raise MotionError("bad_request", f"{path} is a folder.", "Give the name of a file.")
    if suffix not in (".npz", ".bvh"):
        from motionllm.pictures.films import check_suffix

        check_suffix(suffix)


def write_clip(clip: Clip, path: Path) -> None:
    """Write a clip in the format of the path's suffix.

    Raises:
        MotionError: "output", "missing_dependency".
    """
    suffix = path.suffix.lower()
    if suffix == ".npz":
        from motionllm.motion.clip import save_clip

        save_clip(clip, path)
    elif suffix == ".bvh":
        from motionllm.motion.bvh import write_bvh

        write_bvh(path, clip)
    else:
        from motionllm.pictures import films

        films.write(clip, path)


@dataclass(frozen=True)
class Read:
    """A motion read from a file.

    Attributes:
        clip: the motion.
        notes: what was assumed or left out, a sentence each without its end.
        name: what it is called among several of its file, "" where it is the only one.
    """

    clip: Clip
    notes: tuple[str, ...] = ()
    name: str = ""


def read_clip(path: Path) -> Clip:
    """Read a clip as `read_motion` does, without its notes."""
    return read_motion(path).clip


def read_motions(
    path: Path, action: str = "", armature: str = ""
) -> tuple[list[Read], list[tuple[str, MotionError]]]:
    """Read all motions of a file.

    A .blend's as it plays, every animation of a .glb, .fbx or .vrm, every person of a .bvh.

    Args:
        action, armature: names of those wanted, wildcards allowed. People of a .bvh are called as
            their ROOT; a file of one motion without a name is read whatever is wanted.

    Returns:
        The motions, and of those that cannot be read the name and why; one or more in all.

    Raises:
        MotionError: as `read_motion`.
    """
    if path.suffix.lower() in SCENES:
        return _read_in_blender(path, action, armature, first=False)
    if path.suffix.lower() == ".bvh":
        return _read_bvh(path, action, armature)
    return [read_motion(path)], []


def read_motion(path: Path, action: str = "") -> Read:
    """Read a motion from arrays, from the .bvh of any humanoid, or from what Blender can open.

    Args:
        action: which of several, as `caption` calls it: an animation, a person of a .bvh; absent:
            the first, and a note says so.

    Raises:
        MotionError: "bad_file", "no_rig", "missing_dependency" without Blender, or "bad_request"
            for another suffix.
    """
    from motionllm.rig.other_files import refusal

    suffix = path.suffix.lower()
    problem = refusal(path)
    if problem is not None:
        raise problem
    if suffix == ".npz":
        return _read_arrays(path)
    if suffix == ".npy":
        from motionllm.data.sources import humanml3d

        note = "it holds places and no turns: head, forearms and hands stay as at rest"
        return Read(humanml3d.read_clip(path), (note,))
    if suffix == ".bvh":
        found, failed = _read_bvh(path, action, "")
        if not found:
            raise failed[0][1]
        return _first_of(found)
    if suffix in SCENES:
        found, failed = _read_in_blender(path, action, "", first=True)
        if failed:
            raise failed[0][1]
        return found[0]
    raise MotionError("bad_request", f"{path} is no motion this program can read.")


def tell(path: Path, notes: Iterable[str]) -> None:
    """Print the notes on a file that was read."""
    for note in notes:
        print(f"motionllm: {path}: {note}.", file=sys.stderr, flush=True)


def _read_arrays(path: Path) -> Read:
    from motionllm.motion.clip import arrays_from_bytes, clip_from_arrays, is_clip
    from motionllm.rig import from_arrays

    try:
        data = path.read_bytes()
    except OSError as error:
        raise MotionError("bad_file", f"{path} cannot be read: {error.strerror}.") from error
    fields = arrays_from_bytes(data, path.name)
    if is_clip(fields):
        return Read(clip_from_arrays(fields, path.name))
    return Read(*from_arrays.clip_from_arrays(fields, path.name))


def _read_bvh(
    path: Path, action: str, armature: str
) -> tuple[list[Read], list[tuple[str, MotionError]]]:
    from motionllm.motion.bvh import read_bvh
    from motionllm.rig.from_bvh import read_people
    from motionllm.rig.other_files import refusal

    problem = refusal(path)
    if problem is not None:
        raise problem
    found, failed = read_people(read_bvh(path), path.name)
    people = [*found, *failed]
    if len(people) < 2:
        return [Read(*told) for told in found.values()], [("", error) for error in failed.values()]
    for wanted in filter(None, (action, armature)):
        people = [person for person in people if fnmatchcase(person, wanted) or person == wanted]
        if not people:
            raise MotionError(
                "bad_request", f"{path.name} holds nobody called {wanted!r}.",
                "There is " + ", ".join(map(repr, [*found, *failed])) + ".",
            )  # fmt: skip
    return [Read(*found[person], person) for person in people if person in found], [
        (person, failed[person]) for person in people if person in failed
    ]


def _first_of(found: list[Read]) -> Read:
    """Return the first of several motions, with a note on the others."""
    first, *others = found
    if not others:
        return first
    note = f"1 of {len(found)} motions read, {first.name}; --action NAME reads another: " + (
        ", ".join(read.name for read in others)
    )
    return Read(first.clip, (*first.notes, note), first.name)


def _read_in_blender(
    path: Path, action: str, armature: str, first: bool
) -> tuple[list[Read], list[tuple[str, MotionError]]]:
    from motionllm.cli import blender
    from motionllm.motion.clip import load_clip

    job = {"kind": "read", "file": str(path.resolve()), "first": first}
    with tempfile.TemporaryDirectory(prefix="motionllm-") as folder:
        answer = blender.run(job | {"out": folder, "action": action, "armature": armature})
        motions, notes = answer["motions"], answer["notes"]
        found, failed = [], []
        for motion in motions:
            name = motion["name"] if len(motions) > 1 else ""
            if "error" in motion:
                failed.append((name, MotionError(*motion["error"])))
                continue
            told = tuple(note.rstrip(".") for note in [*notes, *motion["notes"]])
            found.append(Read(load_clip(motion["out"]), told, name))
            notes = []  # those on the file are told once
        return found, failed
