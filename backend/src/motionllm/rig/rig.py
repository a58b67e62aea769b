"""A rig at rest, as plain arrays: what a program that holds an armature hands over. numpy only."""

from dataclasses import dataclass, field

import numpy as np


def _unknown() -> np.ndarray:
    return np.zeros(0)


@dataclass(frozen=True)
class Rig:
    """An armature at rest. Everything is in the armature's own space and units.

    Attributes:
        names: bone names, parents before children.
        parents: (B,) index of the parent bone, -1 for a root.
        rest: (B, 4, 4) rest matrices.
        inherits_rotation: (B,) whether a bone turns with its parent.
        tails: (B, 3) rest positions of the bones' tails; the heads where nothing is known.
        deforms: (B,) whether a bone moves skin; false for the helpers of a control rig. All do
            where nothing is known.
        connected: (B,) whether a bone cannot leave its parent's tail; none where unknown.
        held: (B,) whether a bone may not be turned: its rotation is locked; none where unknown.
        mirrored: whether it is seen in a mirror, as an object of negative scale shows it: what it
            does with its left is seen on the right.
    """

    names: list[str]
    parents: np.ndarray
    rest: np.ndarray
    inherits_rotation: np.ndarray
    tails: np.ndarray = field(default_factory=_unknown)
    deforms: np.ndarray = field(default_factory=_unknown)
    connected: np.ndarray = field(default_factory=_unknown)
    held: np.ndarray = field(default_factory=_unknown)
    mirrored: bool = False

    def __post_init__(self) -> None:
        """Fill in what was not given."""
        count = len(self.names)
        fill = {
            "tails": self.heads,
            "deforms": np.ones(count, bool),
            "connected": np.zeros(count, bool),
            "held": np.zeros(count, bool),
        }
        for key, value in fill.items():
            if len(getattr(self, key)) == 0:
                object.__setattr__(self, key, value)

    @property
    def heads(self) -> np.ndarray:
        """Rest positions (B, 3) of the bones' heads."""
        return np.asarray(self.rest, np.float64)[:, :3, 3]

    def above(self, bone: int) -> list[int]:
        """Return a bone and its ancestors, from the bone up."""
        chain = [bone]
        while self.parents[chain[-1]] >= 0:
            chain.append(int(self.parents[chain[-1]]))
        return chain

    def between(self, upper: int, lower: int) -> list[int]:
        """Return the bones below `upper` down to and with `lower`; empty if it is not below."""
        chain = self.above(lower)
        return chain[: chain.index(upper)][::-1] if upper in chain else []

    def common(self, bones: list[int]) -> int | None:
        """Return the lowest bone that all these bones are or hang on, None if there is none."""
        shared = set(self.above(bones[0])).intersection(*(self.above(b) for b in bones[1:]))
        return next((bone for bone in self.above(bones[0]) if bone in shared), None)
