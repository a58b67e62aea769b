"""Which of a label's actions a piece really shows, and with which hand or foot.

Nothing is measured here: the label proposes, the facts decide, and an action without its evidence
is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass

from motionllm.data.captions.grammar import actions
from motionllm.data.captions.labels import Label
from motionllm.facts.events import SIDES, Event
from motionllm.facts.facts import Facts

HANDS_BOTH = {
    "raise_hand": "raise_both_hands",
    "wave_hand": "wave_both_hands",
    "bye": "byebye",
    "wave_hello": "wave_hello",
}
GAITS = ("walk", "run", "dash", "jog", "crawl", "skip")  # told apart by direction and turns
HANDS_ONE = {"raise_both_hands": "raise_hand", "wave_both_hands": "wave_hand", "byebye": "bye"}


@dataclass(frozen=True)
class Act:
    """An action that the piece shows; side: left, right or "" as measured."""

    key: str
    side: str = ""

    @property
    def entry(self) -> dict:
        return actions()[self.key]


def has_moves(facts: Facts) -> bool:
    """Tell whether the person goes anywhere."""
    return any(event.kind == "move" for event in facts.events)


def both_raised(facts: Facts) -> float:
    """Seconds in which both wrists are above the shoulders."""
    total = 0.0
    for a in facts.of("raise"):
        for b in facts.of("raise"):
            if a.side == "left" and b.side == "right":
                total += max(0.0, min(a.end, b.end) - max(a.start, b.start))
    return total


def raised_side(facts: Facts) -> str:
    """left, right, both or "": whose hand is up; a short one beside a long one is not counted."""
    left, right = (facts.raised[side] for side in SIDES)
    if max(left, right) < 0.25:
        return ""
    if both_raised(facts) > 0.5 * max(left, right):
        return "both"
    if min(left, right) > 0.35 * max(left, right):
        return "mixed"
    return "left" if left > right else "right"


def _shown(needs: str, facts: Facts, part: bool, alone: bool) -> bool:
    moves: list[Event] = facts.of("move")
    hands = max(facts.wrist_speed.values())
    if needs == "any":
        return alone or not part
    if needs == "moves":
        return bool(moves)
    if needs == "runs":
        return any(
            event.gait == "run" or event.speed > (0.6 if facts.flight > 0.1 else 1.2)
            for event in moves
        )
    if needs == "sides":
        return any(event.direction.endswith(("left", "right")) for event in moves)
    if needs == "stands":
        return not moves or bool(facts.of("stand"))
    if needs in ("raised", "raised_any"):
        return bool(facts.of("raise"))
    if needs == "raised_both":
        return raised_side(facts) in ("both", "mixed", "left", "right")
    if needs == "waves":
        return bool(facts.of("wave", "raise"))
    if needs == "active":
        return facts.tempo in ("moderate", "fast") or (facts.tempo == "slow" and hands > 0.5)
    checks = {
        "hands": hands > 0.5 or bool(facts.of("raise")),
        "jumps": facts.jumps > 0,
        "jumps_many": facts.jumps > 0,
        "hops": facts.jumps > 0 or facts.highest > 1.05,
        "jacks": min(facts.overhead.values()) > 0.2 and facts.tempo in ("moderate", "fast"),
        "bows": facts.bend > 14,
        "bends": facts.bend > 38 or facts.crouch < 0.8,
        "crouches": facts.crouch < 0.8,
        "low": facts.crouch < 0.68,
        "stool": facts.crouch < 0.88,
        "lies": facts.lying > 0.3,
        "rises": facts.rise > 0.2,
        "gets_up": facts.rise > 0.35,
        "kneels": facts.knees_down > 0.3,
        "tipped": facts.tipped > 0.05,
        "turns": any(event.amount > 60 for event in facts.of("turn", "curve")),
        "strikes": sum(facts.punches.values()) > 0 or hands > 1.5,
        "punches": sum(facts.punches.values()) > 0,
        "kicks": sum(facts.kicks.values()) > 0,
        "soccer": sum(facts.kicks.values()) > 0 or not part,
        "climbs": facts.highest > 1.1 or facts.rise > 0.15 or max(facts.overhead.values()) > 0.5,
    }
    return checks[needs]


def select(label: Label, facts: Facts, part: bool) -> list[Act]:
    """The label's actions that the piece shows, in the label's order.

    part: the piece was cut from a longer take, so that what cannot be measured is only taken
    from a label with a single action.
    """
    table = actions()
    found: list[Act] = []
    alone = len(set(label.actions) - {"stand"}) <= 1
    for key in label.actions:
        if key not in table or not _shown(table[key].get("needs", "any"), facts, part, alone):
            continue
        act = _sided(key, label, facts)
        if act and (not found or found[-1].key != act.key):
            found.append(act)
    return found


def _sided(key: str, label: Label, facts: Facts) -> Act | None:
    needs = actions()[key].get("needs")
    if needs == "jumps_many" and facts.jumps == 1:
        return Act("jump")
    if key == "lie_down" and facts.start_height < 0.4:
        return Act("lie")
    if key in HANDS_BOTH or key in HANDS_ONE:
        return _hands(key, facts)
    if needs == "punches" or (needs == "strikes" and sum(facts.punches.values())):
        return Act(key, _blow_side(facts.punches, label.side))
    if needs in ("kicks", "soccer"):
        return Act(key, _blow_side(facts.kicks, label.side))
    if key in ("throw", "backfist") or needs == "strikes":
        speed = facts.wrist_speed
        fast = max(SIDES, key=lambda side: speed[side])
        return Act(key, fast if speed[fast] > 1.5 * min(speed.values()) else "")
    return Act(key)


def _hands(key: str, facts: Facts) -> Act | None:
    side = raised_side(facts)
    one = HANDS_ONE.get(key, key)
    if side == "both":
        return Act(HANDS_BOTH[one])
    if side in SIDES:
        return Act(one, side)
    if side == "mixed":
        waved = [name for name in SIDES if facts.waves[name]]
        if one == "wave_hand" and len(waved) == 1:
            return Act(one, waved[0])
        return Act(one)
    # Nothing above a shoulder: a low wave is still a wave where a hand moves.
    return Act(one) if one in ("bye", "wave_hello") else None


def _blow_side(counts: dict[str, int], named: str) -> str:
    used = [side for side in SIDES if counts[side]]
    if len(used) == 1:
        return used[0]
    if named in used and counts[named] >= max(counts.values()):
        return named
    return ""


def content_key(label: Label, facts: Facts, piece_is_part: bool = False) -> str:
    """Short key of what a piece shows: walk, run_turn_left, walk_backward, raise_left_hand, kick.

    For balanced sampling, and for finding captions of another action.
    """
    acts = select(label, facts, piece_is_part)
    special = [a for a in acts if not a.entry.get("moves") and a.key not in ("stand", "uncrouch")]
    if special:
        act = special[0]
        side = act.side if act.key in HANDS_BOTH else ""
        return act.key.replace("_hand", f"_{side}_hand") if side else act.key
    moving = [act for act in acts if act.entry.get("moves")]
    moves = facts.of("move")
    if not moves:
        return _still_key(facts)
    longest = max(moves, key=lambda event: event.amount)
    same_gait = moving and len({act.key for act in moving}) == 1
    key = moving[0].key if same_gait else longest.gait
    if key in ("sidestep", "sidestep_run"):
        return key + "_" + longest.direction.rpartition("_")[2]
    turns = [event for event in facts.of("turn", "curve") if event.amount > 45]
    if key not in GAITS:
        return key
    if longest.direction.startswith("backward") or (longest.direction != "forward" and not turns):
        key += "_" + longest.direction
    if turns and facts.yaw_known:
        biggest = max(turns, key=lambda event: event.amount)
        key += "_around" if biggest.amount > 150 else f"_turn_{biggest.side}"
    return key


def _still_key(facts: Facts) -> str:
    if facts.lying > 0.5:
        return "lie"
    if facts.tipped > 0.3 or facts.crouch < 0.72:
        return "low"
    if facts.jumps:
        return "jump"
    side = raised_side(facts)
    if side in SIDES:
        return f"raise_{side}_hand"
    if side:
        return "raise_both_hands"
    if any(event.amount > 45 for event in facts.of("turn", "curve")):
        return "turn"
    return "stand" if max(facts.wrist_speed.values()) < 0.6 else "gesture"
