"""What happens one after the other in a clip, as verb phrases in time order.

Nothing is measured here: phrases and numbers are filled with facts.
"""

from __future__ import annotations

from dataclasses import replace

from motionllm.data.captions.grammar import grammar_file
from motionllm.english.phrases import pick
from motionllm.facts.events import Event
from motionllm.facts.facts import Facts

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
CLOCK = {"left": "counterclockwise", "right": "clockwise"}
TURNS = ("turn", "curve")
WHOLE_BODY = ("move", "turn", "curve", "stand", "jump", "crouch", "bend", "lie", "raise")


def sided(phrase: str, side: str) -> str:
    """Fill {side} and {clock} in."""
    return phrase.replace("{side}", side).replace("{clock}", CLOCK.get(side, ""))


def turn_phrase(event: Event, rng) -> str:
    """A turn by its size, e.g. "[turn] sharply to the left"."""
    words, size = grammar_file("facts")["turn"], event.amount
    if event.kind == "curve" and size > 150:
        words = grammar_file("facts")["curve"]
        return sided(pick(words["round" if size > 270 else "bend"], rng), event.side)
    if size < 45:
        name = "slight"
    elif size < 72:
        name = "medium"
    elif size < 108:
        name = "right_angle"
    elif size < 125:
        name = "medium"
    elif size < 155:
        name = "sharp"
    elif size < 225:
        name = "around"
    else:
        name = "spin" if size < 450 else "many"
    return sided(pick(words[name], rng), event.side)


def _speed_words(event: Event, rng) -> str:
    words = grammar_file("facts")["speed"]
    if event.gait == "run":
        name = "run_slow" if event.speed < 1.7 else "run_fast" if event.speed > 3.4 else ""
    else:
        name = "walk_slow" if event.speed < 0.65 else "walk_fast" if event.speed > 1.65 else ""
    return pick(words[name], rng) if name else ""


def move_phrase(
    event: Event, verb: str, rng, *, bends: bool = False, speed: bool = True, alone: bool = False
) -> str:
    """A verb with the measured direction and, now and then, speed, distance or straightness.

    bends: turns belong to it, so nothing is called straight. speed: a word of speed may be added.
    alone: it is all that the clip shows.
    """
    words = grammar_file("facts")
    parts = [verb]
    name = "forward_curving" if event.direction == "forward" and bends else event.direction
    if rng.random() < (0.72 if event.direction == "forward" else 0.95):
        parts.append(pick(words["direction"][name], rng))
    elif alone and not bends and event.direction == "forward" and rng.random() < 0.25:
        parts.append(pick(words["straight"]["any"], rng))
    metres = round(event.amount)
    if alone and 1 <= metres <= 10 and rng.random() < 0.14:
        unit = pick(("metre", "meter"), rng) + ("" if metres == 1 else "s")
        amount = NUMBERS[metres] if rng.random() < 0.7 else str(metres)
        parts.append(f"{pick(('about', 'for about', 'around', 'roughly'), rng)} {amount} {unit}")
    elif speed and rng.random() < 0.3 and (word := _speed_words(event, rng)):
        parts.append(word)
    return " ".join(parts)


def _steps_phrase(event: Event, steps: int, rng) -> str:
    """ "[take] four steps forward", or "" when the count is not sure."""
    if not 2 <= steps <= 10 or not 0.35 <= event.amount / steps <= 1.1:
        return ""
    phrase = f"[take] {NUMBERS[steps]} steps"
    return f"{phrase} {pick(grammar_file('facts')['direction'][event.direction], rng)}"


def _main_events(facts: Facts, kinds: tuple[str, ...]) -> list[Event]:
    """Events to tell, in time order: like ones joined, what is small beside others left out."""
    found: list[Event] = []
    for event in facts.of(*kinds):
        if event.kind in TURNS and not facts.yaw_known:
            continue
        near = [
            i
            for i, other in enumerate(found)
            if other.kind == event.kind
            and event.start - other.end < (1.0 if event.kind == "move" else 0.7)
        ]
        last = found[near[-1]] if near else None
        if last is not None and _goes_on(last, event):
            amount = last.amount + event.amount
            speed = amount / (event.end - last.start) if event.kind == "move" else 0.0
            found[near[-1]] = replace(last, end=event.end, amount=amount, speed=speed)
        else:
            found.append(event)
    turned = max((e.amount for e in found if e.kind in TURNS), default=0.0)
    moved = max((e.amount for e in found if e.kind == "move"), default=0.0)
    return [
        event
        for event in found
        if not (event.kind in TURNS and event.amount <= max(25.0, 0.35 * turned))
        and not (event.kind == "move" and event.amount < 0.15 * moved)
    ]


def _goes_on(last: Event, event: Event) -> bool:
    """Tell whether a move or a turn is the last one's continuation."""
    same = (last.side, last.direction, last.gait) == (event.side, event.direction, event.gait)
    return same and event.kind in ("move", *TURNS)


def move_clauses(facts: Facts, verb, rng, speed: bool = True) -> list[str]:
    """Travel and turns of the whole clip; `verb(event, again)` gives the verb phrase of a move.

    Returns no more than four phrases, and [] when the clip has none or is too busy to list.
    """
    return _clauses(facts, ("move", "turn", "curve", "stand"), verb, rng, speed)


