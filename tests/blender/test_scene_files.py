"""Files as they come: several people or animations in one, hidden people, a user's own scene."""

from types import SimpleNamespace

import bpy
import pytest
from test_scene_state import CLIP, HIDING, LIMB, RIG, SLOTS, hero, hide

from motionllm.errors import MotionError
from motionllm.motion.clip import load_clip, save_clip
from motionllm.motion.compare import limbs_apart
from tests.helpers.extension import module
from tests.helpers.synthetic import make_clip

OTHER = make_clip(8, 50)


@pytest.fixture
def files(scripted, tmp_path):
    """The job's module, the scene's modules, and a folder with a clip."""
    scripted.render.fps = 30
    save_clip(CLIP, tmp_path / "clip.npz")
    bake = module("scene.bake")

    def put(armature, clip, name, start=1):
        action = bake.bake(clip, armature, bpy.context.scene, start)
        action.name, action.use_fake_user, action.use_frame_range = name, True, False
        return action

    def read(path, **wanted):
        job = {"kind": "read", "file": str(path), "out": str(tmp_path)}
        return module("headless.jobs").run(job | wanted)

    def retarget(rig, out, **more):
        options = {"lock_feet": False} | more.pop("options", {})
        job = {"kind": "retarget", "clip": str(tmp_path / "clip.npz"), "rig": str(rig)}
        return module("headless.jobs").run(job | {"out": str(out), "options": options} | more)

    return SimpleNamespace(put=put, read=read, retarget=retarget, folder=tmp_path)


def saved(path):
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


def skinned(armature):
    """Give a character a body of one triangle a bone."""
    mesh = bpy.data.meshes.new("Body")
    corners = []
    for bone in armature.data.bones:
        x, y, z = bone.head_local
        corners += [(x, y, z), (x + 0.02, y, z), (x, y + 0.02, z)]
    mesh.from_pydata(corners, [], [(n, n + 1, n + 2) for n in range(0, len(corners), 3)])
    body = bpy.data.objects.new("Body", mesh)
    armature.users_collection[0].objects.link(body)
    for number, bone in enumerate(armature.data.bones):
        rows = [3 * number, 3 * number + 1, 3 * number + 2]
        body.vertex_groups.new(name=bone.name).add(rows, 1.0, "REPLACE")
    body.parent = armature
    body.modifiers.new("Armature", "ARMATURE").object = armature
    return armature


def exported(path):
    if path.suffix == ".fbx":
        bpy.ops.export_scene.fbx(filepath=str(path), add_leaf_bones=False)
    else:
        bpy.ops.export_scene.gltf(
            filepath=str(path), export_format="GLB", export_animation_mode="ACTIONS"
        )
    return path


def does(entry, clip):
    """Tell whether what was read is a clip's motion, at any rate."""
    again = load_clip(entry["out"])
    frames = min(clip.frames, again.at_rate(30.0).frames)
    found = again.at_rate(30.0).joints[:frames]
    return limbs_apart(found, clip.joints[:frames]) < 2.0


@pytest.mark.parametrize("suffix", [".glb", ".fbx"])
def test_every_animation_of_a_file_is_read(files, suffix):
    armature = skinned(hero())
    files.put(armature, CLIP, "walk")
    files.put(armature, OTHER, "wave")
    path = exported(files.folder / f"two{suffix}")
    answer = files.read(path)
    names = [entry["name"] for entry in answer["motions"]]
    assert len(names) == 2 and not answer["notes"]
    walk, wave = sorted(answer["motions"], key=lambda entry: "wave" in entry["name"])
    assert does(walk, CLIP) and does(wave, OTHER)
    (only,) = files.read(path, action="*wave*")["motions"]
    assert does(only, OTHER)
    first = files.read(path, first=True)
    assert len(first["motions"]) == 1
    assert first["notes"][0].startswith("1 of 2 motions read") and "--action" in first["notes"][0]
    with pytest.raises(MotionError, match="no animation called 'jump'") as caught:
        files.read(path, action="jump")
    assert "wave" in caught.value.hint


@pytest.mark.parametrize("suffix", [".glb", ".fbx", ".blend"])
def test_every_person_of_a_file_is_read(files, suffix):
    anna, ben = skinned(hero("Anna")), skinned(hero("Ben", (2.0, 0.0, 0.0)))
    files.put(anna, CLIP, "walk")
    files.put(ben, OTHER, "wave")
    if suffix == ".fbx":  # else it tries every action on everybody
        bpy.ops.export_scene.fbx(
            filepath=str(files.folder / "two.fbx"), add_leaf_bones=False,
            bake_anim_use_all_actions=False, bake_anim_use_nla_strips=False,
        )  # fmt: skip
        path = files.folder / "two.fbx"
    else:
        path = saved(files.folder / "two.blend")
        path = path if suffix == ".blend" else exported(files.folder / "two.glb")
    motions = {entry["armature"]: entry for entry in files.read(path)["motions"]}
    assert motions.keys() == {"Anna", "Ben"}
    assert does(motions["Anna"], CLIP) and does(motions["Ben"], OTHER)
    (only,) = files.read(path, armature="Ben")["motions"]
    assert does(only, OTHER)
    with pytest.raises(MotionError, match="no character called 'Carl'") as caught:
        files.read(path, armature="Carl")
    assert "'Anna'" in caught.value.hint


