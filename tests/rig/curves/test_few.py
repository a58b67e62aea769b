"""Few keys of a whole body, judged in space."""

import numpy as np
import pytest

from motionllm.motion import skeleton
from motionllm.motion.compare import planted_skate
from motionllm.motion.feet import clean
from motionllm.rig.carry.kinematics import Kinematics
from motionllm.rig.carry.transfer import pose_basis
from motionllm.rig.curves import few
from motionllm.rig.curves.channels import from_mode
from tests.helpers.rigs import plain_rig
from tests.helpers.synthetic import make_clip

BOUND = 0.008  # metres


def joints_of(rig, pose, turn_of, location):
    heads = Kinematics(rig, pose, list(range(22))).stand(turn_of, location).heads
    return heads[..., [0, 2, 1]] * [1.0, 1.0, -1.0]


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ", "AXIS_ANGLE"])
@pytest.mark.parametrize("seed", [3, 5])
def test_a_body_on_few_keys(mode, seed):
    """Joints within the bound, planted feet as still as they were, every bone on few keys."""
    clip = clean(make_clip(seed, 120))
    rig = plain_rig(list(skeleton.JOINT_NAMES))
    pose = pose_basis(clip, rig, {joint: joint for joint in range(22)}, lock_feet=True)
    feet = dict(zip(skeleton.FOOT_JOINTS, clip.contacts.T, strict=True))
    joints = {bone: feet.get(bone, np.zeros(120, bool)) for bone in range(22)}
    modes = [mode] * len(pose.bones)
    found = few.few_keys(rig, pose, modes, joints, list(feet), BOUND, np.radians(4.0))
    wanted = joints_of(rig, pose, lambda row, _: pose.rotations[:, row], pose.location)
    got = joints_of(
        rig, pose, lambda row, _: from_mode(mode, found.turns[row].values[:, 0]),
        found.location.values[:, 0],
    )  # fmt: skip
    worst = np.linalg.norm(got - wanted, axis=-1).max()
    assert worst == pytest.approx(found.worst, abs=1e-6) and worst < 0.01
    share = [curve.keys.mean() for curve in (*found.turns, found.location)]
    assert np.mean(share) < 0.25 and max(share) < 0.5
    slides = [planted_skate(some, clip.contacts, 30) for some in (wanted, got)]
    assert slides[1] < slides[0] + 0.005
    np.testing.assert_allclose(got[[0, -1]], wanted[[0, -1]], atol=1e-6)
