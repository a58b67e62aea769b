"""Several people from one sentence: learnt together where the sentence allows, else placed. numpy.

Also the partner of somebody who is there already. Works on both engines.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from motionllm.engine.interface import Engine
from motionllm.english.people import parts
from motionllm.english.words import stem, words
from motionllm.judge import choose
from motionllm.judge.judge import HOLDS
from motionllm.judge.read import read
from motionllm.motion.bodies import gaps
from motionllm.motion.clip import Clip
from motionllm.motion.features import FPS
from motionllm.motion.feet import clean
from motionllm.motion.root import placed, put_to, roots_of, seen_from
from motionllm.people.arrange import TRAVELS, arranged
from motionllm.people.parting import parted
from motionllm.people.relations import relation
from motionllm.people.rules import Rule, load_rules
from motionllm.people.seen import Seen, seen
from motionllm.progress import Cancelled, Progress, never_cancelled, no_progress
from motionllm.requests import (
    MAX_END_SECONDS,
    MAX_SEED,
    MAX_WAY,
    GenerateRequest,
    PeopleRequest,
    check_people,
)

FREE = 0.03  # metres between skins of people who are placed
TRIES = 40
GROUPS = 3  # drawn at most of what was learnt, until one shows all that was asked
APART = 7919  # between the seeds of groups
TAKES = 4  # drawn of everyone who is made alone
LATER = 0.6  # seconds by which somebody who copies is late
LEARNT, PLACED = "learnt", "placed"


@dataclass(frozen=True)
class Together:
    """The people made, in one space; the first begins at the origin facing +Z, or is the leader.

    Attributes:
        clips: one a person; a leader comes back untouched.
        how: LEARNT: one answers the other as the pack has learnt it. PLACED: each was made alone.
        why: one sentence for the user.
    """

    clips: list[Clip]
    how: str
    why: str


def generate_people(
    engine: Engine,
    wanted: PeopleRequest,
    progress: Progress = no_progress,
    cancelled: Cancelled = never_cancelled,
) -> Together:
    """Make several people.

    Raises:
        MotionError: "bad_request"; "cancelled" soon after `cancelled()` turns true.
    """
    wanted = check_people(wanted)
    text = wanted.request.text
    rule = load_rules().find(text)
    if not engine.knows_people:
        why = "This pack has not learnt people together: each was made alone and placed"
    elif not load_rules().learnt(text):
        why = "Nothing like this was learnt for people together: each was made alone and placed"
    else:
        return _learnt(engine, wanted, rule, progress, cancelled)
    alone = _placed(engine, wanted, rule, progress, cancelled)
    return Together(alone.clips, PLACED, f"{why}; measured: {alone.shown.told()}.")


@dataclass(frozen=True)
class _Group:
    """People who are finished, with what they show."""

    clips: list[Clip]
    shown: Seen


def _learnt(
    engine: Engine, wanted: PeopleRequest, rule: Rule | None, progress: Progress,
    cancelled: Cancelled,
) -> Together:  # fmt: skip
    """Return people made together, or each alone where that shows more of what was asked.

    Those made together answer each other, so they come first; those made alone are placed as the
    sentence says and so most often show it, at twice the time; further groups come last.
    """
    first = _drawn(engine, wanted, rule, 0, progress, cancelled)
    if first.shown.holds:
        return Together(first.clips, LEARNT, f"Learnt together; measured: {first.shown.told()}.")
    alone = _placed(engine, wanted, rule, no_progress, cancelled)
    told = alone.shown.told()
    why = f"Learnt together it did not show: each was made alone and placed; measured: {told}."
    if alone.shown.holds:
        return Together(alone.clips, PLACED, why)
    groups = [first]
    for number in range(1, GROUPS):
        groups.append(_drawn(engine, wanted, rule, number, no_progress, cancelled))
        if groups[-1].shown.holds:
            break
    best = max(groups, key=lambda group: group.shown.degree)
    if alone.shown.degree > best.shown.degree:
        return Together(alone.clips, PLACED, why)
    all_ = "measured" if best.shown.holds else "but not all of it shows"
    return Together(best.clips, LEARNT, f"Learnt together; {all_}: {best.shown.told()}.")


def _drawn(
    engine: Engine, wanted: PeopleRequest, rule: Rule | None, number: int, progress: Progress,
    cancelled: Cancelled,
) -> _Group:  # fmt: skip
    """Return the group of this number of those that can be drawn of people together."""
    seed = (wanted.request.seed + number * APART) % MAX_SEED
    asked = replace(wanted, request=replace(wanted.request, seed=seed))
    return _measured(finished(engine.people(asked, progress, cancelled), wanted), wanted, rule)


def _placed(
    engine: Engine, wanted: PeopleRequest, rule: Rule | None, progress: Progress,
    cancelled: Cancelled,
) -> _Group:  # fmt: skip
    clips = _alone(engine, wanted, rule, progress, cancelled)
    return _measured(finished(_arranged(clips, wanted, rule), wanted), wanted, rule)


def _measured(clips: list[Clip], wanted: PeopleRequest, rule: Rule | None) -> _Group:
    first = 0 if wanted.leader is None else 1
    return _Group(clips, seen(clips, wanted.request.text, rule, first))


def own_words(wanted: PeopleRequest, how: str) -> str:
    """Return the words of a sentence that only single people's motions can have been told in.

    Left out are those that say who they are, or each other, and where the people were learnt
    together, those that groups are told in.
    """
    text = wanted.request.text
    alone = {stem(word) for part in parts(text, wanted.people) for word in words(part)}
    if how == LEARNT:
        alone -= load_rules().stems()
    return " ".join(word for word in words(text) if stem(word) in alone)


# ---- placed


def _alone(
    engine: Engine, wanted: PeopleRequest, rule: Rule | None, progress: Progress,
    cancelled: Cancelled,
) -> list[Clip]:  # fmt: skip
    """Return everyone's own motion, from the origin; the leader's where there is one."""
    request, roles = wanted.request, load_rules().roles
    said = parts(request.text, wanted.people)
    told_apart = said[0] != said[1]
    if rule is not None and not (told_apart and rule.place in ("facing", "beside")):
        # The rule's words for what each one does are words that the pack knows.
        texts = [roles[rule.roles[min(i, 1)]].text for i in range(wanted.people)]
        if rule.same and read(said[0]).clauses:
            texts = said  # what they both do is named
    else:
        texts = said
    requests = [
        replace(request, text=texts[i], seed=request.seed + i, cleanup=False, best_of=TAKES)
        for i in range(wanted.people)
    ]
    made = [] if wanted.leader is None else [placed(wanted.leader.at_rate(FPS), np.zeros(3))]
    if rule is not None and rule.same:
        made = made or choose.generate(engine, requests[:1], progress, cancelled)
        return made + [_the_same(made[0], rule)] * (wanted.people - 1)
    if rule is not None and rule.place in ("behind", "beside"):
        # They go where the first one goes, or they part.
        made = made or choose.generate(engine, requests[:1], progress, cancelled)
        requests = [_after(made[0], other) for other in requests]
    return made + choose.generate(engine, requests[len(made) :], progress, cancelled)


def _the_same(clip: Clip, rule: Rule) -> Clip:
    """Return what somebody does who does the same: at once, as in a mirror, or a little later."""
    if rule.timing == "canon":
        late = np.maximum(np.arange(clip.frames) - LATER * clip.fps, 0.0)
        clip = clip.sampled(clip.fps, late)
    clip = placed(clip, np.zeros(3))
    return clip.mirrored() if rule.same == "mirrored" else clip


def _after(first: Clip, request: GenerateRequest) -> GenerateRequest:
    """Return a request that ends where the first person's way does, seen from its start."""
    roots = roots_of(first)
    left, ahead, turn = seen_from(roots[0], roots[-1])
    if np.hypot(left, ahead) < TRAVELS or first.seconds > MAX_END_SECONDS:
        return request
    return replace(
        request, ahead=float(np.clip(ahead, -MAX_WAY, MAX_WAY)),
        left=float(np.clip(left, -MAX_WAY, MAX_WAY)), turn=float(np.degrees(turn)),
    )  # fmt: skip


