"""Crowds and prompt lists through the operators, with motions made by rule."""

import time

import bpy
import numpy as np
import pytest

from motionllm.batch.prompt_list import read_prompts
from motionllm.crowd.area import rectangle
from motionllm.crowd.spacing import spacing
from motionllm.motion import rotation
from motionllm.requests import GenerateRequest
from tests.helpers.extension import module
from tests.helpers.layout import Layout


@pytest.fixture
def crowd(scripted):
    scripted.render.fps = 30
    settings = scripted.motionllm_crowd
    settings.count, settings.seconds, settings.width, settings.depth = 5, 2.0, 9.0, 7.0
    settings.loop = False
    scripted.motionllm.prompt = "a person walks"
    scripted.motionllm.lock_feet = False
    return settings


def prompts(*texts):
    rows = bpy.context.scene.motionllm_crowd.prompts
    rows.clear()
    for text in texts:
        rows.add().text = text


def people():
    return sorted(
        (thing for thing in bpy.context.scene.objects if thing.type == "ARMATURE"),
        key=lambda thing: thing.name,
    )


def states():
    return [row.state for row in module("work.rows").rows()]


def pump_until(condition, limit=30.0):
    jobs = module("work.jobs")
    deadline = time.monotonic() + limit
    while not condition():
        jobs.pump()
        assert time.monotonic() < deadline, vars(jobs.status)
        time.sleep(0.005)


def measured(start=1, end=60, width=9.0, depth=7.0):
    joints = module("scene.joints").read_joints(people(), bpy.context.scene, start, end)
    return spacing(joints, rectangle(width, depth)), joints


def moving(joints):
    return [np.ptp(one, axis=0).max() > 0.05 for one in joints]


@pytest.mark.usefixtures("crowd")
def test_new_characters_in_one_undo_step():
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.motionllm.crowd() == {"FINISHED"}
    assert states() == ["DONE"] * 5 and len(people()) == 5
    found, joints = measured()
    assert found.outside == 0 and found.closest >= 0.5 and found.gap > 0.0
    assert all(moving(joints))
    facing = [thing.rotation_euler.z for thing in people()]
    assert len({round(angle, 3) for angle in facing}) == 5  # not all alike
    assert len(bpy.data.meshes) == 1 and len(bpy.data.armatures) == 1
    seeds = {thing.animation_data.action["motionllm_seed"] for thing in people()}
    assert len(seeds) == 5
    assert "5 of 5" in module("work.jobs").status.message
    bpy.ops.ed.undo()
    assert not people()


def test_loops_on_shared_actions(crowd):
    crowd.loop = crowd.share = True
    crowd.takes, crowd.seconds, crowd.count = 2, 4.0, 6
    bpy.context.scene.motionllm.prompt = "people stand"
    bpy.ops.object.empty_add(location=(0.0, 20.0, 0.0))
    crowd.facing = bpy.context.object
    bpy.ops.motionllm.crowd()
    assert states() == ["DONE"] * 6
    assert len([a for a in bpy.data.actions if a.users]) == 2
    starts = set()
    for thing in people():
        (track,) = thing.animation_data.nla_tracks
        (strip,) = track.strips
        starts.add(strip.frame_start)
        assert strip.frame_end >= 120 and thing.animation_data.action is None
    assert len(starts) > 2  # not all in step
    found, joints = measured(end=120)
    assert found.closest >= 0.5 and found.outside == 0
    step = np.linalg.norm(np.diff(joints, axis=1), axis=-1).max(axis=(2,))
    assert step.max() < 0.2  # no jump where a cycle ends
    ahead = rotation.rotate(
        rotation.yaw_quaternion(np.array([thing.rotation_euler.z for thing in people()])),
        np.array([[0.0, 0.0, 1.0]]),
    )
    assert (ahead[:, 2] < -0.5).all()  # towards +Y in Blender


@pytest.mark.parametrize("loop", [False, True])
def test_walkers_share_only_what_is_the_same(crowd, loop):
    """A steered walk, or one that begins at a phase of its own, is an action of its own."""
    crowd.share, crowd.takes, crowd.count, crowd.loop = True, 1, 4, loop
    bpy.context.scene.frame_end, crowd.to_end = 120, True
    bpy.ops.motionllm.crowd()
    assert states() == ["DONE"] * 4 and bpy.context.scene.frame_end == 120
    data = [thing.animation_data for thing in people()]
    shared = [one for one in data if one.nla_tracks]
    assert all(one.action is None for one in shared) and (not shared if loop else shared)
    found, joints = measured(end=120)
    assert found.closest >= 0.5 and found.outside == 0 and all(moving(joints))


