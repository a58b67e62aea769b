"""How far a motion shows what a sentence says: its clauses checked, one by one. numpy only."""

from __future__ import annotations

from motionllm.judge.checks import hands, head_and_manner, posture, travel
from motionllm.judge.clause import Clause, Reading, Tick, Verdict
from motionllm.judge.evidence import Evidence, Found
from motionllm.judge.read import read
from motionllm.motion.clip import Clip

CHECKS = travel.CHECKS | posture.CHECKS | hands.CHECKS | head_and_manner.CHECKS
HOLDS = 0.5  # of a degree: enough for a tick
LATE = 0.35  # seconds by which what comes first may begin after what follows


def judged(clip: Clip, text: str) -> Verdict:
    """Return how far a clip shows a sentence, clause by clause."""
    return check(Evidence(clip), read(text))


def check(evidence: Evidence, reading: Reading) -> Verdict:
    """Return how far a motion shows a sentence that has been read."""
    found = [CHECKS[clause.check](evidence, clause) for clause in reading.clauses]
    found = _placed(reading.clauses, found)
    ticks = []
    for index, (clause, one) in enumerate(zip(reading.clauses, found, strict=True)):
        degree = 1.0 - one.degree if clause.negated else one.degree
        if not clause.negated and not clause.manner:
            degree *= _in_time(index, reading.clauses, found)
        degree = min(1.0, max(0.0, degree))
        ticks.append(Tick(clause.words, round(degree, 3), degree >= HOLDS))
    return Verdict(tuple(ticks), reading.unread)


def _placed(clauses: tuple[Clause, ...], found: list[Found]) -> list[Found]:
    """Return of each clause the time at which it is done in its turn, where it is done often.

    Of all choices of one time a clause, that with the highest degrees in which every step begins
    after those before it; where no choice does, each clause's best time.
    """
    last = max((clause.step for clause in clauses), default=0)
    if not last:
        return found
    chains: list[tuple[float, list[Found]]] = [(0.0, [])]  # sum of degrees, times
    for clause, one in zip(clauses, found, strict=True):
        if clause.negated or clause.manner:
            chains = [(total, [*times, one]) for total, times in chains]
            continue
        longer = []
        for total, times in chains:
            for time in (one, *one.again):
                order = [
                    other.start for before, other in zip(clauses, times, strict=False)
                    if before.step < clause.step and other.degree and not before.manner
                ]  # fmt: skip
                late = bool(order) and time.degree > 0 and time.start < max(order) - LATE
                longer.append((total + time.degree * (0.3 if late else 1.0), [*times, time]))
        longer.sort(key=lambda chain: -chain[0])
        chains = longer[:24]
    return chains[0][1]


def _in_time(index: int, clauses: tuple[Clause, ...], found: list[Found]) -> float:
    """Return how well one clause keeps its place: after those before it, at once with its like."""
    clause, one = clauses[index], found[index]
    factor = 1.0
    earlier = [
        other for before, other in zip(clauses[:index], found, strict=False)
        if before.step == clause.step - 1 and not before.negated and not before.manner
        and other.degree
    ]  # fmt: skip
    if earlier and one.degree:
        first = min(earlier, key=lambda other: other.start)
        late = first.start - one.start
        if late > LATE and first.end > one.end:
            factor *= 0.25
    if clause.together:
        beside = [
            other for before, other in zip(clauses[:index], found, strict=False)
            if before.step == clause.step and not before.manner and not before.negated
        ]  # fmt: skip
        if beside and one.degree:
            other = beside[-1]
            shared = min(one.end, other.end) - max(one.start, other.start)
            length = max(0.2, min(one.end - one.start, other.end - other.start))
            factor *= 0.3 + 0.7 * min(1.0, max(0.0, shared / (0.5 * length)))
    return factor
