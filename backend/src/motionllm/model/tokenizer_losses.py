"""Losses of the tokenizer through forward kinematics. torch."""

import torch
from torch import Tensor
from torch.nn import functional

from motionllm.motion import skeleton
from motionllm.motion.features import CONTACTS, HEIGHT, POSITIONS, ROTATIONS, VELOCITY, YAW


def rotation_matrices(sixd: Tensor) -> Tensor:
    """Return (..., 3, 3) rotation matrices of (..., 6), as rotation.sixd_to_matrix."""
    x = functional.normalize(sixd[..., :3], dim=-1, eps=1e-6)
    y = sixd[..., 3:] - (x * sixd[..., 3:]).sum(-1, keepdim=True) * x
    y = functional.normalize(y, dim=-1, eps=1e-6)
    return torch.stack([x, y, torch.linalg.cross(x, y)], dim=-1)


def heading_frame_joints(features: Tensor) -> Tensor:
    """Return joints (B, T, 22, 3) by FK in the heading's frame; the pelvis is above the origin."""
    batch, frames, _ = features.shape
    local = rotation_matrices(features[..., ROTATIONS].reshape(batch, frames, 22, 6))
    offsets = torch.as_tensor(skeleton.OFFSETS, dtype=features.dtype)
    root = torch.zeros(batch, frames, 3, dtype=features.dtype)
    root[..., 1] = features[..., HEIGHT].squeeze(-1)
    world = [local[:, :, 0]]
    places = [root]
    for joint in range(1, skeleton.JOINT_COUNT):
        parent = skeleton.PARENTS[joint]
        world.append(world[parent] @ local[:, :, joint])
        places.append(places[parent] + world[parent] @ offsets[joint])
    return torch.stack(places, dim=2)


def root_path(features: Tensor) -> tuple[Tensor, Tensor]:
    """Return yaw (B, T) and place (B, T, 2) of the root, integrated from the first frame."""
    yaw = functional.pad(features[:, :-1, YAW].squeeze(-1).cumsum(1), (1, 0))
    x, z = features[:, :, VELOCITY].unbind(-1)
    cos, sin = yaw.cos(), yaw.sin()
    step = torch.stack([cos * x + sin * z, cos * z - sin * x], dim=-1)
    return yaw, functional.pad(step[:, :-1].cumsum(1), (0, 0, 1, 0))


def world_joints(features: Tensor, local: Tensor) -> Tensor:
    """Return joints (B, T, 22, 3) in the frame of the first frame's heading."""
    yaw, place = root_path(features)
    cos, sin = yaw.cos()[..., None], yaw.sin()[..., None]
    x, y, z = local.unbind(-1)
    return torch.stack(
        [cos * x + sin * z + place[..., :1], y, cos * z - sin * x + place[..., 1:]], dim=-1
    )


def target_joints(features: Tensor) -> Tensor:
    """Return the recorded joints (B, T, 22, 3) in the heading's frame of true features."""
    batch, frames, _ = features.shape
    root = torch.zeros(batch, frames, 1, 3)
    root[..., 0, 1] = features[..., HEIGHT].squeeze(-1)
    return torch.cat([root, features[..., POSITIONS].reshape(batch, frames, 21, 3)], dim=2)


def reconstruction_losses(rebuilt: Tensor, true: Tensor, std: Tensor) -> dict[str, Tensor]:
    """Return the terms of the loss of rebuilt against true raw features (B, T, FEATURES).

    `feature` is on normalised numbers; the others are on metres: `joint` in the heading's frame,
    `path` of the joints in the world, so that drift counts, `velocity` a frame there, and `slide`
    of feet that are planted in truth.
    """
    feature = functional.smooth_l1_loss(rebuilt / std, true / std)
    mine, theirs = heading_frame_joints(rebuilt), target_joints(true)
    my_world, their_world = world_joints(rebuilt, mine), world_joints(true, theirs)
    my_step, their_step = my_world.diff(dim=1), their_world.diff(dim=1)
    feet = my_step[:, :, list(skeleton.FOOT_JOINTS)]
    planted = true[:, 1:, CONTACTS] * true[:, :-1, CONTACTS]
    return {
        "feature": feature,
        "joint": (mine - theirs).abs().mean(),
        "path": (my_world - their_world).abs().mean(),
        "velocity": (my_step - their_step).abs().mean(),
        "slide": (feet.norm(dim=-1) * planted).sum() / planted.sum().clamp_min(1.0),
    }


WEIGHTS = {"feature": 0.3, "joint": 10.0, "path": 3.0, "velocity": 20.0, "slide": 20.0}
