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
from motionllm.motion.bodies import gaps
from motionllm.motion.clip import Clip
from motionllm.motion.features import FPS
from motionllm.motion.feet import clean
from motionllm.motion.root import placed, put_to, roots_of, seen_from
from motionllm.people.arrange import TRAVELS, arranged
from motionllm.people.parting import parted
from motionllm.people.rules import Rule, load_rules
from motionllm.people.seen import seen
from motionllm.progress import Cancelled, Progress, never_cancelled, no_progress
from motionllm.requests import PeopleRequest, check_people

FREE = 0.03  # metres between skins of people who are placed
TRIES = 40
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
        why = "This pack has not learnt people together: each was made alone and placed."
    elif not load_rules().learnt(text):
        why = "Nothing like this was learnt for people together: each was made alone and placed."
    else:
        return _learnt(engine, wanted, rule, progress, cancelled)
    clips = _alone(engine, wanted, rule, progress, cancelled)
    return Together(finished(_arranged(clips, wanted, rule), wanted), PLACED, why)


def _learnt(
    engine: Engine, wanted: PeopleRequest, rule: Rule | None, progress: Progress,
    cancelled: Cancelled,
) -> Together:  # fmt: skip
    """Return people made together, or each alone where that shows more of what was asked."""
    text, first = wanted.request.text, 0 if wanted.leader is None else 1
    clips = finished(engine.people(wanted, progress, cancelled), wanted)
    shown = seen(clips, text, rule, first)
    if shown.holds:
        return Together(clips, LEARNT, f"Learnt together; measured: {shown.told()}.")
    alone = _alone(engine, wanted, rule, progress, cancelled)
    alone = finished(_arranged(alone, wanted, rule), wanted)
    other = seen(alone, text, rule, first)
    if other.degree > shown.degree:
        why = f"Learnt together it did not show: each was made alone and placed; {other.told()}."
        return Together(alone, PLACED, why)
    return Together(clips, LEARNT, f"Learnt together, but not all of it shows: {shown.told()}.")


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
        if rule.same:
            texts = said
    else:
        texts = said
    first = 0 if wanted.leader is None else 1
    requests = [
        replace(request, text=texts[i], seed=request.seed + i, cleanup=False)
        for i in range(first, wanted.people)
    ]
    made = engine.generate(requests, progress, cancelled)
    if wanted.leader is not None:
        leader = wanted.leader.at_rate(FPS)
        made.insert(0, placed(leader, np.zeros(3)))
    return made


def _arranged(clips: list[Clip], wanted: PeopleRequest, rule: Rule | None) -> list[Clip]:
    """Return clips placed by the rule, else as strangers meet, nobody in anybody else's way."""
    rng = random.Random(wanted.request.seed)
    done = [clips[0]]
    paths = [roots_of(clip) for clip in clips]
    for path in paths:
        path[:, :2] -= path[0, :2]
    for clip, path in zip(clips[1:], paths[1:], strict=True):
        best, best_gap = clip, -np.inf
        for root in _roots(rule, (paths[0], path), rng, 1.0 + 2.0 * (len(done) - 1)):
            there = placed(clip, root)
            gap = min(float(gaps(one.joints, there.joints).min()) for one in done)
            if gap > best_gap:
                best, best_gap = there, gap
            if gap > FREE:
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
