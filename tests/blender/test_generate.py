"""The whole path, with the real engine and the pack in the zip: operator, process, action."""

import importlib
import os
import subprocess
import sys
import textwrap
import time

import armatures
import bpy
import numpy as np
import pytest
from conftest import HERE

from motionllm.link import protocol
from motionllm.motion import skeleton
from motionllm.motion.clip import clip_from_bytes
from tests.helpers.extension import MODULE, module

pytestmark = pytest.mark.usefixtures("addon")

LIMIT = 0.005  # metres


def ask(prompt="a person walks forward", seconds=2.0, seed=3):
    settings = bpy.context.scene.motionllm
    settings.prompt, settings.seconds, settings.seed = prompt, seconds, seed
    # What is compared here is the engine's motion itself.
    settings.lock_feet, settings.best_of = False, 1


def engine_clip(parameters):
    """Return what the engine answers to these parameters, asked beside the operator."""
    engine = module("work.engine")
    answer = engine.client().request("generate", parameters | engine.pack_parameter(bpy.context))
    return clip_from_bytes(protocol.unpack_bytes(answer.wait(120)["clips"][0]))


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("fps", [30, 24])
def test_a_sentence_becomes_keyframes(fps):
    """The evaluated joints are the engine's within 5 mm, without torch."""
    assert importlib.util.find_spec("torch") is None
    scene = bpy.context.scene
    scene.render.fps = fps
    bpy.ops.motionllm.add_character()
    armature = bpy.context.object
    ask()
    assert bpy.ops.motionllm.generate() == {"FINISHED"}
    action = armature.animation_data.action
    assert action.name == "a person walks forward (seed 3)"
    assert action["motionllm_seed"] == "3" and action["motionllm_engine"].startswith("embedded")
    assert action["motionllm_licence"] and action["motionllm_pack"]
    clip = engine_clip({"text": "a person walks forward", "seconds": 2.0, "seed": 3})
    assert abs(clip.seconds - 2.0) <= 0.2
    clip = clip.at_rate(fps)
    frames = range(1, 1 + clip.frames)
    joints = armatures.evaluated_joints(armature, skeleton.JOINT_NAMES, frames)
    assert np.abs(joints - armatures.placed(clip.joints, armature)).max() < LIMIT
    assert module("work.jobs").status.message == action.name


@pytest.mark.parametrize("scheme", ["SMPL", "SMPL-H", "SMPL-X"])
def test_smpl_armatures(scheme):
    armature = armatures.build(scheme, 0.84, 100.0, True)
    bpy.context.scene.render.fps = 30
    bpy.context.scene.motionllm.target = armature
    ask("a person waves", 1.0, 1)
    bpy.ops.motionllm.generate()
    clip = engine_clip({"text": "a person waves", "seconds": 1.0, "seed": 1})
    names = armatures.names_of(scheme)
    joints = armatures.evaluated_joints(armature, names, range(1, 1 + clip.frames))
    assert np.abs(joints - armatures.placed(clip.joints, armature, upright=False)).max() < LIMIT


def test_the_same_seed_gives_the_same_motion():
    bpy.ops.motionllm.add_character()
    armature = bpy.context.object
    values = []
    for seed in (1, 1, 2):
        ask(seed=seed, seconds=1.0)
        bpy.ops.motionllm.generate()
        names = skeleton.JOINT_NAMES
        values.append(armatures.evaluated_joints(armature, names, range(1, 25)))
    assert np.array_equal(values[0], values[1])
    assert not np.array_equal(values[0], values[2])
    assert len(bpy.data.actions) == 3


def test_the_character_ends_at_the_cursor():
    """Turned, moved and scaled as an object: the place is seen from where it stands."""
    bpy.ops.motionllm.add_character()
    armature = bpy.context.object
    armature.location, armature.rotation_euler = (1.0, -2.0, 0.0), (0.0, 0.0, 0.7)
    armature.scale = (0.9, 0.9, 0.9)
    bpy.context.view_layer.update()
    home = module("scene.space").upright_home(armature, bpy.context)
    bpy.context.scene.cursor.location = home.to_world(np.array([[0.3, 0.0, 2.5]]))[0]
    assert bpy.ops.motionllm.end_at_cursor() == {"FINISHED"}
    settings = bpy.context.scene.motionllm
    assert settings.use_place and abs(settings.ahead - 2.5) < 1e-3
    assert abs(settings.left - 0.3) < 1e-3
    settings.use_turn, settings.turn = True, 0.0
    ask(seconds=4.0)
    bpy.ops.motionllm.generate()
    last = int(armature.animation_data.action.frame_range[1])
    joints = armatures.evaluated_joints(armature, skeleton.JOINT_NAMES, [last])
    gap = joints[0, 0, :2] - np.array(bpy.context.scene.cursor.location)[:2]
    assert np.linalg.norm(gap) < 0.15


def test_an_empty_scene_gets_a_character():
    ask(seconds=1.0)
    bpy.ops.motionllm.generate()
    assert bpy.context.object.animation_data.action is not None


def test_caption():
    bpy.ops.motionllm.add_character()
    ask(seconds=2.0)
    bpy.ops.motionllm.generate()
    assert bpy.ops.motionllm.caption() == {"FINISHED"}
    caption = module("work.jobs").status.caption
    assert "walk" in caption and caption == caption.strip(), caption


def test_test_connection_says_what_it_found():
    bpy.ops.motionllm.test_connection()
    status = module("work.jobs").status
    assert "embedded engine answers" in status.message
    assert "without PyTorch" in status.details[0]


def test_no_process_is_left_when_the_extension_is_disabled():
    import addon_utils

    bpy.ops.motionllm.test_connection()
    pid = module("work.engine").pid()
    assert is_alive(pid)
    addon_utils.disable(MODULE)
    assert not is_alive(pid)
    addon_utils.enable(MODULE, default_set=True)


@pytest.mark.parametrize("ending", ["", "os.kill(os.getpid(), 9)"])
def test_no_process_is_left_when_blender_ends(tmp_path, ending):
    """Neither by a normal end nor by a crash in the middle of a request."""
    script = tmp_path / "blender.py"
    script.write_text(
        textwrap.dedent(
            f"""
            import importlib, os, sys, time
            import bpy, addon_utils
            bpy.ops.wm.read_factory_settings(use_empty=True)
            addon_utils.enable({MODULE!r}, default_set=True)
            engine = importlib.import_module({MODULE!r} + ".work.engine")
            pending = engine.client().request(
                "generate", {{"text": "a person walks", "seconds": 60.0}})
            for _ in range(600):
                pending.poll()
                if engine.pid() and engine._client.state == "ready":
                    break
                time.sleep(0.05)
            print("pid", engine.pid(), flush=True)
            {ending}
            """
        )
    )
    command = [sys.executable, "-u", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("pid ")]
    assert lines, done.stdout + done.stderr
    pid = int(lines[0].split()[1])
    deadline = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_alive(pid)


def test_the_suite_itself_runs_on_the_installed_wheel():
    import motionllm

    assert str(HERE.parent.parent / "backend") not in motionllm.__file__