def test_one_that_fails_stops_nobody_and_can_go_on(crowd):
    crowd.use_list = True
    prompts("a person walks", "this will be refused: refuse", "people stand")
    crowd.prompts[1].weight = 0.5
    bpy.ops.motionllm.crowd()
    found = states()
    assert found.count("FAILED") == 1 and found.count("DONE") == 4
    rows = module("work.rows").rows()
    assert "refused on purpose" in rows[found.index("FAILED")].sentence
    assert len(people()) == 4
    before = {thing.name: thing.animation_data.action.name for thing in people()}
    assert bpy.ops.motionllm.resume() == {"FINISHED"}
    assert states() == found
    assert before == {thing.name: thing.animation_data.action.name for thing in people()}


def test_cancel_and_resume(crowd):
    make, jobs = module("work.generate_crowd"), module("work.jobs")
    crowd.use_list = True
    prompts("a slow walk", "a person walks")
    work = make.read_crowd(bpy.context)
    module("work.resume").keep(lambda now: make.make(now, work), lambda: bool(work.left))
    make.make(bpy.context, work)
    pump_until(lambda: "GENERATING" in states())
    assert not bpy.ops.motionllm.crowd.poll() and not bpy.ops.motionllm.resume.poll()
    bpy.ops.motionllm.cancel()
    pump_until(lambda: not jobs.busy())
    assert jobs.status.error_code == "cancelled" and not people()
    assert set(states()) == {"WAITING"}
    for take, request in enumerate(work.requests):
        work.requests[take] = GenerateRequest("a person walks", 2.0, request.seed)
    assert bpy.ops.motionllm.resume() == {"FINISHED"}
    assert states() == ["DONE"] * 5
    assert measured()[0].closest >= 0.5 and not bpy.ops.motionllm.resume.poll()


def test_people_who_are_there_are_kept_away_from(crowd):
    """An earlier crowd, and somebody who only stands there."""
    crowd.count, crowd.width, crowd.depth = 4, 7.0, 7.0
    bpy.ops.motionllm.add_character()
    bpy.context.object.location = (0.5, -0.5, 0.0)
    bpy.context.scene.frame_set(17)
    for _ in range(2):
        bpy.ops.motionllm.crowd()
        assert states() == ["DONE"] * 4
        crowd.seed += 100
    assert bpy.context.scene.frame_current == 17 and len(people()) == 9
    assert measured()[0].closest >= 0.48  # between frames that were looked at: 2 cm


@pytest.mark.usefixtures("crowd")
def test_another_file_is_opened_meanwhile():
    """What was begun does not go on in a scene of the same name."""
    jobs = module("work.jobs")
    module("work.generate_crowd").begin(bpy.context)
    pump_until(lambda: "GENERATING" in states())
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    pump_until(lambda: not jobs.busy())
    assert "Another file" in jobs.status.error and not people() and not states()


def test_selected_characters_keep_their_places(crowd):
    """An armature of another size, turned, as importers leave it; and one that is no person."""
    places = []
    for number, x in enumerate((-2.0, 2.0)):
        bpy.context.scene.cursor.location = (x, 0.5, 0.0)
        bpy.ops.motionllm.add_character()
        thing = bpy.context.object
        thing.scale, thing.rotation_euler.z = (0.9, 0.9, 0.9), number * 2.0
        places.append((thing.name, tuple(thing.location), thing.rotation_euler.z))
    bpy.context.scene.cursor.location = (0.0, 0.0, 0.0)  # the area is around it
    bpy.ops.object.armature_add(location=(0, 3, 0))
    for thing in people():
        (thing.children[0] if thing.children else thing).select_set(True)
    bpy.context.view_layer.update()
    crowd.who, crowd.keep_places = "SELECTED", True
    bpy.ops.motionllm.crowd()
    assert sorted(states()) == ["DONE", "DONE", "FAILED"]
    for name, place, turned in places:
        thing = bpy.data.objects[name]
        assert np.allclose(thing.location, place, atol=1e-4)
        assert abs(thing.rotation_euler.z - turned) < 1e-4
        assert thing.animation_data.action is not None
    crowd.keep_places = False
    bpy.ops.mesh.primitive_plane_add(size=5.0, location=(30.0, 40.0, 1.5))
    crowd.area = bpy.context.object
    for thing in people():
        thing.select_set(True)
    bpy.ops.motionllm.crowd()
    for name, _, _ in places:
        thing = bpy.data.objects[name]
        assert abs(thing.location.x - 30.0) < 2.5 and abs(thing.location.y - 40.0) < 2.5
        assert abs(thing.location.z - 1.5) < 0.02 and np.allclose(thing.scale, 0.9, atol=1e-5)


