"""How far limbs are from a motion's: however the rig faces, also where one of them is stuck."""

import numpy as np
import pytest

from motionllm.motion import rotation, skeleton
from motionllm.motion.compare import limbs_apart, limbs_move
from tests.helpers.synthetic import make_clip

J = skeleton.JOINTS
CLIP = make_clip(2, 40).joints.astype(float)


@pytest.mark.parametrize("angle", [0.0, 1.0, -2.5, np.pi])
def test_where_it_faces_does_not_count(angle):
    turn = rotation.from_axis_angle(np.array([0.0, 1.0, 0.0]), np.float64(angle))
    assert limbs_apart(1.7 * rotation.rotate(turn, CLIP) + [3.0, 1.0, 2.0], CLIP) < 1e-4


def test_a_tilt_counts():
    turn = rotation.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.radians(30.0))
    assert 15.0 < limbs_apart(rotation.rotate(turn, CLIP), CLIP) < 30.1


def test_one_arm_that_is_stuck_counts_by_a_half():
    joints = CLIP.copy()
    elbow, wrist = J["left_elbow"], J["left_wrist"]
    joints[:, wrist] = joints[:, elbow] - (joints[:, wrist] - joints[:, elbow])
    assert limbs_apart(joints, CLIP) == pytest.approx(90.0, abs=5.0)


def test_what_a_rig_lacks_is_left_out():
    joints = CLIP.copy()
    joints[:, [J["left_wrist"], J["right_wrist"]]] = np.nan
    assert limbs_apart(joints, CLIP) < 1e-4 and limbs_move(joints) > 2.0
    assert np.isnan(limbs_apart(np.full_like(CLIP, np.nan), CLIP))


def test_who_stands_does_not_move_wherever_he_goes():
    still = np.repeat(CLIP[:1], 40, axis=0) + np.linspace(0.0, 3.0, 40)[:, None, None]
    assert limbs_move(still) < 1e-4 < 2.0 < limbs_move(CLIP)
    assert limbs_move(np.full_like(CLIP, np.nan)) == 0.0
