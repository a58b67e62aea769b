"""What is asked of an engine, and what is wrong with it. Standard library at import.

A request is a table of named values wherever it comes from: a message of the protocol, a line of a
prompt list, the command line's options, the panel's settings. All of them read the fields here:
`GenerateRequest.from_table` and `to_table` go over the class's own fields, each of which brings
its check and what the command line says of it. A new wish of a user is a new field.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from motionllm.errors import MotionError

if TYPE_CHECKING:
    from motionllm.motion.clip import Clip
    from motionllm.motion.lead import End

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
MAX_PEOPLE = 8
PEOPLE_SECONDS = 4.0  # of people together, where nobody says how long

Check = Callable[[str, object], object]


@dataclass(frozen=True)
class Wish:
    """What is known of a field of a request beside its type and its default.

    Attributes:
        check: gets the field's name and a value; returns the value tidied, or raises "bad_request"
            with a sentence that names the field.
        kind: what the command line makes of an argument; bool for a switch.
        help: what the command line says of it.
        metavar: what stands for its value there.
    """

    check: Check
    kind: type
    help: str
    metavar: str | None = None


def _wish(
    check: Check, kind: type, default: Any, text: str, metavar: str | None = None
) -> Any:  # a field, which is what dataclasses call any value
    return field(default=default, metadata={"wish": Wish(check, kind, text, metavar)})


def wish_of(one: Field) -> Wish:
    """Return what is known of a field."""
    return one.metadata["wish"]


def _number(lowest: float, highest: float, unit: str = "") -> Check:
    def check(name: str, value: object) -> float | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise _not_a(f"{name} must be a number", value)
        if not math.isfinite(value):
            raise _not_a(f"{name} must be a number", value)
        if not lowest <= value <= highest:
            raise MotionError(
                "bad_request",
                f"{name} is {_shown(value)}; it must lie between {lowest:g} and {highest:g}{unit}.",
            )
        return float(value)

    return check


def _whole(lowest: int, highest: int, hint: str = "") -> Check:
    def check(name: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise _not_a(f"{name} must be a whole number from {lowest} to {highest}", value, hint)
        return value

    return check


def _seed(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_SEED:
        raise _not_a(f"{name} must be a whole number of zero or more", value)
    return value


def _not_a(what: str, value: object, hint: str = "") -> MotionError:
    return MotionError("bad_request", f"{what}, not {_shown(value)}.", hint)


def _switch(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise _not_a(f"{name} must be true or false", value)
    return value


def _text(_name: str, value: object) -> str:
    if not isinstance(value, str):
        raise MotionError("bad_request", "The description of the motion must be text.")
    text = " ".join(value.split())
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
    return text.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate has no UTF-8


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


@dataclass(frozen=True)
class GenerateRequest:
    """One clip wanted from an engine; None means the pack's own value.

    Attributes:
        text: what the person does.
        seconds: None: the model decides when to stop.
        temperature: 0 is greedy.
        guidance: 1 is none.
        cleanup: planted feet are made to stand still, see motionllm.motion.feet.
        best_of: motions drawn, of which the one that the text describes best is kept.
        turn: degrees from the first frame to the last, + to the left.
        ahead, left: metres from the first frame to the last, along its heading and across it;
            both or neither.
    """

    text: str = field(metadata={"wish": Wish(_text, str, "what the person does", "TEXT")})
    seconds: float | None = _wish(
        _number(MIN_SECONDS, MAX_SECONDS, " s"), float, None,
        "length, 0.4 to 60 (default: the model decides)",
    )  # fmt: skip
    seed: int = _wish(_seed, int, 0, "(default: 0)")
    temperature: float | None = _wish(
        _number(0.0, MAX_TEMPERATURE), float, None, "0 is always the likeliest motion"
    )
    top_p: float | None = _wish(
        _number(0.01, 1.0), float, None, "sample from this share of probability"
    )
    guidance: float | None = _wish(
        _number(0.0, MAX_GUIDANCE), float, None,
        "how strictly to follow the text; 1 is off, and faster",
    )  # fmt: skip
    cleanup: bool = _wish(_switch, bool, True, "leave the feet as they were decoded")
    best_of: int = _wish(
        _whole(1, MAX_BEST_OF), int, 1,
        "draw N motions and keep the one that the text describes best (default: 1)", "N",
    )  # fmt: skip
    turn: float | None = _wish(
        _number(-MAX_TURN, MAX_TURN, " degrees"), float, None,
        "how far it turns in all, + to the left", "DEGREES",
    )  # fmt: skip
    ahead: float | None = _wish(
        _number(-MAX_WAY, MAX_WAY, " m"), float, None,
        "where it ends, along its first heading", "METRES",
    )  # fmt: skip
    left: float | None = _wish(
        _number(-MAX_WAY, MAX_WAY, " m"), float, None,
        "and to the left of it (default: 0)", "METRES",
    )  # fmt: skip

    @property
    def end(self) -> End | None:
        """Where it is to end; None where the model decides all of it."""
        from motionllm.motion.lead import End

        if self.turn is None and self.ahead is None:
            return None
        place = None if self.ahead is None else (self.left or 0.0, self.ahead)
        return End(None if self.turn is None else math.radians(self.turn), place)

    @classmethod
    def from_table(
        cls, table: Mapping[str, object], defaults: GenerateRequest | None = None
    ) -> GenerateRequest:
        """Return the checked request of a table of fields; what is None is as good as left out.

        Args:
            table: values by field; whoever reads tables of others says first what is unknown.
            defaults: what the table does not say; else each field's own default.

        Raises:
            MotionError: "bad_request", with a sentence that names the field.
        """
        said: dict[str, Any] = {name: table[name] for name in FIELDS if table.get(name) is not None}
        if defaults is None or "text" in table:
            said["text"] = table.get("text")  # it has no default: None is wrong, and is told below
        return check_request(cls(**said) if defaults is None else replace(defaults, **said))

    def to_table(self) -> dict[str, object]:
        """Return the fields as plain data; what is None is left out."""
        table = {name: getattr(self, name) for name in FIELDS}
        return {name: value for name, value in table.items() if value is not None}


FIELDS = tuple(one.name for one in fields(GenerateRequest))


def check_request(request: GenerateRequest) -> GenerateRequest:
    """Return the request tidied (spaces trimmed, plain numbers), or say what is wrong with it.

    Raises:
        MotionError: "bad_request", with a sentence that names the field.
    """
    tidy: dict[str, Any] = {
        one.name: wish_of(one).check(one.name, getattr(request, one.name))
        for one in fields(request)
    }
    checked = GenerateRequest(**tidy)
    if checked.left is not None and checked.ahead is None:
        raise MotionError("bad_request", "left needs ahead beside it: a place takes both.")
    ends = checked.turn is not None or checked.ahead is not None
    if ends and (checked.seconds or 0) > MAX_END_SECONDS:
        raise MotionError(
            "bad_request",
            f"An end can be set for motions of up to {MAX_END_SECONDS:g} s.",
            "Ask for a shorter motion, or leave the end to the model.",
        )
    return checked


@dataclass(frozen=True)
class PeopleRequest:
    """Several people wanted from an engine.

    Attributes:
        request: the sentence and how to sample; without seconds it is PEOPLE_SECONDS, or the
            leader's.
        people: how many, with the leader.
        leader: somebody whose motion is known; the others are made for them.
    """

    request: GenerateRequest
    people: int = _wish(
        _whole(2, MAX_PEOPLE, "For many people who do not meet, make a crowd."), int, 2,
        "N people together in one space, written as NAME.0.npz, NAME.1.npz ...; a .png shows "
        "all of them", "N",
    )  # fmt: skip
    leader: Clip | None = None

    @classmethod
    def from_table(cls, table: Mapping[str, object], leader: Clip | None = None) -> PeopleRequest:
        """Return the checked request of a table: "people" and the fields of GenerateRequest.

        A leader, who is a clip and no plain data, comes beside the table.

        Raises:
            MotionError: "bad_request", with a sentence that names the field.
        """
        said = table.get("people")
        people: Any = cls.people if said is None else said  # checked next
        return check_people(cls(GenerateRequest.from_table(table), people, leader))

    def to_table(self) -> dict[str, object]:
        """Return the fields as plain data, without the leader."""
        return self.request.to_table() | {"people": self.people}


def check_people(wanted: PeopleRequest) -> PeopleRequest:
    """Return a request tidied, or say what is wrong with it.

    Raises:
        MotionError: "bad_request".
    """
    for one in fields(wanted):
        if "wish" in one.metadata:
            wish_of(one).check(one.name, getattr(wanted, one.name))
    request = check_request(wanted.request)
    if request.end is not None:
        raise MotionError(
            "bad_request", "For people together no end can be set: each answers the others."
        )
    if wanted.leader is not None:
        request = check_request(replace(request, seconds=_seconds_of(wanted.leader)))
    elif request.seconds is None:
        request = replace(request, seconds=PEOPLE_SECONDS)
    return replace(wanted, request=request)


def _seconds_of(leader: Clip) -> float:
    """Return how long somebody is answered."""
    from motionllm.motion.features import FPS

    if leader.frames < 2:
        raise MotionError("bad_request", "The motion to answer has a single frame.")
    leader = leader.at_rate(FPS)
    if leader.seconds > MAX_SECONDS:
        raise MotionError(
            "bad_request", f"The motion to answer is {leader.seconds:.0f} s long; the limit is "
            f"{MAX_SECONDS:.0f} s.", "Cut it first.",
        )  # fmt: skip
    return max(leader.seconds, MIN_SECONDS)


def loop_seconds(seconds: float) -> float:
    """Return how long a clip to ask for, that a loop of so many seconds can be cut from."""
    return min(seconds + max(1.2, 0.4 * seconds), MAX_SECONDS)


def loop_request(request: GenerateRequest) -> GenerateRequest:
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
    return replace(request, seconds=loop_seconds(request.seconds))
