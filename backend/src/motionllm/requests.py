"""What is asked of an engine, and what is wrong with it. numpy only."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from motionllm.errors import MotionError
from motionllm.motion.clip import Clip
from motionllm.motion.features import FPS
from motionllm.motion.lead import End

if TYPE_CHECKING:
    from motionllm.motion.clip import Clip


MAX_TEXT = 1000  # characters
MIN_SECONDS = 0.4
MAX_SECONDS = 60.0
MAX_SEED = 2**63 - 1  # what JSON readers and numpy's generator both hold
MAX_TEMPERATURE = 5.0
MAX_GUIDANCE = 20.0
MAX_BEST_OF = 16
MAX_TURN = 360.0  # degrees
MAX_WAY = 20.0  # metres
MAX_END_SECONDS = 10.0  # what the model decodes in one go


@dataclass(frozen=True)
class GenerateRequest:
    """One clip wanted from an engine; None means the pack's own value."""

    text: str
    seconds: float | None = None  # None: the model decides when to stop
    seed: int = 0
    temperature: float | None = None  # 0 is greedy
    top_p: float | None = None
    guidance: float | None = None  # 1 is none
    cleanup: bool = True  # planted feet are made to stand still, see motionllm.motion.feet
    best_of: int = 1  # motions drawn, of which the one that the text describes best is kept
    turn: float | None = None  # degrees from the first frame to the last, + to the left
    ahead: float | None = None  # metres from the first frame to the last, along its heading ...
    left: float | None = None  # ... and across it; both or neither

    @property
    def end(self) -> End | None:
        """Where it is to end; None where the model decides all of it."""
        if self.turn is None and self.ahead is None:
            return None
        place = None if self.ahead is None else (self.left or 0.0, self.ahead)
        return End(None if self.turn is None else math.radians(self.turn), place)


def check_request(request: GenerateRequest) -> GenerateRequest:
    """Return the request tidied (spaces trimmed, plain numbers), or say what is wrong with it.

    Raises:
        MotionError: "bad_request", with a sentence that names the field.
    """
    if not isinstance(request.text, str):
        raise MotionError("bad_request", "The description of the motion must be text.")
    text = " ".join(request.text.split())
    if not any(character.isprintable() for character in text.replace(" ", "")):
        raise MotionError(
            "bad_request",
            "The description of the motion is empty.",
            'Write what the person does, for example "a person walks forward".',
        )
    if len(text) > MAX_TEXT:
        raise MotionError(
            "bad_request",
            f"The description has {len(text):,} characters; the limit is {MAX_TEXT:,}.",
            "Describe one motion in a sentence or two.",
        )
    if not isinstance(request.cleanup, bool):
        raise MotionError(
            "bad_request", f"cleanup must be true or false, not {_shown(request.cleanup)}."
        )
    if request.left is not None and request.ahead is None:
        raise MotionError("bad_request", "left needs ahead beside it: a place takes both.")
    if (request.turn, request.ahead) != (None, None) and (request.seconds or 0) > MAX_END_SECONDS:
        raise MotionError(
            "bad_request",
            f"An end can be set for motions of up to {MAX_END_SECONDS:g} s.",
            "Ask for a shorter motion, or leave the end to the model.",
        )
    takes = request.best_of
    if isinstance(takes, bool) or not isinstance(takes, int) or not 1 <= takes <= MAX_BEST_OF:
        raise MotionError(
            "bad_request",
            f"best_of must be a whole number from 1 to {MAX_BEST_OF}, not {_shown(takes)}.",
        )
    return replace(
        request,
        text=text.encode("utf-8", "replace").decode("utf-8"),  # a lone surrogate has no UTF-8
        seconds=_number("seconds", request.seconds, MIN_SECONDS, MAX_SECONDS, " s"),
        seed=_seed(request.seed),
        temperature=_number("temperature", request.temperature, 0.0, MAX_TEMPERATURE),
        top_p=_number("top_p", request.top_p, 0.01, 1.0),
        guidance=_number("guidance", request.guidance, 0.0, MAX_GUIDANCE),
        turn=_number("turn", request.turn, -MAX_TURN, MAX_TURN, " degrees"),
        ahead=_number("ahead", request.ahead, -MAX_WAY, MAX_WAY, " m"),
        left=_number("left", request.left, -MAX_WAY, MAX_WAY, " m"),
    )


def _number(
    name: str, value: object, lowest: float, highest: float, unit: str = ""
) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise MotionError("bad_request", f"{name} must be a number, not {_shown(value)}.")
    if not lowest <= value <= highest:
        raise MotionError(
            "bad_request",
            f"{name} is {_shown(value)}; it must lie between {lowest:g} and {highest:g}{unit}.",
        )
    return float(value)


def _seed(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_SEED:
        raise MotionError(
            "bad_request", f"seed must be a whole number of zero or more, not {_shown(value)}."
        )
    return value


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


@dataclass(frozen=True)
class PeopleRequest:
    """Several people wanted from an engine.

    Attributes:
        request: the sentence and how to sample; without seconds it is SECONDS, or the leader's.
        people: how many, with the leader.
        leader: somebody whose motion is known; the others are made for them.
    """

    request: GenerateRequest
    people: int = 2
    leader: Clip | None = None


def check_people(wanted: PeopleRequest) -> PeopleRequest:
    """Return a request tidied, or say what is wrong with it.

    Raises:
        MotionError: "bad_request".
    """
    number = wanted.people
    if isinstance(number, bool) or not isinstance(number, int) or not 2 <= number <= MOST:
        raise MotionError(
            "bad_request", f"people must be a whole number from 2 to {MOST}, not {number!r}.",
            "For many people who do not meet, make a crowd.",
        )  # fmt: skip
    request = check_request(wanted.request)
    if request.end is not None:
        raise MotionError(
            "bad_request", "For people together no end can be set: each answers the others."
        )
    if wanted.leader is not None:
        if wanted.leader.frames < 2:
            raise MotionError("bad_request", "The motion to answer has a single frame.")
        leader = wanted.leader.resampled(FPS)
        if leader.seconds > 60.0:
            raise MotionError(
                "bad_request", f"The motion to answer is {leader.seconds:.0f} s long; the limit is "
                "60 s.", "Cut it first.",
            )  # fmt: skip
        request = check_request(replace(request, seconds=max(leader.seconds, 0.4)))
    elif request.seconds is None:
        request = replace(request, seconds=SECONDS)
    return replace(wanted, request=request)


def longer(seconds: float) -> float:
    """Return how long a clip to ask for, that a loop of so many seconds can be cut from."""
    return min(seconds + max(1.2, 0.4 * seconds), MAX_SECONDS)


def request_for(request: GenerateRequest) -> GenerateRequest:
    """Return a request for a loop of some seconds as one for the clip that it is cut from.

    Raises:
        MotionError: "bad_request", if it is to end somewhere.
    """
    if request.end is not None:
        raise MotionError(
            "bad_request", "A loop ends where it begins, so no other end can be set.",
            "Leave out the end, or the loop.",
        )  # fmt: skip
    if request.seconds is None:
        return request
    return replace(request, seconds=longer(request.seconds))


MOST = 8  # people
SECONDS = 4.0  # where nobody says how long
