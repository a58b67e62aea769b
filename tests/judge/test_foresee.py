"""What of an end can be reached, said before anything is drawn."""

import pytest

from motionllm.judge.foresee import SPEEDS, foreseen
from motionllm.requests import GenerateRequest


def told(text, seconds=4.0, **end):
    return foreseen(GenerateRequest(text, seconds, **end))


BACK, SIDE = "a person walks backwards", "he sidesteps to the left"


@pytest.mark.parametrize(
    ("text", "end", "possible", "words"),
    [
        ("a person walks", {"ahead": 3.0}, True, "In 4 s a walk covers up to 5.6 m."),
        ("a person walks", {"ahead": 10.0}, False, "10.0 m in 4 s is faster than a walk"),
        ("a person walks", {"ahead": 10.0}, False, "Give it 7.2 s, or let it run."),
        ("a person runs", {"ahead": 10.0}, True, "a run covers up to 12.8 m."),
        ("a person runs", {"ahead": 20.0}, False, "or let it end nearer"),
        ("he walks, then runs", {"ahead": 10.0}, True, "a run covers"),
        # Behind, a turn comes first, unless one goes backwards.
        ("a person walks", {"ahead": -3.0}, True, "up to 4.2 m, with about 1.0 s for the turn"),
        ("a person walks", {"ahead": -5.0}, False, "with about 1.0 s for the turn"),
        (BACK, {"ahead": -3.0}, True, "a walk backwards covers up to 4.0 m."),
        (BACK, {"ahead": 4.0}, False, "up to 3.0 m in that time, with about 1.0 s for the turn"),
        (SIDE, {"ahead": 0.0, "left": 4.0}, True, "sideways covers up to 4.8"),
        # A turn at the end takes time as well.
        ("a person walks", {"ahead": 5.0, "turn": 180.0}, False, "1.0 s for the turn"),
        ("a man waves", {"ahead": 20.0}, False, "than a walk"),
        ("he turns", {"turn": 300.0}, True, "A turn of 300 degrees takes about 2.1 s."),
        ("he turns", {"turn": 20.0, "ahead": 0.2}, None, ""),
    ],
)
def test_what_can_be_reached_in_four_seconds(text, end, possible, words):
    found = told(text, **end)
    if possible is None:
        assert found is None
        return
    assert found.possible == possible and words in found.text, found
    assert len(found.text.splitlines()) == (1 if possible else 2)


def test_what_is_advised_is_possible():
    for distance in (6.0, 8.0, 12.0):
        late = told("a person walks", ahead=distance)
        seconds = float(late.text.split("Give it ")[1].split()[0])
        assert told("a person walks", seconds, ahead=distance).possible
        assert not told("a person walks", seconds - 0.2, ahead=distance).possible
        assert "or let it run" in late.text and told("a person runs", ahead=distance).possible
    assert "Give it" not in told("a person walks", 8.0, ahead=19.0).text  # over ten seconds
    assert told("a person walks", 1.0, turn=360.0).text.endswith("let it turn less.")


def test_the_mirror_image_takes_as_long():
    for ahead, left, turn in ((-2.0, 3.0, 90.0), (1.0, 4.0, -45.0)):
        one = told("a person walks", ahead=ahead, left=left, turn=turn)
        assert one == told("a person walks", ahead=ahead, left=-left, turn=-turn)


def test_what_is_not_known_is_not_said():
    assert told("a person crawls", ahead=9.0) is None  # no figures
    assert told("a person walks") is None
    assert told("a person walks", None, ahead=9.0) is None
    assert min(SPEEDS[one] for one in SPEEDS if one[0] == "run") > SPEEDS["walk", "forward"]
