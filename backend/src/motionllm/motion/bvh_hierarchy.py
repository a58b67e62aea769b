"""The hierarchy of a BVH file: its joints, read statement by statement. numpy only."""

import itertools
import re
from dataclasses import dataclass

import numpy as np

_AXES = {"X": 0, "Y": 1, "Z": 2}
_KINDS = ("rotation", "position", "scale")
_END = -1  # in place of a joint: an end site
_NUMERIC = re.compile(r"[-+.,\d]")
_BETWEEN = re.compile(r",[-+]|,\d*,|\.\d*,|,\d*\.")  # a comma that is no decimal one


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
            offset = [float(word) for word in separated(" ".join(words[:3])).split()[:3]]
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


def separated(text: str) -> str:
    """Return numbers with points in them and white space between them.

    A comma stands between numbers ("0, 1.5, 2") or in them ("0,25 1,5"); in one text it does one
    of the two.
    """
    if "," not in text:
        return text
    text = re.sub(r",(?=\s|$)", " ", text)
    return text.replace(",", " " if _BETWEEN.search(text) else ".")
