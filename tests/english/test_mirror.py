"""Words of the other side."""

import pytest

from motionllm.english.mirror import mirror_text


@pytest.mark.parametrize(
    ("text", "mirrored"),
    [
        ("A person raises their LEFT hand.", "A person raises their RIGHT hand."),
        ("Left foot, then right foot", "Right foot, then left foot"),
        ("walks clockwise", "walks counterclockwise"),
        ("spins counter-clockwise to the right", "spins clockwise to the left"),
        ("turns anticlockwise", "turns clockwise"),
        ("a right-handed person leans leftwards", "a left-handed person leans rightwards"),
        ("walks right then left", "walks left then right"),
        ("facing right when they stop", "facing left when they stop"),
        ("steps to their left over an object", "steps to their right over an object"),
        ("stands upright", "stands upright"),
        ("stops right before the wall", "stops right before the wall"),
        ("gets right back up", "gets right back up"),
        ("makes a right angle with the left arm", "makes a right angle with the right arm"),
        ("picks up what is left", "picks up what is left"),
        ("is left behind", "is left behind"),
        ("they left the room", "they left the room"),
    ],
)
def test_mirrored_words(text, mirrored):
    assert mirror_text(text) == mirrored
