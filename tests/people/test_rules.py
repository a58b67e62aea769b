"""Which sentences are taken for learnt ones, and what each person does alone."""

import random
import re

import pytest

from motionllm.english.unknown import RARE, learn, unknown
from motionllm.evaluation.people import sentences
from motionllm.people.arrange import PLACES
from motionllm.people.generate import LEARNT, PLACED, own_words
from motionllm.people.rules import load_rules
from motionllm.requests import GenerateRequest, PeopleRequest


def test_the_rules_are_sound():
    rules = load_rules()
    for rule in rules.rules:
        assert rule.place in PLACES and rule.metres[0] <= rule.metres[1]
        assert set(rule.roles) <= set(rules.roles)
        for word in rule.words:
            re.compile(word)


def test_a_rules_own_captions_are_its_own_or_another_learnt_ones():
    rules, rng = load_rules(), random.Random(0)
    told = [
        rules.caption(caption, rng)
        for rule in rules.rules if not rule.name.startswith("while") for caption in rule.captions
    ]  # fmt: skip
    missed = [text for text in told if not rules.learnt(text)]
    assert len(missed) < 0.1 * len(told), missed


def test_sentences_written_beforehand():
    rules = load_rules()
    hits = {name: sum(map(rules.learnt, texts)) for name, texts in sentences().items()}
    assert hits["within"] >= 23 and hits["beyond"] <= 2


@pytest.mark.parametrize(("text", "how", "unsure"), [
    ("two people wave at each other", LEARNT, []),
    ("two men mirror each other", LEARNT, []),
    ("two men mirror each other", PLACED, ["mirror"]),
    ("two strangers yodel together", LEARNT, ["yodel"]),
    ("one person yodels and the other waves", PLACED, ["yodels"]),
])  # fmt: skip
def test_words_for_groups_are_not_taken_for_unknown(text, how, unsure):
    single = frozenset(learn(["a person is one and waves"] * RARE))
    words = own_words(PeopleRequest(GenerateRequest(text)), how)
    assert unknown(words, single) == unsure