def test_a_blend_is_read_as_it_plays_and_the_rest_is_told(files):
    armature = hero()
    for name, clip in (("wave", OTHER), ("walk", CLIP)):
        files.put(armature, clip, name)
    path = saved(files.folder / "library.blend")
    answer = files.read(path)
    (only,) = answer["motions"]
    assert does(only, CLIP)
    assert "1 of 2 animations" in answer["notes"][0] and "wave" in answer["notes"][0]
    (other,) = files.read(path, action="wave")["motions"]
    assert does(other, OTHER) and not files.read(path, action="wave")["notes"]


@pytest.mark.parametrize("first", ["still", "moving", "strip", "posed", "turning"])
def test_the_animated_one_is_read_and_the_still_one_told(files, first):
    still, armature = hero("Reference"), hero("Zoe", (2.0, 0.0, 0.0))
    if first == "moving":
        still, armature = armature, still
    elif first == "posed":
        for bone in still.pose.bones:
            for frame in (1, 100):
                bone.keyframe_insert("rotation_quaternion", frame=frame)
    elif first == "turning":
        still.keyframe_insert("rotation_euler", frame=1)
        still.rotation_euler.z = 3.0
        still.keyframe_insert("rotation_euler", frame=100)
    name = armature.name
    files.put(armature, CLIP, "walk", 301)
    if first == "strip":
        data = armature.animation_data
        action, data.action = data.action, None
        data.nla_tracks.new().strips.new("walk", 301, action)
    answer = files.read(saved(files.folder / "two.blend"))
    (only,) = answer["motions"]
    assert only["armature"] == name and does(only, CLIP)
    assert only["frames"] == CLIP.frames
    assert "1 of 2 characters read" in answer["notes"][0]


def test_nobody_moves(files):
    hero()
    bpy.context.scene.frame_end = 20
    (only,) = files.read(saved(files.folder / "still.blend"))["motions"]
    assert only["notes"] == ["Hero does not move from frame 1 to 20."]


def test_a_muted_motion_costs_its_own_line(files):
    anna, ben = hero("Anna"), hero("Ben")
    files.put(anna, CLIP, "walk")
    for curve in module("scene.actions").curves(files.put(ben, OTHER, "wave")):
        curve.mute = True
    for bone in ben.pose.bones:
        bone.matrix_basis.identity()
    answer = files.read(saved(files.folder / "two.blend"))
    entries = {entry["armature"]: entry for entry in answer["motions"]}
    assert does(entries["Anna"], CLIP) and "are muted" in entries["Ben"]["error"][1]


def test_a_character_of_another_scene_is_found(files):
    armature = hero()
    files.put(armature, CLIP, "walk")
    bpy.context.window.scene = bpy.data.scenes.new("Title")
    (only,) = files.read(saved(files.folder / "other.blend"))["motions"]
    assert does(only, CLIP)


@pytest.mark.parametrize("linked", [False, True])
def test_who_is_in_no_scene_is_named(files, linked):
    armature = hero()
    library = saved(files.folder / "library.blend")
    if linked:
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        with bpy.data.libraries.load(str(library), link=True) as (_, to):
            to.collections = ["Hero"]
        instance = bpy.data.objects.new("Instance", None)
        instance.instance_type, instance.instance_collection = "COLLECTION", to.collections[0]
        bpy.context.scene.collection.objects.link(instance)
    else:
        bpy.context.scene.collection.children.unlink(armature.users_collection[0])
    told = "is an instance linked from" if linked else "is in none of its scenes"
    with pytest.raises(MotionError, match=told):
        files.read(saved(files.folder / "shot.blend"))


@pytest.mark.skipif(not SLOTS, reason="actions have slots from 4.4 on")
def test_a_file_without_a_slot_is_read_and_told(files):
    armature = hero()
    files.put(armature, CLIP, "walk")
    armature.animation_data.action_slot = None
    (only,) = files.read(saved(files.folder / "noslot.blend"))["motions"]
    assert does(only, CLIP) and "no slot" in only["notes"][0]


