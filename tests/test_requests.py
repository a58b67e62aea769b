"""What may be asked for, and what is refused."""

import math
from dataclasses import replace

import pytest

from motionllm.errors import MotionError
from motionllm.motion.lead import End
from motionllm.requests import GenerateRequest, check_request, loop_request


def test_requests_say_where_to_end():
    assert GenerateRequest("walk").end is None
    assert GenerateRequest("walk", turn=90.0).end == End(math.pi / 2)
    assert GenerateRequest("walk", ahead=2.0).end == End(None, (0.0, 2.0))
    asked = check_request(GenerateRequest("walk", 4.0, turn=-90, ahead=2, left=1))
    assert asked.end == End(-math.pi / 2, (1.0, 2.0))
    for wrong in ({"left": 1.0}, {"turn": 400.0}, {"ahead": "far"}, {"turn": 9, "seconds": 12.0}):
        with pytest.raises(MotionError, match="turn|ahead|end"):
            check_request(replace(GenerateRequest("walk"), **wrong))
    with pytest.raises(MotionError, match="loop"):
        loop_request(asked)