def test_what_cannot_be_done_is_said(crowd):
    crowd.who, bpy.context.scene.frame_end = "SELECTED", 3000
    for change, words in (
        (lambda: None, "No armature is selected"),
        (lambda: setattr(crowd, "who", "ADD") or setattr(crowd, "width", 0.5), "from its edge"),
        (lambda: setattr(crowd, "to_end", True), "a crowd moves for 1 to 60 s"),
        (lambda: setattr(crowd, "use_list", True), "list is empty"),
    ):
        change()
        try:
            bpy.ops.motionllm.crowd()
        except RuntimeError as error:
            said = [str(error)]
        else:  # nobody found a place: each row says so
            said = [row.sentence for row in module("work.rows").rows()]
        assert said and all(words in text for text in said), said
        assert not people()


def test_the_prompt_list_as_a_file(crowd, tmp_path):
    prompts("a person walks", "jemand läuft", "a person waves")
    first = crowd.prompts[0]
    first.use_seconds, first.seconds, first.use_seed, first.seed = True, 3.5, True, 7
    crowd.prompts[1].weight = 2.5
    path = tmp_path / "list.jsonl"
    bpy.ops.motionllm.prompts_export(filepath=str(path))
    before = [
        (row.text, row.use_seconds, round(row.seconds, 3), row.use_seed, row.seed, row.weight)
        for row in crowd.prompts
    ]
    bpy.ops.motionllm.prompts_import(filepath=str(path))
    after = [
        (row.text, row.use_seconds, round(row.seconds, 3), row.use_seed, row.seed, row.weight)
        for row in crowd.prompts
    ]
    assert before == after
    with path.open("rb") as file:
        found = list(read_prompts(file, GenerateRequest("x")))
    assert [prompt.request.text for prompt in found] == [row.text for row in crowd.prompts]
    assert found[0].request.seconds == 3.5 and found[0].request.seed == 7
    path.write_text('{"txt": "b"}\n')
    with pytest.raises(RuntimeError, match="Line 1"):
        bpy.ops.motionllm.prompts_import(filepath=str(path))
    assert len(crowd.prompts) == 3
    path.write_text('{"text": "a"}\n{"txt": "b"}\n{"text": "c"}\n')
    bpy.ops.motionllm.prompts_import(filepath=str(path))
    assert [row.text for row in crowd.prompts] == ["a", "c"]
    assert module("work.status").status.details[0].startswith("Line 2: The line is not an object")
    table = tmp_path / "list.csv"
    table.write_text("text;seconds\na person walks;3,5\na person waves;\na person jumps;1\n")
    bpy.ops.motionllm.prompts_import(filepath=str(table))
    assert [(row.use_seconds, row.seconds) for row in crowd.prompts][0] == (True, 3.5)
    assert len(crowd.prompts) == 3
    bpy.ops.motionllm.prompt_edit(what="ADD")
    bpy.ops.motionllm.prompt_edit(what="UP")
    assert crowd.index == 2 and crowd.prompts[2].text == "a person walks"
    bpy.ops.motionllm.prompt_edit(what="REMOVE")
    assert len(crowd.prompts) == 3


@pytest.mark.usefixtures("crowd")
def test_the_list_on_one_character():
    bpy.ops.motionllm.add_character()
    prompts("a person walks", "refuse this", "people stand")
    bpy.context.scene.motionllm.seconds = 1.0
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.motionllm.queue()
    assert states() == ["DONE", "FAILED", "DONE"]
    names = {action.name for action in bpy.data.actions}
    assert names == {"a person walks (seed 0)", "people stand (seed 2)"}
    assert bpy.ops.motionllm.resume.poll()
    bpy.ops.ed.undo()
    assert not bpy.data.actions


