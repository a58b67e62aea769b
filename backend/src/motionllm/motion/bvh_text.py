"""The text of a BVH file taken apart, in the dialects that programs write. numpy only.

Beside the plain form: blank lines and comments, braces and several words of the grammar on one
line, any case, `EndSite`, headers without colons, decimal commas, numbers that run over the ends
of lines, files that hold more or fewer frames than they say or break off in one.
"""

import re
from dataclasses import dataclass

import numpy as np

from motionllm.errors import MotionError
from motionllm.motion.bvh_hierarchy import Hierarchy, separated

MAX_FRAMES = 200_000  # about two hours at 30 fps; more than that is a broken header
DEFAULT_FPS = 30.0  # of a file that does not say
LONGEST, SHORTEST = 1.0, 0.001  # seconds a frame that a clip may have
_HINT = "Export the file again, or leave it out."
_COMMENTS = ("#", "//", ";")
_TIME = re.compile(r"frame\s*time\s*[:=]?\s*(\S+)", re.IGNORECASE)
_FRAMES = re.compile(r"frames?\s*[:=]?\s*(\S+)", re.IGNORECASE)
_CHUNK = 2000  # lines that are turned into numbers at once, for the memory


@dataclass(frozen=True)
class Taken:
    """What the text of a file holds.

    Attributes:
        hierarchy: its joints.
        values: (T, hierarchy.width) the numbers, a frame a row.
        frame_time: seconds a frame.
        notes: what was assumed or left out, a sentence each.
    """

    hierarchy: Hierarchy
    values: np.ndarray
    frame_time: float
    notes: tuple[str, ...]


