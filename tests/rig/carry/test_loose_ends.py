"""Feet and hands that do not hang on their limbs go where the limbs end."""

from dataclasses import replace

import numpy as np
import pytest

from motionllm.motion import rotation, skeleton
from motionllm.rig.carry.kinematics import head_places
from motionllm.rig.carry.rest import fit
from motionllm.rig.carry.transfer import IN_PLACE, SEPARATE, pose_basis
from motionllm.rig.find.match import match_rig
from tests.helpers.rigs import HUMAN, body_rig
from tests.helpers.synthetic import make_steps

J = skeleton.JOINTS
ENDS = ("left_ankle", "right_ankle", "left_wrist", "right_wrist")


def places(rig, bones, clip, **options):
    """Return where the joints are (T, 22, 3) in armature space, as the channels bring them."""
    pose = pose_basis(clip, rig, bones, **options)
    order = sorted(bones)
    heads = head_places(rig, pose, [bones[joint] for joint in order])
    return dict(zip(order, np.moveaxis(heads, 1, 0), strict=True)), pose


@pytest.mark.parametrize("carriers", [("", ""), ("hips", "hips"), ("hips", "chest")])
@pytest.mark.parametrize("lock", [False, True])
def test_the_body_is_the_same_as_in_one_piece(carriers, lock):
    clip = make_steps(2)
    rig, bones = body_rig(HUMAN)
    wanted, _ = places(rig, bones, clip, lock_feet=lock)
    loose = dict.fromkeys(ENDS[:2], carriers[0]) | dict.fromkeys(ENDS[2:], carriers[1])
    rig, bones = body_rig(HUMAN, loose=loose)
    found = match_rig(rig)
    assert found.bones == bones
    done, pose = places(rig, bones, clip, lock_feet=lock, loose=found.loose)
    assert len(pose.loose) == 4
    for joint, path in wanted.items():
        assert np.abs(done[joint] - path).max() < 1e-6, skeleton.JOINT_NAMES[joint]


@pytest.mark.parametrize("kind", [IN_PLACE, SEPARATE])
def test_a_path_of_its_own_is_taken_off(kind):
    """On the object: the ends stand where they would on the body in one piece."""
    clip = make_steps(3)
    rig, bones = body_rig(HUMAN)
    wanted, _ = places(rig, bones, clip, root_motion=kind)
    rig, bones = body_rig(HUMAN, loose=dict.fromkeys(ENDS, ""))
    done, _ = places(rig, bones, clip, root_motion=kind, loose=match_rig(rig).loose)
    for joint, path in wanted.items():
        assert np.abs(done[joint] - path).max() < 1e-6


def test_what_does_not_hang_on_the_bone_of_the_path_goes_along_by_itself():
    clip = make_steps(3)
    rig, bones = body_rig(HUMAN, loose=dict.fromkeys(ENDS, ""))
    whole, _ = places(rig, bones, clip, loose=match_rig(rig).loose)
    # A root bone above the hips alone: the feet hang beside it.
    grown, more = with_root(rig, bones)
    found = match_rig(grown)
    assert found.bones == more
    done, pose = places(grown, more, clip, root_motion=SEPARATE, loose=found.loose)
    assert pose.track == 0
    for name in ENDS:
        assert np.abs(done[J[name]] - whole[J[name]]).max() < 1e-6
    turn, moved = pose.track_rotation, pose.track_location
    hips = rotation.rotate(turn, done[0]) + moved
    assert np.abs(hips - whole[0]).max() < 1e-6


def with_root(rig, bones):
    """Return a rig with a bone at the origin above the hips, and joint -> bone in it."""
    parents = np.where(rig.parents >= 0, rig.parents + 1, -1)
    parents[bones[0]] = 0
    grown = replace(
        rig,
        names=["root", *rig.names],
        parents=np.array([-1, *parents]),
        rest=np.concatenate([np.eye(4)[None], rig.rest]),
        inherits_rotation=np.ones(len(rig.names) + 1, bool),
        tails=np.concatenate([[[0.0, 0.0, 0.1]], rig.tails]),
        **{key: np.zeros(0) for key in ("deforms", "connected", "held")},
    )
    return grown, {joint: bone + 1 for joint, bone in bones.items()}


def test_the_way_back_does_not_ask_where_they_hang():
    rig, bones = body_rig(HUMAN)
    loose, same = body_rig(HUMAN, loose=dict.fromkeys(ENDS, ""))
    assert fit(rig, bones).scale == pytest.approx(fit(loose, same).scale)
