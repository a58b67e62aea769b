"""What of an end can be reached in the time given, said before anything is drawn.

Measured on the 3,830 recordings of CMU, ACCAD, 100STYLE and Bandai-Namco that the default pack was
trained on (`facts.measure`; stretches of travel of 1.5 s and more, weighted by their length): nine
tenths of the time they go no faster than `SPEEDS`, and nine tenths of 254 turns by 120 to 200
degrees are no faster than `TURN`. What asks for more is drawn all the same; it hurries, or falls
short.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from motionllm.judge.clause import Clause
from motionllm.judge.read import read
from motionllm.requests import MAX_END_SECONDS, GenerateRequest

SPEEDS = {  # m/s; 1,283, 174, 158, 420, 13 and 7 stretches
    ("walk", "forward"): 1.4, ("walk", "backward"): 1.0, ("walk", "side"): 1.2,
    ("run", "forward"): 3.2, ("run", "backward"): 2.6, ("run", "side"): 1.7,
}  # fmt: skip
TURN = 140.0  # degrees a second
ON_THE_WAY = 45.0  # degrees by which a way bends without any time for it
CALLED = {"forward": "", "backward": " backwards", "side": " sideways"}
NEAR = 0.5  # metres: so far one shifts whatever one does


@dataclass(frozen=True)
class Foreseen:
    """What can be said of an end.

    Attributes:
        text: one sentence, and on a line of its own what to do instead.
        possible: it can be reached in the time given.
    """

    text: str
    possible: bool


def foreseen(request: GenerateRequest) -> Foreseen | None:
    """Return what of a request's end can be reached; None where that is not known.

    It is not without an end, where the model decides the time, and where the legs do something
    else than walk or run.
    """
    end, seconds = request.end, request.seconds
    manner = _manner(read(request.text).clauses)
    if end is None or seconds is None or manner is None:
        return None
    gait, way = manner
    left, ahead = end.place or (0.0, 0.0)
    distance = math.hypot(left, ahead)
    turn = math.degrees(end.turn or 0.0)
    if distance <= NEAR:
        return _of_turn(abs(turn), seconds)
    heading = _heading(math.degrees(math.atan2(left, ahead)), way)
    degrees = abs(heading) + (0.0 if end.turn is None else abs(turn - heading))
    turning = max(0.0, degrees - ON_THE_WAY) / TURN
    speed = SPEEDS[gait, way]
    reach = max(0.0, seconds - turning) * speed
    needed = turning + distance / speed
    called = f"a {gait}{CALLED[way]}"
    beside = f", with about {turning:.1f} s for the turn" if turning >= 0.25 else ""
    if needed <= seconds:
        return Foreseen(f"In {seconds:.2g} s {called} covers up to {reach:.1f} m{beside}.", True)
    first = (
        f"{distance:.1f} m in {seconds:.2g} s is faster than {called}, which covers up to "
        f"{reach:.1f} m in that time{beside}."
    )
    faster = gait == "walk" and turning + distance / SPEEDS["run", way] <= seconds
    return Foreseen(f"{first}\n{_instead(needed, faster)}", False)


def _instead(needed: float, faster: bool) -> str:
    needed = math.ceil(10.0 * needed) / 10.0
    if needed > MAX_END_SECONDS:
        return "Let it run." if faster else "Let it end nearer."
    if faster:
        return f"Give it {needed:g} s, or let it run."
    return f"Give it {needed:g} s, or let it end nearer."


def _of_turn(degrees: float, seconds: float) -> Foreseen | None:
    needed = degrees / TURN
    if needed < 0.25:
        return None
    text = f"A turn of {degrees:.0f} degrees takes about {needed:.1f} s."
    if needed <= seconds:
        return Foreseen(text, True)
    return Foreseen(f"{text}\nGive it more time, or let it turn less.", False)


def _manner(clauses: tuple[Clause, ...]) -> tuple[str, str] | None:
    """Return how a sentence travels, as a key of SPEEDS: the fastest of what it says."""
    found, other = [], False
    for clause in clauses:
        if clause.negated or clause.manner:
            continue
        if clause.check == "sidestep":
            found.append(("walk", "side"))
        elif clause.check in ("walk", "run"):
            way = clause.direction if clause.direction in ("backward", "side") else "forward"
            found.append((clause.check, way))
        else:
            other |= "legs" in clause.parts and clause.check not in _STAYS
    if not found:
        return None if other else ("walk", "forward")
    return max(found, key=lambda manner: SPEEDS[manner])


# What the legs do beside a way that a sentence does not tell of.
_STAYS = {"turn", "stand", "stop", "sit_down", "sits", "sit", "stand_up"}


def _heading(bearing: float, way: str) -> float:
    """Return where one who goes so faces on the way, in degrees from where it faces at first.

    Args:
        bearing: of the place, degrees, + to the left.
    """
    beside = {"forward": (0.0,), "backward": (180.0,), "side": (90.0, -90.0)}[way]
    turns = [(bearing - one + 180.0) % 360.0 - 180.0 for one in beside]
    return min(turns, key=abs)
