"""The fit of a rig whose rest pose is no person's, from a motion it does. numpy only."""

import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.motion.bvh import BvhFile
from motionllm.rig.carry.chains import find_chains
from motionllm.rig.carry.rest import Fit
from motionllm.rig.find.in_bvh import joints_in
from motionllm.rig.from_bvh import calibrate, floor_height
from motionllm.rig.rig import Rig

J = skeleton.JOINTS


def fit_motion(bvh: BvhFile, rig: Rig, bones: dict[int, int], body: list[int]) -> Fit:
    """Return how a rig's rest pose relates to the T-pose, by what it does in a motion.

    Args:
        bvh: the motion, with the armature's axes as every bone's own at rest.
        rig: the rig at rest.
        bones: joint index -> bone index.
        body: which bone of the rig each of the motion's joints is.

    Raises:
        MotionError: code "no_rig", if the names say too little.

    The calibration's constants are those of `from_bvh`: canonical world turn = U D C, with U the
    turn to Y up and D the bone's turn since rest; a Fit wants A = C^-1 U^-1.
    """
    found = calibrate([bvh])
    humanoid = joints_in(bvh)
    back = rotation.conjugate(found.upright)

    def correction(key: str) -> np.ndarray:
        return rotation.multiply(rotation.conjugate(found.corrections[key]), back)

    corrections = rotation.identity(skeleton.JOINT_COUNT)
    for joint in humanoid.joints:
        corrections[J[joint]] = correction(joint)
    chain = {
        body[index]: correction(f"spine:{number}") for number, index in enumerate(humanoid.spine)
    }
    neck = correction("neck") if "neck" in humanoid.joints else rotation.identity()
    for bone in find_chains(rig, bones).neck:
        chain[bone] = neck
    legs = [
        np.linalg.norm(rig.heads[bones[J[s + b]]] - rig.heads[bones[J[s + a]]])
        for s in ("left_", "right_")
        for a, b in (("hip", "knee"), ("knee", "ankle"))
    ]
    scale = float(sum(legs) / 2.0 / skeleton.LEG_LENGTH)
    hips = 0.5 * (rig.heads[bones[J["left_hip"]]] + rig.heads[bones[J["right_hip"]]])
    return Fit(back, corrections, scale, _ground(bvh, humanoid.joints, found.upright, scale), hips,
               chain)  # fmt: skip


def _ground(bvh: BvhFile, joints: dict[str, int], upright: np.ndarray, scale: float) -> np.ndarray:
    """Return the point of the floor below the hips in the first frame, in the armature's space."""
    places = rotation.rotate(upright, bvh.world()[1])
    all_joints = np.zeros((len(places), skeleton.JOINT_COUNT, 3))
    for joint in skeleton.FOOT_JOINTS:
        name = skeleton.JOINT_NAMES[joint]
        ankle = name.replace("foot", "ankle")
        all_joints[:, joint] = places[:, joints.get(name, joints[ankle])] / scale
    hips = 0.5 * (places[0, joints["left_hip"]] + places[0, joints["right_hip"]])
    hips[1] = scale * floor_height(all_joints)
    return rotation.rotate(rotation.conjugate(upright), hips)
