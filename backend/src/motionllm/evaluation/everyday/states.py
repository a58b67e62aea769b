"""A state of the body by its name, as a mask over the frames of a motion. numpy only.

"left_hand_raised" is the state `hand_raised` of the left side; "a_" in place of the side takes
either, "both_" both at once. Names without a side are those of the whole body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from motionllm.errors import MotionError
from motionllm.evaluation.everyday.body_states import BODY
from motionllm.evaluation.everyday.hands_and_head_states import OF_BOTH
from motionllm.evaluation.everyday.limb_states import OF_A_SIDE
from motionllm.motion.curves import runs

if TYPE_CHECKING:
    from motionllm.evaluation.motion import Motion

WHOLE = BODY | OF_BOTH


def state(motion: Motion, name: str) -> np.ndarray:
    """Return the mask (T,) of a state; it is measured once.

    Raises:
        MotionError: "bad_file", if there is no such state.
    """
    if name not in motion.states:
        motion.states[name] = np.asarray(_measured(motion, name), bool)
    return motion.states[name]


def _measured(motion: Motion, name: str) -> np.ndarray:
    if name in WHOLE:
        return WHOLE[name](motion.posture)
    which, _, rest = name.partition("_")
    if rest not in OF_A_SIDE or which not in ("left", "right", "a", "both"):
        raise MotionError("bad_file", f"There is no state of the body {name!r}.")
    if which in ("left", "right"):
        return OF_A_SIDE[rest](motion.posture, int(which == "right"))
    left, right = state(motion, f"left_{rest}"), state(motion, f"right_{rest}")
    return left | right if which == "a" else left & right


def stretches_of(motion: Motion, name: str) -> list[tuple[int, int]]:
    """Return the stretches of frames (start, end) of a state."""
    return runs(state(motion, name))


def longest(motion: Motion, mask: np.ndarray) -> float:
    """Return the seconds of the longest stretch of a mask (T,)."""
    return max((b - a for a, b in runs(mask)), default=0) / motion.fps
