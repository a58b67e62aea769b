"""What a follower is told of the partner."""

import numpy as np

from motionllm.tokens import partner, place


def test_what_followers_are_told_has_no_beginning_or_end_missing():
    codes = np.arange(12.0).reshape(4, 3)
    told = partner.around(codes, np.array([0, 3, 4]))
    assert np.allclose(told[0], [0, 0, 0, 0, 1, 2, 3, 4, 5])
    assert np.allclose(told[1, :6], [6, 7, 8, 9, 10, 11]) and not told[2, 3:].any()
    rows = partner.schedule(18, place.EVERY)
    assert [number for kind, number in rows if kind == "place"] == [0, 8, 16]
    assert [number for kind, number in rows if kind == "token"] == list(range(18))