def take_apart(text: str, name: str) -> Taken:
    """Read the text of a BVH file.

    Args:
        name: of the file, for messages.

    Raises:
        MotionError: code "bad_file"; the sentence names the line and what is wrong in it.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    hierarchy, number, rest = _hierarchy(lines, name)
    lines[number] = rest
    frames, frame_time, first, notes = _counts(lines, number, name)
    values, more = _values(lines, first, frames, hierarchy.width, name)
    return Taken(hierarchy, values, frame_time, (*notes, *more))


def fail(name: str, line: int, what: str) -> MotionError:
    """Return the error that a line, counted from 0, is wrong."""
    return MotionError("bad_file", f"{name}, line {line + 1}: {what}.", _HINT)


def _hierarchy(lines: list[str], name: str) -> tuple[Hierarchy, int, str]:
    """Return the joints, the index of the line MOTION and what stands behind that word."""
    hierarchy = Hierarchy()
    begun = False
    for number, line in enumerate(lines):
        words = line.replace("{", " { ").replace("}", " } ").split()
        if not words or words[0].startswith(_COMMENTS):
            continue
        if not begun:
            if words[0].upper() not in ("HIERARCHY", "ROOT"):
                raise fail(
                    name, number, f"a BVH file begins with HIERARCHY, not with {_seen(line)}"
                )
            begun = True
            words = words[1:] if words[0].upper() == "HIERARCHY" else words
        try:
            while words and words[0].upper() != "MOTION":
                words = hierarchy.take(words)
        except ValueError as error:
            raise fail(name, number, str(error)) from error
        if words:
            if hierarchy.complain():
                raise fail(name, number, hierarchy.complain())
            return hierarchy, number, " ".join(words[1:])
    if not begun:
        raise MotionError("bad_file", f"{name} is empty.", _HINT)
    raise fail(name, len(lines) - 1, "the file ends before MOTION")


def _seen(line: str) -> str:
    shown = "".join(sign if sign.isprintable() else "?" for sign in line.strip()[:40])
    return f"'{shown}'"


def _counts(
    lines: list[str], start: int, name: str
) -> tuple[int | None, float, int, tuple[str, ...]]:
    """Return frames as declared, seconds a frame, the index of the first row, and notes."""
    frames: int | None = None
    said: str | None = None
    number = start
    while number < len(lines):
        line = lines[number].strip()
        time = _TIME.search(line)
        count = _FRAMES.match(_TIME.sub("", line).strip())
        if line and not (time or count):
            break
        if time:
            said = time[1]
        if count and count[1].isdecimal():
            frames = int(count[1])
        number += 1
    if frames is None and said is None:
        raise fail(
            name, min(number, len(lines) - 1), "'Frames:' and 'Frame Time:' are expected here"
        )
    frame_time, notes = _frame_time(said)
    return frames, frame_time, number, notes


def _frame_time(said: str | None) -> tuple[float, tuple[str, ...]]:
    """Return seconds a frame and, where they are not what the file says, a note."""
    try:
        seconds = float((said or "").replace(",", "."))
    except ValueError:
        seconds = np.nan
    if SHORTEST <= seconds <= LONGEST:
        return seconds, ()
    what = f"the frame time is given as {said}" if said else "no frame time is given"
    if seconds in (24.0, 25.0, 50.0, 60.0, 90.0, 100.0, 120.0):  # a rate in the place of a time
        return 1.0 / seconds, (f"{what}: it is taken for {seconds:.0f} frames a second",)
    return 1.0 / DEFAULT_FPS, (f"{what}: {DEFAULT_FPS:.0f} frames a second are assumed",)


def _values(
    lines: list[str], first: int, declared: int | None, width: int, name: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the frames (T, width) and notes on what of them is missing."""
    rows = [number for number in range(first, len(lines)) if lines[number].strip()]
    if not rows or not width:
        raise fail(
            name, len(lines) - 1, "there are no frames" if width else "no joint has channels"
        )
    if len(rows) > MAX_FRAMES:
        raise MotionError(
            "bad_file", f"{name} holds {len(rows):,} frames; up to {MAX_FRAMES:,} are read.",
            "Cut it into shorter files.",
        )  # fmt: skip
    if "," in "".join(lines[number] for number in rows[:: max(1, len(rows) // 50)]):
        plain = separated("\n".join(lines[number] for number in rows)).split("\n")
        for number, line in zip(rows, plain, strict=True):
            lines[number] = line
    counts = [len(lines[number].split()) for number in rows]
    notes: list[str] = []
    wrapped = max(counts) < width and sum(counts) % width == 0  # a frame over several lines
    if not wrapped:
        rows, notes = _whole(lines, rows, counts, declared, width, name)
    values = _numbers(lines, rows, name).reshape(-1, width)
    if declared is not None and declared != len(values):
        notes.append(f"{declared} frames are announced and {len(values)} are there: these are read")
    return values, tuple(notes)


def _whole(
    lines: list[str], rows: list[int], counts: list[int], declared: int | None, width: int,
    name: str,
) -> tuple[list[int], list[str]]:  # fmt: skip
    """Return the lines that hold a whole frame each, and notes on the others.

    Raises:
        MotionError: code "bad_file", for a line that is wrong before the last one.
    """
    bad = next((place for place, count in enumerate(counts) if count != width), len(rows))
    last = len(rows) - 1
    # Of a line without an end nobody knows whether its last number is whole.
    open_end = bool(lines[-1].strip()) and declared is not None and len(rows) < declared
    if bad <= last and declared is not None and bad >= declared > 0:
        return rows[:bad], [f"what follows the frames from line {rows[bad] + 1} on is left out"]
    if last and bad >= last and (open_end or counts[last] < width):
        return rows[:last], [f"the file breaks off in line {rows[last] + 1}, which is left out"]
    if bad > last:
        return rows, []
    raise fail(name, rows[bad], f"{width} numbers are expected, {counts[bad]} words are there")


def _numbers(lines: list[str], rows: list[int], name: str) -> np.ndarray:
    """Return the numbers of some lines in one row.

    Raises:
        MotionError: code "bad_file", for the first line with a word that is no number.
    """
    parts = []
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        try:
            part = np.array(" ".join(lines[number] for number in chunk).split(), np.float64)
        except ValueError:
            part = np.array([np.nan])
        if not (np.abs(part) < 1e12).all():
            raise next(filter(None, (_no_number(lines[number], number, name) for number in chunk)))
        parts.append(part)
    return np.concatenate(parts)


def _no_number(line: str, number: int, name: str) -> MotionError | None:
    for word in line.split():
        try:
            good = abs(float(word)) < 1e12
        except ValueError:
            good = False
        if not good:
            return fail(name, number, f"{_seen(word)} is no number that a motion can have")
    return None


def plain_text(taken: Taken) -> str:
    """Return the text of a BVH file in the plain form that every program reads.

    Joints have names of their own without white space; columns of scale are left out.
    """
    hierarchy = taken.hierarchy
    children: dict[int, list[int]] = {}
    for joint, parent in enumerate(hierarchy.parents):
        children.setdefault(parent, []).append(joint)
    lines = ["HIERARCHY"]
    waiting: list[int | str] = list(reversed(children[-1]))  # joints, and lines to come after them
    names: set[str] = set()
    while waiting:
        joint = waiting.pop()
        if isinstance(joint, str):
            lines.append(joint)
            continue
        name = _own_name("_".join(hierarchy.names[joint].split()), names)
        channels = [c for c in hierarchy.channels[joint] if c.kind != "scale"]
        words = [f"{'XYZ'[channel.axis]}{channel.kind}" for channel in channels]
        lines += [
            ("ROOT " if hierarchy.parents[joint] < 0 else "JOINT ") + name, "{",
            "OFFSET " + " ".join(map(repr, hierarchy.offsets[joint])),
            " ".join(["CHANNELS", str(len(words)), *words]),
        ]  # fmt: skip
        waiting.append("}")
        waiting += reversed(children.get(joint, []))
        if joint in hierarchy.ends or joint not in children:
            tip = hierarchy.ends.get(joint, np.zeros(3)).tolist()
            lines += ["End Site", "{", "OFFSET " + " ".join(map(repr, tip)), "}"]
    kinds = [channel.kind for channels in hierarchy.channels for channel in channels]
    kept = [column for column, kind in enumerate(kinds) if kind != "scale"]
    lines += ["MOTION", f"Frames: {len(taken.values)}", f"Frame Time: {taken.frame_time:.8f}"]
    lines += [" ".join(f"{value:.6f}" for value in row) for row in taken.values[:, kept].tolist()]
    return "\n".join(lines) + "\n"


def _own_name(name: str, taken: set[str]) -> str:
    own, number = name, 1
    while own in taken:
        number += 1
        own = f"{name}_{number}"
    taken.add(own)
    return own
