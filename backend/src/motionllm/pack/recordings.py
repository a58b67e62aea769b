"""Recordings that a pack carries as tokens, found by their captions. numpy only.

What the model draws badly may have been recorded well. `recordings.npz` in a pack holds the pieces
that it was trained on as motion tokens, with captions and the source of each; packs without it have
none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from motionllm.english.likeness import Likeness
from motionllm.english.words import stem, words
from motionllm.errors import MotionError

FILE = "recordings.npz"
_NONE = np.zeros((0, 1, 3), np.int16)
_COMMON = frozenset(stem(word) for word in ("a", "an", "the", "person", "man", "woman", "someone"))


@dataclass(frozen=True)
class Recording:
    """A piece of a recording.

    Attributes:
        codes: (n, levels) motion tokens.
        source: what is told of where it comes from: name and licence.
        stems: of the words that are said of it.
        upper: (m, J, 3) the joints above the hips as they are, which tokens blur; None where the
            tokens are all there is. See `motionllm.motion.lay_over`.
        mirrored: whether left and right of `upper` are to be exchanged.
    """

    codes: np.ndarray
    source: str
    stems: frozenset[str]
    upper: np.ndarray | None = None
    mirrored: bool = False


@dataclass(frozen=True)
class Kept:
    """The joints above the hips of the pieces that have them.

    Attributes:
        rows: (M, J, 3) of all, one after another.
        spans: (P, 3) for each piece, the first row, how many, and whether they are mirrored; none
            where it has none.
    """

    rows: np.ndarray
    spans: np.ndarray


class Recordings:
    """All recordings of a pack.

    Args:
        codes: (N, levels) tokens of all pieces, one after another.
        lengths: (P,) tokens of each piece.
        captions: those of each piece, separated by tabs; one entry a piece.
        sources: (P,) index into `names`.
        names: what is told of each source.
        kept: what there is beside the tokens.
    """

    def __init__(
        self, codes: np.ndarray, lengths: np.ndarray, captions: list[str], sources: np.ndarray,
        names: list[str], kept: Kept,
    ) -> None:  # fmt: skip
        self._kept = kept
        self._codes, self._sources, self._names = codes, sources, names
        self._ends = np.cumsum(lengths)
        self._lengths = lengths
        self._captions = captions
        self._likeness = Likeness([said.split("\t") for said in captions], _stems)

    def __len__(self) -> int:
        return len(self._lengths)

    def nearest(self, text: str, tokens: int | None, count: int) -> list[Recording]:
        """Return up to `count` recordings of which something like a text is said, the likest first.

        See `motionllm.english.likeness`.

        Args:
            tokens: only the beginning, so long, of pieces that are as long; absent, all of any.
        """
        best = {
            owner: score for owner, score in self._likeness.scores(text).items()
            if tokens is None or self._lengths[owner] >= tokens
        }  # fmt: skip
        ranked = sorted(best, key=lambda owner: (-round(best[owner], 6), owner))[:count]
        return [self._recording(owner, tokens) for owner in ranked]

    def _recording(self, owner: int, tokens: int | None) -> Recording:
        end = int(self._ends[owner])
        start = end - int(self._lengths[owner])
        codes = self._codes[start : end if tokens is None else start + tokens]
        said = frozenset(_stems(self._captions[owner]))
        first, rows, mirrored = (int(value) for value in self._kept.spans[owner])
        upper = self._kept.rows[first : first + rows] if rows else None
        name = self._names[int(self._sources[owner])]
        return Recording(codes.astype(np.int64), name, said, upper, bool(mirrored))


def _stems(text: str) -> list[str]:
    return [found for word in words(text) if (found := stem(word)) not in _COMMON]


@lru_cache(maxsize=2)
def recordings_of(folder: Path) -> Recordings | None:
    """Return the recordings of a pack's folder, None where it carries none.

    Raises:
        MotionError: "bad_pack", if the file is broken.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as held:
            captions = bytes(held["captions"]).decode("utf-8").split("\n")
            names = bytes(held["names"]).decode("utf-8").split("\n")
            found = held["codes"], held["lengths"].astype(np.int64), held["sources"]
            kept = Kept(held["upper"], held["upper_spans"].astype(np.int64))
    except (OSError, KeyError, ValueError) as error:
        raise MotionError(
            "bad_pack", f"{FILE} of the model pack {folder.name} cannot be read.",
            "Install the pack again, or delete that file: it works without.",
        ) from error  # fmt: skip
    return Recordings(found[0], found[1], captions, found[2], names, kept)


def save_recordings(
    folder: Path, pieces: list[np.ndarray], captions: list[list[str]], sources: list[str],
    uppers: Sequence[tuple[np.ndarray, bool] | None] = (),
) -> int:  # fmt: skip
    """Write recordings into a pack; return the file's bytes.

    Args:
        folder: of the pack.
        pieces: codes (n, levels) of each.
        captions, sources: of each.
        uppers: of each, where tokens alone will not do, the joints above the hips (m, J, 3) and
            whether they are mirrored, see `Recording`. One array for several is written once.
    """
    names = sorted(set(sources))
    place = {name: index for index, name in enumerate(names)}
    clean = ["\t".join(" ".join(text.split()) for text in some) for some in captions]
    rows: dict[int, tuple[int, np.ndarray]] = {}
    spans = np.zeros((len(pieces), 3), np.uint32)
    end = 0
    for index, kept in enumerate(uppers):
        if kept is not None:
            upper, mirrored = kept
            if id(upper) not in rows:
                rows[id(upper)] = end, upper
                end += len(upper)
            spans[index] = rows[id(upper)][0], len(upper), mirrored
    np.savez_compressed(
        folder / FILE,
        codes=np.concatenate(pieces).astype(np.uint16),
        lengths=np.array([len(codes) for codes in pieces], np.uint16),
        sources=np.array([place[name] for name in sources], np.uint16),
        captions=np.frombuffer("\n".join(clean).encode(), np.uint8),
        names=np.frombuffer("\n".join(names).encode(), np.uint8),
        upper=np.concatenate([upper for _, upper in rows.values()] or [_NONE]),
        upper_spans=spans,
    )
    return (folder / FILE).stat().st_size
