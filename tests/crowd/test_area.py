"""Areas: inside and outside, distance to the edge, places."""

import numpy as np
import pytest

from motionllm.crowd.area import footprint, rectangle
from motionllm.errors import MotionError

# An L, twice: upright walls and a second floor above do not matter.
L_SHAPE = np.array([
    [[0, 0], [6, 0], [6, 2]], [[0, 0], [6, 2], [0, 2]], [[0, 2], [2, 2], [2, 6]],
    [[0, 2], [2, 6], [0, 6]], [[0, 0], [2, 0], [2, 2]], [[1, 1], [1, 1], [1, 5]],
], float)  # fmt: skip


def test_distance_to_the_edge():
    area = rectangle(4.0, 6.0, (1.0, -1.0))
    points = np.array([[1.0, -1.0], [2.5, -1.0], [1.0, 1.7], [3.1, -1.0], [1.0, 9.0]])
    assert area.contains(points).tolist() == [True, True, True, False, False]
    assert np.allclose(area.room(points), [2.0, 0.5, 0.3, 0.0, 0.0], atol=0.06)
    assert abs(area.square_metres - 24.0) < 1.5


def test_a_corner_that_juts_in_counts():
    area = footprint(L_SHAPE)
    inside = np.array([[1.0, 1.0], [5.5, 1.0], [1.0, 5.5]])
    assert area.contains(inside).all() and not area.contains([[4.0, 4.0]]).any()
    near = np.array([[1.7, 1.7]])  # from (2, 2): 0.42 m
    assert abs(area.room(near)[0] - 0.42) < 0.08


def test_places_keep_their_margin():
    area = footprint(L_SHAPE)
    places = area.places(500, 0.4, np.random.default_rng(0))
    assert area.contains(places).all() and area.room(places).min() >= 0.3
    assert places[:, 0].max() > 5.0 and places[:, 1].max() > 5.0
    with pytest.raises(MotionError, match="larger area"):
        area.places(1, 1.5, np.random.default_rng(0))


@pytest.mark.parametrize("bad", [np.zeros((1, 3, 2)), np.full((1, 3, 2), np.nan)])
def test_what_is_no_area(bad):
    with pytest.raises(MotionError):
        footprint(bad)
