"""The text of a BVH file taken apart, in the dialects that programs write. numpy only.

Beside the plain form: blank lines and comments, braces and several words of the grammar on one
line, any case, `EndSite`, headers without colons, decimal commas, numbers that run over the ends
of lines, files that hold more or fewer frames than they say or break off in one.
"""

import itertools
import re
from dataclasses import dataclass

import numpy as np

from motionllm.errors import MotionError

MAX_FRAMES = 200_000  # about two hours at 30 fps; more than that is a broken header
DEFAULT_FPS = 30.0  # of a file that does not say
LONGEST, SHORTEST = 1.0, 0.001  # seconds a frame that a clip may have
_AXES = {"X": 0, "Y": 1, "Z": 2}
_KINDS = ("rotation", "position", "scale")
_END = -1  # in place of a joint: an end site
_HINT = "Export the file again, or leave it out."
_COMMENTS = ("#", "//", ";")
_TIME = re.compile(r"frame\s*time\s*[:=]?\s*(\S+)", re.IGNORECASE)
_FRAMES = re.compile(r"frames?\s*[:=]?\s*(\S+)", re.IGNORECASE)
_NUMERIC = re.compile(r"[-+.,\d]")
_BETWEEN = re.compile(r",[-+]|,\d*,|\.\d*,|,\d*\.")  # a comma that is no decimal one
_CHUNK = 2000  # lines that are turned into numbers at once, for the memory


@dataclass(frozen=True)
class Channel:
    """One column of the numbers: what it does to its joint.

    Attributes:
        axis: 0, 1 or 2.
        kind: "rotation", "position" or "scale".
    """

    axis: int
    kind: str


class Hierarchy:
    """The joints of a file in the order in which they come, parents before children.

    Attributes:
        names, parents: of the joints; -1 is the parent of a ROOT.
        offsets: (3,) of each from its parent, file units.
        ends: joint -> (3,) offset of its end site.
        channels: of each joint, in the order of the columns.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.parents: list[int] = []
        self.offsets: list[list[float]] = []
        self.ends: dict[int, np.ndarray] = {}
        self.channels: list[list[Channel]] = []
        self._open: list[int] = []  # joints whose braces are open, the innermost last
        self._pending: int | None = None  # the joint whose brace is opened next, or _END
        self._in_end = False

    @property
    def width(self) -> int:
        """Numbers in a frame."""
        return sum(len(channels) for channels in self.channels)

    def complain(self) -> str:
        """Return why the hierarchy cannot end here; empty if it can."""
        if self._open:
            return f"the joint {self.names[self._open[-1]]!r} is not closed before MOTION"
        return "" if self.names else "there is no joint before MOTION"

    def take(self, words: list[str]) -> list[str]:
        """Take in one statement at the start of some words of a line, and return what is left.

        Raises:
            ValueError: with what is wrong, if they are no statement, or not in this place.
        """
        head, rest = words[0].upper(), words[1:]
        if head in ("ROOT", "JOINT"):
            return self._joint(rest)
        if head.startswith("END"):
            self._pending = _END
            return rest[_until_brace(rest) :]
        if head == "{":
            return self._begin(rest)
        if head == "}":
            return self._close(rest)
        if head == "OFFSET":
            return self._offset(rest)
        if head == "CHANNELS":
            return self._channels(rest)
        raise ValueError(f"'{' '.join(words)[:40]}' is not understood")

    def _joint(self, words: list[str]) -> list[str]:
        end = _until_brace(words)
        self.names.append(" ".join(words[:end]) or f"joint{len(self.names)}")
        self.parents.append(self._open[-1] if self._open else -1)
        self.offsets.append([0.0, 0.0, 0.0])
        self.channels.append([])
        self._pending = len(self.names) - 1
        return words[end:]

    def _begin(self, words: list[str]) -> list[str]:
        if self._pending is None or (self._pending == _END and not self._open):
            raise ValueError("a brace is opened that belongs to no joint")
        self._in_end = self._pending == _END
        self._open.append(self._open[-1] if self._in_end else self._pending)
        self._pending = None
        return words

    def _close(self, words: list[str]) -> list[str]:
        if not self._open:
            raise ValueError("a brace is closed that was not opened")
        self._open.pop()
        self._in_end = False
        return words

    def _inside(self) -> int:
        if not self._open or self._pending is not None:
            raise ValueError("this stands outside the braces of a joint")
        return self._open[-1]

    def _offset(self, words: list[str]) -> list[str]:
        joint = self._inside()
        try:
            offset = [float(word) for word in _separated(" ".join(words[:3])).split()[:3]]
        except ValueError:
            offset = []
        if len(offset) != 3 or not np.isfinite(offset).all() or np.abs(offset).max() > 1e9:
            raise ValueError(f"OFFSET needs three numbers, '{' '.join(words[:3])}' is there")
        if self._in_end:
            self.ends[joint] = np.array(offset)
        else:
            self.offsets[joint] = offset
        rest = words[3:]
        while rest and _NUMERIC.match(rest[0]):  # some write a fourth
            rest = rest[1:]
        return rest

    def _channels(self, words: list[str]) -> list[str]:
        joint = self._inside()
        if not words or not words[0].isdecimal():
            raise ValueError("CHANNELS needs their number")
        count, rest = int(words[0]), words[1:]
        if self._in_end:
            if count:
                raise ValueError("an end site has channels, which only joints have")
            return rest
        named = [_channel(word) for word in rest[:count]]
        after = rest[count:]
        more = list(itertools.takewhile(_is_channel, after))
        if len(named) != count or more:
            raise ValueError(f"CHANNELS says {count} and names {len(named) + len(more)}")
        self.channels[joint] += named
        return after


def _until_brace(words: list[str]) -> int:
    return words.index("{") if "{" in words else len(words)


def _is_channel(word: str) -> bool:
    return word[:1].upper() in _AXES and word[1:].lower() in _KINDS


def _channel(word: str) -> Channel:
    if not _is_channel(word):
        raise ValueError(
            f"'{word[:40]}' is no channel; Xposition, Yposition, Zposition, Xrotation, Yrotation "
            "and Zrotation are"
        )
    return Channel(_AXES[word[0].upper()], word[1:].lower())


def _separated(text: str) -> str:
    """Return numbers with points in them and white space between them.

    A comma stands between numbers ("0, 1.5, 2") or in them ("0,25 1,5"); in one text it does one
    of the two.
    """
    if "," not in text:
        return text
    text = re.sub(r",(?=\s|$)", " ", text)
    return text.replace(",", " " if _BETWEEN.search(text) else ".")


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
        separated = _separated("\n".join(lines[number] for number in rows)).split("\n")
        for number, line in zip(rows, separated, strict=True):
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
