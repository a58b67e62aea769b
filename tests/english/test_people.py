"""A sentence of several people, taken apart."""

import pytest

from motionllm.english import people


@pytest.mark.parametrize(("text", "expected"), [
    ("two people bow to each other", ["a person bows", "a person bows"]),
    ("one person waves and the other bows", ["a person waves", "a person bows"]),
    ("two friends carry a box together", ["a person carries a box"] * 2),
    ("One kneels while the second one jumps.", ["a person kneels", "a person jumps"]),
    ("they are running", ["a person is running"] * 2),
    ("two people echo each other", ["a person echoes"] * 2),
    ("two people have tea together", ["a person has tea"] * 2),
    ("both slowly go home", ["a person slowly go home"] * 2),
    ("two people tango", ["a person tangos"] * 2),
    ("ballet", ["ballet", "ballet"]),
])  # fmt: skip
def test_a_sentence_taken_apart(text, expected):
    assert people.parts(text, 2) == expected
