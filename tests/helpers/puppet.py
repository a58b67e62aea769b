"""A person moved joint by joint, for tests of what measures and describes motion."""

import numpy as np

from motionllm.facts.facts import measure
from motionllm.motion import rotation, skeleton
from motionllm.motion.clip import Clip

FPS = 30
JOINT = {name: index for index, name in enumerate(skeleton.JOINT_NAMES)}


class Puppet:
    """Joint angles over time for a person standing with hanging arms."""

    def __init__(self, seconds):
        self.frames = int(seconds * FPS)
        self.time = np.arange(self.frames) / FPS
        self.rotations = np.zeros((self.frames, 22, 4))
        self.rotations[..., 0] = 1.0
        self.translation = np.zeros((self.frames, 3))
        self.translation[:, 1] = skeleton.PELVIS_HEIGHT
        self.bend("left_shoulder", (0, 0, 1), np.full(self.frames, -75.0))
        self.bend("right_shoulder", (0, 0, 1), np.full(self.frames, 75.0))

    def bend(self, joint, axis, degrees):
        turn = rotation.from_axis_angle(np.array(axis, float), np.radians(degrees))
        index = JOINT[joint]
        self.rotations[:, index] = rotation.multiply(self.rotations[:, index], turn)
        return self

    def set(self, joint, axis, degrees):
        self.rotations[:, JOINT[joint]] = [1, 0, 0, 0]
        return self.bend(joint, axis, degrees)

    def go(self, speed, degrees, heading=None):
        """Move at `speed` towards the heading plus `degrees`, turned to `heading` (T,)."""
        heading = np.zeros(self.frames) if heading is None else heading
        way = np.radians(heading + degrees)
        step = np.stack([np.sin(way), 0 * way, np.cos(way)], axis=1) * speed / FPS
        self.translation += np.cumsum(step, axis=0) - step[:1]
        self.bend("pelvis", (0, 1, 0), heading)
        swing = 25 * np.sin(2 * np.pi * 0.9 * self.time)
        self.bend("left_hip", (1, 0, 0), swing).bend("right_hip", (1, 0, 0), -swing)
        return self

    def clip(self):
        return Clip.build(FPS, self.rotations, self.translation)

    def facts(self, mirrored=False):
        rotations, translation = self.rotations, self.translation
        if mirrored:
            rotations, translation = skeleton.mirrored(rotations, translation)
        joints = skeleton.forward_kinematics(rotations, translation)
        return measure(joints, FPS)


def smoothstep(time, start, end):
    x = np.clip((time - start) / (end - start), 0, 1)
    return x * x * (3 - 2 * x)


def raise_arm(puppet, side, up):
    sign = 1 if side == "left" else -1
    return puppet.set(f"{side}_shoulder", (0, 0, 1), sign * (-75 + 150 * up))


def made(label, seconds):
    """Return a clip of what the label says: a walk, a walk backwards or a hand that is raised."""
    puppet = Puppet(seconds)
    if "raise" in label:
        side = "left" if "left" in label else "right"
        up = smoothstep(puppet.time, 0.4, 0.9) - smoothstep(puppet.time, 2.0, 2.5)
        return raise_arm(puppet, side, up).clip()
    return puppet.go(0.9, 180 if "back" in label else 0).clip()
