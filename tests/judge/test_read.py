"""A sentence as clauses."""

import pytest

from motionllm.english.inflect import forms
from motionllm.judge.judge import CHECKS
from motionllm.judge.lexicon import acts, manners
from motionllm.judge.read import read


def told(text):
    """Return (check, step, side, direction) of every clause."""
    return [(c.check, c.step, c.side, c.direction) for c in read(text).clauses]


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("a person walks forward", [("walk", 0, "", "forward")]),
        ("someone strolled backwards", [("walk", 0, "", "backward")]),
        ("he punches with his left fist, then kicks with the right leg",
         [("punch", 0, "left", ""), ("kick", 1, "right", "")]),
        ("a person sits down after walking backwards",
         [("walk", 0, "", "backward"), ("sit_down", 1, "", "")]),
        ("before sitting down, a person turns to the left",
         [("turn", 0, "", "left"), ("sit_down", 1, "", "")]),
        ("a woman is sitting on a chair", [("sit", 0, "", "")]),
        ("a man throws a right hook", [("punch", 0, "right", "")]),
        ("a man picks up a box from the floor", [("pick_up", 0, "", "")]),
        ("the person raises both arms above his head and then lowers them",
         [("raise", 0, "both", ""), ("lower", 1, "", "")]),
        ("someone crawls on all fours", [("crawl", 0, "", "")]),
    ],
)  # fmt: skip
def test_actions_sides_and_order(text, clauses):
    assert told(text) == clauses


def test_numbers_and_angles():
    (jumps,) = read("a person jumps three times").clauses
    assert (jumps.count, jumps.least) == (3, 0)
    (kicks,) = read("a man kicks several times").clauses
    assert (kicks.count, kicks.least) == (0, 2)
    (steps,) = read("a person takes two steps back").clauses
    assert (steps.count, steps.direction) == (2, "backward")
    assert read("someone turns ninety degrees to the right").clauses[0].degrees == 90
    assert read("someone turns around").clauses[0].degrees == 180
    assert read("a person walks four metres").clauses[0].metres == 4


def test_at_once_and_in_turn():
    walk, wave = read("a person walks and waves").clauses
    assert wave.together and walk.step == wave.step
    _, arms = read("a man jogs with his arms out to the sides").clauses
    assert arms.check == "arms_out" and arms.together
    walk, sit = read("a person walks and sits down").clauses
    assert not sit.together and sit.step == walk.step + 1


def test_negation_manner_and_things():
    walk, stops = read("a person walks without stopping").clauses
    assert stops.negated and not walk.negated
    walk, slow = read("a tired man walks").clauses
    assert slow.manner and slow.check == "slow"
    assert "box" not in [clause.act for clause in read("a man looks at a box").clauses]


def test_what_cannot_be_read_is_told():
    reading = read("a person yodels a happy tune and walks")
    assert [clause.check for clause in reading.clauses] == ["walk"]
    assert {"yodels", "tune"} <= set(reading.unread)
    assert read("ein Mann geht").clauses == ()


def test_every_entry_of_the_lexicon_has_its_check_and_is_found_by_its_own_words():
    known = set(CHECKS) | {""}
    assert {act.check for act in acts()} <= known
    assert set(manners().values()) <= known
    assert forms("carry") == ("carries", "carrying", "carried", "carry")
    assert forms("run") == ("runs", "running", "ran", "run")