@pytest.mark.parametrize("fps", [30, 24])
@pytest.mark.usefixtures("crowd")
def test_a_seamless_loop_repeats(fps):
    bpy.ops.motionllm.add_character()
    scene, settings = bpy.context.scene, bpy.context.scene.motionllm
    scene.render.fps = fps
    settings.loop, settings.seconds, settings.prompt = True, 2.0, "a person walks"
    bpy.ops.motionllm.generate()
    action = bpy.context.object.animation_data.action
    period = int(action.frame_end - action.frame_start)
    assert action.use_cyclic and abs(period / fps - 2.0) < 0.4
    kinds = {m.type for curve in module("scene.actions").curves(action) for m in curve.modifiers}
    assert kinds == {"CYCLES"}
    joints = module("scene.joints").read_joints(people(), scene, 1, 3 * period)[0]
    gone = joints[period, 0] - joints[0, 0]
    assert np.linalg.norm(gone[[0, 2]]) > 0.5 and abs(gone[1]) < 1e-3
    assert np.abs(joints[2 * period] - joints[0] - 2.0 * gone).max() < 2e-3
    step = np.diff(joints[: 2 * period], axis=0)
    size = np.linalg.norm(step, axis=-1).mean(axis=-1)
    assert size[period - 1] <= 1.2 * np.delete(size, period - 1).max()
    jump = np.linalg.norm(np.diff(step, axis=0), axis=-1).mean(axis=-1)
    seam = jump[period - 2 : period].max()
    assert seam <= 1.2 * np.delete(jump, [period - 2, period - 1]).max()


def test_panels(crowd):
    sections = {name: module(f"panels.{name}") for name in ("prompts", "crowd", "queue")}
    prompts("a person walks", "refuse")
    crowd.use_list, crowd.count, crowd.index = True, 2, 1
    bpy.ops.motionllm.crowd()
    rows = module("work.rows").rows()
    bpy.context.window_manager.motionllm_queue.index = states().index("FAILED")
    texts = []
    for who in ("ADD", "SELECTED", "COLLECTION"):
        crowd.who = who
        crowd.share = True
        panel = type("Panel", (), {"layout": Layout(texts)})()
        for name, section in sections.items():
            getattr(section, f"MOTIONLLM_PT_{name}").draw(panel, bpy.context)
    queue = sections["queue"]
    for cls, item in (
        (sections["prompts"].MOTIONLLM_UL_prompts, crowd.prompts[0]),
        (queue.MOTIONLLM_UL_queue, rows[0]),
    ):
        cls.draw_item(None, bpy.context, Layout(texts), None, item, 0, None, "", 0)
    text = " ".join(filter(None, texts))
    assert "motionllm.resume" in text and "refused on purpose" in text and "Failed 1" in text
    assert queue.MOTIONLLM_PT_queue.poll(bpy.context)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert not queue.MOTIONLLM_PT_queue.poll(bpy.context)


@pytest.mark.usefixtures("addon")
def test_the_command_line_from_a_clean_file(tmp_path):
    """The whole way with the real model: words, motions, ways, a file, and what is in it."""
    import json
    import os
    import subprocess
    import sys
    from pathlib import Path

    import motionllm

    pack = module("work.packs").find_pack("default")
    out = tmp_path / "crowd.blend"
    done = subprocess.run(
        [
            sys.executable, "-m", "motionllm", "crowd", "a person walks", "--count", "6",
            "--area", "7x6", "--seconds", "2", "--out", str(out), "--json",
            "--pack", str(pack.folder),
            "--backbone", str(module("work.engine").find_backbone()),
        ],
        env=dict(os.environ, PYTHONPATH=str(Path(motionllm.__file__).resolve().parent.parent)),
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["characters"] == 6 and not answer["failed"] and answer["outside"] == 0
    assert answer["closest"] >= 0.5 and answer["off_plan"] < 0.002
    assert answer["skate_cm_s"] <= 1.2 * answer["single_skate_cm_s"]
    bpy.ops.wm.open_mainfile(filepath=str(out))
    found, joints = measured(end=60, width=7.0, depth=6.0)
    assert len(joints) == 6 and all(moving(joints)) and found.outside == 0
    assert abs(found.closest - answer["closest"]) < 0.002
