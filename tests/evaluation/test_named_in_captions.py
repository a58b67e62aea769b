"""Actions, sides and styles that a caption names."""

import pytest

from motionllm.evaluation import named_in_captions


@pytest.mark.parametrize(
    ("caption", "key", "named"),
    [
        ("A person is raising his left hand.", "raise_hand", True),
        ("someone lifts up the right arm and puts it down", "raise_hand", True),
        ("an old man is walking forward", "walk", True),
        ("a man kicks with his left leg", "kick", True),
        ("an old man is walking forward", "kick", False),
        ("a person waves with the right hand", "bow", False),
    ],
)
def test_naming_of_actions(caption, key, named):
    assert named_in_captions.names_action(caption, key) == named


def test_naming_of_sides_and_ways():
    assert named_in_captions.sides("turns left, then to the Right.") == {"left", "right"}
    assert named_in_captions.says_backward(
        "he steps backwards"
    ) and not named_in_captions.says_backward("he steps on")
    assert named_in_captions.names_style("an elderly woman walks", "old")
    assert not named_in_captions.names_style("a woman walks", "old")
