"""Where everybody of a crowd stands or walks, so that all stay inside and apart. numpy only.

People are placed one after the other, those who stay in their place first; what has been placed
is moved again only where that makes room for somebody else.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from motionllm.crowd.members import Member, Placed, Rules, Taken
from motionllm.crowd.place_one import gets_away, place
from motionllm.errors import MotionError
from motionllm.progress import Cancelled, Progress, never_cancelled, no_progress

SWAPS = 4  # others who are placed anew to make room for one, ...
SWAPPED = 8  # ... for so many at most
FULL = 12  # who find no room one after the other: then nobody else is tried


def plan(
    members: Sequence[Member],
    rules: Rules,
    there: Sequence[np.ndarray] = (),
    progress: Progress = no_progress,
    cancelled: Cancelled = never_cancelled,
) -> list[Placed | MotionError]:
    """Place everybody, or say of whom it could not be done and why.

    Args:
        members: in any order; the answer keeps it.
        there: (F, 22, 3) joints of people who are in the scene already.

    Raises:
        MotionError: "cancelled".
    """
    taken = Taken()
    for index, joints in enumerate(there):
        taken.add(-1 - index, joints)
    result: dict[int, Placed | MotionError] = {}
    # Who may not be moved comes first, then who stays: walkers can go around them.
    order = sorted(
        range(len(members)),
        key=lambda k: (members[k].fixed is None, gets_away(members[k].clip, rules.loop)),
    )
    missed = in_a_row = 0
    for done, index in enumerate(order):
        if cancelled():
            raise MotionError("cancelled", "Cancelled.")
        if in_a_row >= FULL and members[index].fixed is None:
            result[index] = MotionError(
                "bad_request", "The area is full.",
                "Make it larger, or the distance or the number of people smaller.",
            )  # fmt: skip
            continue
        random = np.random.default_rng([rules.seed, index])
        try:
            found = place(members[index], rules, taken, random)
            taken.add(index, found.joints)
            result[index] = found
        except MotionError as error:
            result[index] = error
            missed += 1
            if missed <= SWAPPED:
                taken = _make_room(index, members, rules, taken, random, result)
        in_a_row = 0 if isinstance(result[index], Placed) else in_a_row + 1
        progress(done + 1, len(members))
    return [result[index] for index in range(len(members))]


def _make_room(
    index: int, members: Sequence[Member], rules: Rules, taken: Taken,
    random: np.random.Generator, result: dict[int, Placed | MotionError],
) -> Taken:  # fmt: skip
    """Try to place one person by placing another one anew; return who is there then."""
    movable = [
        other for other, placed in result.items()
        if isinstance(placed, Placed) and members[other].fixed is None
    ]  # fmt: skip
    for other in random.permutation(movable)[:SWAPS].tolist():
        rest = taken.without(other)
        try:
            first = place(members[index], rules, rest, random)
            rest.add(index, first.joints)
            second = place(members[other], rules, rest, random)
        except MotionError:
            continue
        rest.add(other, second.joints)
        result[index], result[other] = first, second
        return rest
    return taken
