"""Where people stand to each other, kind by kind."""

import numpy as np
import pytest

from motionllm.motion.root import placed, roots_of, seen_from, wrapped
from motionllm.people.arrange import arranged
from tests.helpers.synthetic import gliding


@pytest.mark.parametrize("kind", ["facing", "beside", "behind", "towards", "past", "apart",
                                  "approach", "leave", "backing"])  # fmt: skip
def test_kinds_of_place_mean_what_they_say(kind):
    rng = np.random.default_rng(1)
    speed = {"facing": (0.0, 0.0), "approach": (0.0, 1.0), "leave": (0.0, 1.0),
             "backing": (1.0, -1.0)}.get(kind, (1.0, 1.0))  # fmt: skip
    first, second = (gliding(90, s) for s in speed)
    paths = tuple(roots_of(clip) for clip in (first, second))
    root = arranged(kind, 1.2, paths, rng)
    there = roots_of(placed(second, root))
    start, end = (seen_from(paths[0][i], there[i]) for i in (0, -1))
    gap = [float(np.hypot(*seen[:2])) for seen in (start, end)]
    back = abs(wrapped(start[2])) > 2.5
    assert {
        "facing": abs(gap[0] - 1.2) < 1e-6 and back,
        "beside": abs(abs(start[0]) - 1.2) < 0.1 and not back and abs(gap[1] - gap[0]) < 0.2,
        "behind": start[1] < -1.0 and not back,
        "towards": gap[0] > 6.5 and gap[1] < 1.5 and back,
        "past": back and gap[0] > 2.0 and gap[1] > 2.0,
        "apart": back and gap[1] > 6.0,
        "approach": gap[0] > 3.5 and abs(gap[1] - 1.2) < 0.3,
        "leave": gap[1] > 3.5 and abs(gap[0] - 1.2) < 1e-6,
        "backing": start[1] > 1.0 and abs(gap[1] - 1.2) < 0.4,
    }[kind]