def all_clauses(facts: Facts, verb, rng) -> list[str]:
    """Like move_clauses with jumps, crouches, bends, raised hands and lying as well."""
    return _clauses(facts, WHOLE_BODY, verb, rng, True)


def _clauses(facts: Facts, kinds, verb, rng, speed) -> list[str]:
    events = _main_events(facts, kinds)
    moves = [event for event in events if event.kind == "move"]
    if len(moves) == 1 and len(events) == 1 and rng.random() < 0.1:
        steps = _steps_phrase(moves[0], facts.steps, rng)
        if steps:
            return [steps]
    events, tail = _held_hands(events, facts, rng)
    owner = {id(event): _owner(event, moves) for event in events if event.kind in TURNS}
    clauses: list[str] = []
    walked: set[tuple[str, str]] = set()
    for event in events:
        if event.kind == "move":
            inside = [turn for turn in events if owner.get(id(turn)) is event]
            way = (event.gait, event.direction)
            clauses += _walk_with_turns(event, inside, verb, rng, speed, len(moves) == 1, facts,
                                        way in walked)  # fmt: skip
            walked.add(way)
        elif owner.get(id(event)) is None:
            clauses += _other(event, facts, rng, not clauses)
    if not clauses or len(clauses) > 4:
        return []
    return [clauses[0] + tail, *clauses[1:]]


def _owner(turn: Event, moves: list[Event]) -> Event | None:
    """The move during which a turn happens, for at least half of its time."""

    def shared(move: Event) -> float:
        return min(turn.end, move.end) - max(turn.start, move.start)

    best = max(moves, key=shared, default=None)
    return best if best and shared(best) > 0.5 * (turn.end - turn.start) else None


def _held_hands(events: list[Event], facts: Facts, rng) -> tuple[list[Event], str]:
    """Hands up all the time become words at the end; a hand, a bend, a crouch is told once."""
    held = [e for e in events if e.kind == "raise" and e.end - e.start > 0.8 * facts.duration]
    others = [e for e in events if e.kind not in ("raise", "stand")]
    tail = ""
    if held and others:
        words = grammar_file("facts")["hands"]
        sides = {event.side for event in held}
        name = "held_both" if len(sides) == 2 else "held"
        tail = " " + sided(pick(words[name], rng), held[0].side)
    kept, seen = [], set()
    for event in events:
        if event.kind in ("raise", "bend", "crouch"):
            if (event.kind == "raise" and held and others) or (event.kind, event.side) in seen:
                continue
            seen.add((event.kind, event.side))
        kept.append(event)
    return kept, tail


def _walk_with_turns(move, turns, verb, rng, speed, alone, facts, before) -> list[str]:
    words = grammar_file("facts")
    if not turns:
        phrase = move_phrase(move, verb(move, before and rng.random() < 0.5), rng, speed=speed,
                             alone=alone and not before)  # fmt: skip
        return [phrase]
    total = sum(turn.amount for turn in turns)
    round_ = total > 270 and (facts.path == "circle" or turns[0].kind == "curve")
    if len({turn.side for turn in turns}) == 1 and (
        round_ or (len(turns) == 1 and turns[0].kind == "curve")
    ):
        turn, circle = turns[0], round_
        tail = words["curve"]["circle" if circle else "tail"]
        phrase = verb(move, False)
        if not circle:
            phrase = move_phrase(move, phrase, rng, bends=True, speed=speed)
        return [f"{phrase} {sided(pick(tail, rng), turn.side)}"]
    clauses: list[str] = []
    at = move.start
    walks = False
    for turn in turns:
        if turn.start - at > 0.6:
            again = before or at > move.start
            clauses.append(
                move_phrase(move, verb(move, again), rng, bends=True, speed=speed and not clauses)
            )
            walks = True
        clauses.append(turn_phrase(turn, rng))
        at = turn.end
    rest = move.end - at > 0.6
    if walks and rest and (len(clauses) == 1 or rng.random() < 0.6):
        clauses.append(verb(move, True))
    elif not walks:
        # Turning from the start: the travel is told all the same, after the turn if there is time.
        told = move_phrase(move, verb(move, before), rng, bends=True, speed=speed)
        clauses.insert(len(clauses) if rest else 0, told)
    return clauses


def _other(event: Event, facts: Facts, rng, first: bool) -> list[str]:
    words = grammar_file("facts")
    if event.kind in TURNS:
        return [turn_phrase(event, rng)]
    if event.kind == "stand":
        calm = facts.tempo in ("still", "slow")
        if event.end - event.start < 1.2 or not calm and not first:
            return []
        return [pick(words["stop"]["first" if first else "say"], rng)]
    if event.kind == "raise":
        overlap = [
            other
            for other in facts.of("raise")
            if other.side != event.side and other.start < event.end and other.end > event.start
        ]
        if overlap:
            # Told once, with the left hand.
            return [pick(words["hands"]["raise_both"], rng)] if event.side == "left" else []
        return [sided(pick(words["hands"]["raise"], rng), event.side)]
    return [pick(words["posture"][event.kind], rng)]