def _arranged(clips: list[Clip], wanted: PeopleRequest, rule: Rule | None) -> list[Clip]:
    """Return clips placed by the rule, else as strangers meet, nobody in anybody else's way."""
    rng = random.Random(wanted.request.seed)
    done = [clips[0]]
    paths = [roots_of(clip) for clip in clips]
    for path in paths:
        path[:, :2] -= path[0, :2]
    for clip, path in zip(clips[1:], paths[1:], strict=True):
        best, best_mark = clip, (-1.0, -np.inf)
        for root in _roots(rule, (paths[0], path), rng, 1.0 + 2.0 * (len(done) - 1)):
            there = placed(clip, root)
            gap = min(float(gaps(one.joints, there.joints).min()) for one in done)
            stands = 1.0 if rule is None else relation(rule.place, done[0], there)
            mark = (min(stands, HOLDS), min(gap, FREE))
            if mark > best_mark:
                best, best_mark = there, mark
            if mark == (HOLDS, FREE):
                break
        done.append(best)
    return done


def _roots(
    rule: Rule | None, paths: tuple[np.ndarray, np.ndarray], rng: random.Random, wide: float
) -> Iterator[np.ndarray]:
    """Yield roots (3,) at which the second of two people may start, wider and farther apart."""
    kind, low, high = _manner(rule, *paths)
    for attempt in range(TRIES):
        growth = 1.0 + 2.0 * attempt / TRIES
        metres = rng.uniform(low, high) * growth
        root = arranged(kind, metres, paths, rng, growth * wide)
        if root is None:  # no circle in this walk: it goes by instead
            root = arranged("past", max(metres, 0.8), paths, rng, growth * wide)
        if root is not None:
            yield root


