"""Verbs that were never learnt are said in plainer ones, and things are left alone."""

import pytest

from motionllm.english import unknown
from motionllm.english.plain_words import plainly
from motionllm.english.words import stem
from motionllm.pack.folders import find_pack
from motionllm.pack.pack import load_pack

WORDS = "a an on the man person walk run jump fall punch and then to they"
KNOWN = {stem(word) for word in WORDS.split()}


@pytest.mark.parametrize(
    ("said", "meant"),
    [("a man skedaddles", "a man runs"), ("A man skedaddled", "A man ran"),
     ("vaulting, then toppling", "jumping, then falling"), ("they traipse", "they walk"),
     ("a man runs", "a man runs"), ("a person smacks the slug", "a person punches the slug"),
     ("the man yodels", "the man yodels")],
)  # fmt: skip
def test_unknown_verbs_take_the_form_of_plainer_ones(said, meant):
    assert plainly(said, frozenset(KNOWN)) == meant


def test_where_the_plainer_one_is_not_known_either_nothing_changes():
    assert plainly("a man skedaddles", frozenset({"a", "man"})) == "a man skedaddles"


def test_what_was_understood_is_told_beside_what_was_not():
    known = frozenset(KNOWN)
    assert unknown.doubt("a man runs", known) == ""
    assert unknown.doubt("a man skedaddles", known) == 'Understood as "a man runs".'
    first, second = unknown.doubt("a man skedaddles on a zebra", known).split("\n")
    assert first == 'Understood as "a man runs on a zebra".' and '"zebra"' in second


@pytest.mark.parametrize("name", ["default", "open"])
def test_what_a_pack_knows_is_left_as_it_is(name):
    pack = load_pack(find_pack(name))
    for text in ("a person walks forward and waves", "someone jumps and turns around"):
        assert pack.plainly(text) == text and pack.warning(text) == ""
    assert pack.plainly("a person lopes along") == "a person runs along"
