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
    assert area.contains(points[1]) and not area.contains(points[4])


def test_a_corner_that_juts_in_counts():
    area = footprint(L_SHAPE)
    inside = np.array([[1.0, 1.0], [5.5, 1.0], [1.0, 5.5]])
    assert area.contains(inside).all() and not area.contains([[4.0, 4.0]]).any()
    near = np.array([[1.7, 1.7]])  # from (2, 2): 0.42 m
    assert abs(area.room(near)[0] - 0.42) < 0.08


def test_a_fine_mesh_is_what_its_triangles_cover():
    """A disc of 5,000 triangles, some much larger than others."""
    rings = np.array([0.0, 1.5, 2.9, *np.linspace(2.9, 4.0, 40)[1:]])
    angle = np.linspace(0.0, 2.0 * np.pi, 61)
    at = rings[:, None, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    a, b, c, d = at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]
    halves = [np.stack(corners, axis=2) for corners in ((a, b, c), (a, c, d))]
    triangles = np.concatenate(halves).reshape(-1, 3, 2)
    area = footprint(triangles)
    points = np.random.default_rng(0).uniform(-4.5, 4.5, (3000, 2))
    distance = 4.0 - np.linalg.norm(points, axis=1)
    sure = np.abs(distance) > 0.02
    assert (area.contains(points) == (distance > 0.0))[sure].all()
    room = area.room(points)
    assert np.abs(room - np.clip(distance, 0.0, 2.0)).max() < 0.1


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
