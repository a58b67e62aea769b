"""Captions of two things done at once: what the legs do, and what is done above."""

from __future__ import annotations

from motionllm.data.captions.grammar import grammar_file
from motionllm.data.captions.labels import Label
from motionllm.data.captions.sentence import render, render_plainly
from motionllm.data.captions.shown import select
from motionllm.data.captions.write import act_clauses, act_phrase
from motionllm.english.inflect import doing
from motionllm.english.phrases import choose, pick
from motionllm.facts.facts import Facts

TOLD = 2  # of the captions are said plainly as well


def arm_actions() -> frozenset[str]:
    """Return the keys of the actions that need the arms alone."""
    return frozenset(grammar_file("at_once")["arms"])


def write_at_once(
    below: Label, above: Label, facts: Facts, rng, count: int
) -> tuple[list[str], list[str]]:
    """Return up to `count` different captions of two things done at once, and plainly said ones.

    Args:
        below: label of what the legs do.
        above: label of what the arms do; its first action is told.
        facts: of the motion that shows both.
    """
    legs = select(below, facts, True)
    done = [act for act in select(above, facts, True) if act.key in arm_actions()]
    captions: dict[str, None] = {}
    told: dict[str, None] = {}
    for index in range(count * 8 if legs and done else 0):
        if len(captions) >= count:
            break
        moving = [choose(clause, rng) for clause in act_clauses(legs, facts, rng, True, False)[:2]]
        above_it = act_phrase(done[0], facts, rng)
        if not moving or "[stand]" in above_it:
            continue  # "stands and waves" is said of a gesture, and they walk
        base = " and ".join(moving)
        if index < TOLD:
            both = f"{base} while {doing(above_it)}"
            told.setdefault(render_plainly([both], None, True, rng))
        frame = pick(grammar_file("at_once")["say"], rng)
        both = frame.replace("{base}", base).replace("{going}", doing(base))
        both = both.replace("{does}", above_it).replace("{doing}", doing(above_it))
        captions.setdefault(render([both], None, True, rng))
    return list(captions), list(told)