@pytest.mark.parametrize("how", HIDING)
@pytest.mark.parametrize("suffix", [".glb", ".fbx", ".bvh", ".blend"])
def test_who_is_hidden_gets_the_motion(files, how, suffix):
    armature = hero()
    if suffix == ".fbx":
        skinned(armature)
    hide(armature, how)
    seen = suffix == ".fbx" and how in ("disabled", "hidden")  # its body is
    rig = saved(files.folder / "rig.blend")
    answer = files.retarget(rig, files.folder / f"out{suffix}")
    assert "warning" not in answer and answer["limb_degrees"] < LIMB
    assert seen or any("it is shown now" in note for note in answer["notes"])
    if suffix == ".bvh":
        return
    (only,) = files.read(files.folder / f"out{suffix}")["motions"]
    assert does(only, CLIP)
    if suffix == ".blend":
        assert not module("scene.state").is_hidden(bpy.data.objects["Hero"], bpy.context)


@pytest.mark.parametrize("root_motion", ["AS_IS", "IN_PLACE", "SEPARATE"])
@pytest.mark.parametrize("suffix", [".glb", ".blend"])
def test_a_motion_that_does_not_show_is_a_warning(files, root_motion, suffix):
    armature = hero()
    target = bpy.data.objects.new("Target", None)
    bpy.context.scene.collection.objects.link(target)
    for name in ("LeftUpLeg", "RightUpLeg", "LeftArm", "RightArm"):
        constraint = armature.pose.bones[RIG + name].constraints.new("COPY_ROTATION")
        constraint.target = target
    rig, out = saved(files.folder / "rig.blend"), files.folder / f"out{suffix}"
    options = {"root_motion": root_motion}
    answer = files.retarget(rig, out, options=options)
    assert "degrees off" in answer["warning"]
    assert any("Constraints on" in note for note in answer["notes"])
    answer = files.retarget(rig, out, options=options | {"mute": True})
    assert "warning" not in answer and answer["limb_degrees"] < LIMB


def test_which_of_several_characters_gets_the_motion(files):
    hero("Anna")
    hero("Ben")
    rig, out = saved(files.folder / "rig.blend"), files.folder / "out.blend"
    answer = files.retarget(rig, out)
    assert answer["notes"][0].startswith("1 of 2 characters got the motion")
    other = {"Anna": "Ben", "Ben": "Anna"}[answer["armature"]]
    answer = files.retarget(rig, out, armature=other)
    assert answer["armature"] == other and not answer["notes"]


@pytest.mark.parametrize(("fps", "base"), [(60, 1.0), (30, 1.001), (12, 1.0)])
def test_the_users_scene_keeps_its_rate_and_frames(files, fps, base):
    hero()
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = fps, base
    scene.frame_start, scene.frame_end = 1001, 1010
    answer = files.retarget(saved(files.folder / "rig.blend"), files.folder / "out.blend")
    assert any("ends at frame" in note for note in answer["notes"])
    bpy.ops.wm.open_mainfile(filepath=str(files.folder / "out.blend"))
    scene = bpy.context.scene
    assert (scene.render.fps, round(scene.render.fps_base, 3)) == (fps, base)
    assert (scene.frame_start, scene.frame_end) == (1001, 1010)
    action = bpy.data.objects["Hero"].animation_data.action
    assert action.frame_range[0] == 1001
    seconds = (action.frame_range[1] - 1001) * base / fps
    assert seconds == pytest.approx(CLIP.seconds, abs=2.5 / min(fps, 30))


@pytest.mark.parametrize("rig", [".glb", ".fbx"])
def test_a_file_without_a_scene_gets_the_clips_rate(files, rig):
    skinned(hero())
    bpy.context.scene.render.fps = 24
    path = exported(files.folder / f"rig{rig}")
    save_clip(CLIP.at_rate(20.0), files.folder / "clip.npz")
    answer = files.retarget(path, files.folder / "out.blend")
    bpy.ops.wm.open_mainfile(filepath=str(files.folder / "out.blend"))
    scene = bpy.context.scene
    assert scene.render.fps == 20 and answer["frames"] == CLIP.at_rate(20.0).frames
    assert (scene.frame_start, scene.frame_end) == (1, answer["frames"])


@pytest.mark.parametrize("suffix", [".glb", ".fbx"])
def test_a_scene_that_is_exported_keeps_its_rate(files, suffix):
    skinned(hero())
    bpy.context.scene.render.fps = 24
    rig = saved(files.folder / "rig.blend")
    answer = files.retarget(rig, files.folder / f"out{suffix}")
    assert answer["frames"] == CLIP.at_rate(24.0).frames and "warning" not in answer


def test_a_control_rig_comes_before_the_skeleton_it_was_made_of(files):
    from test_rigs import rigify

    metarig, rig = rigify()
    metarig.name, rig.name = "metarig", "rig"
    armatures_there = module("headless.files").people(saved(files.folder / "rig.blend"))
    assert [armature.name for armature in armatures_there] == ["rig", "metarig"]
    answer = files.retarget(files.folder / "rig.blend", files.folder / "out.glb")
    assert answer["armature"] == "rig" and "warning" not in answer