def _manner(rule: Rule | None, first: np.ndarray, second: np.ndarray) -> tuple[str, float, float]:
    """Return kind of place and least and most metres for people of whom nothing is known."""
    if rule is not None:
        return rule.place, *rule.metres
    goes = [float(np.linalg.norm(path[-1, :2])) > TRAVELS for path in (first, second)]
    if all(goes):
        return "beside", 0.9, 1.5
    return ("facing", 1.2, 2.0) if not any(goes) else ("past", 0.9, 1.5)


# ---- finished


def finished(clips: list[Clip], wanted: PeopleRequest) -> list[Clip]:
    """Return people who are out of each other, with feet that stand, in the leader's space."""
    request, leader = wanted.request, wanted.leader
    frames = min(clip.frames for clip in clips)
    if leader is None:
        clips = [clip if clip.frames == frames else _cut(clip, frames) for clip in clips]
    done = [clips[0]]
    for clip in clips[1:]:
        clip = parted(clip, done)
        done.append(clean(clip) if request.cleanup else clip)
    if leader is None:
        done[0] = clean(done[0]) if request.cleanup else done[0]
    else:
        # The leader was made to begin at the origin for the model: back to where they are.
        home = roots_of(leader)[0]
        start = roots_of(done[0])[0]
        done = [placed(clip, put_to(home, seen_from(start, roots_of(clip)[0]))) for clip in done]
        done[0] = leader
    first = 0 if leader is None else 1
    for index in range(first, len(done)):
        done[index] = done[index].labelled(
            text=request.text, seed=request.seed, pack=clips[-1].pack, licence=clips[-1].licence
        )
    return done


def _cut(clip: Clip, frames: int) -> Clip:
    return clip.moved(clip.rotations[:frames], clip.translation[:frames], clip.contacts[:frames])
