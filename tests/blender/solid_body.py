"""Pictures of rigs: a body of simple solids that follows the bones, drawn by Workbench.

May import bpy. An armature alone is not rendered, so each joint's segment gets a solid.
"""

import tempfile
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

from motionllm.motion import skeleton

SIZE = (300, 380)  # pixels of one picture
PAPER = np.array([0.96, 0.96, 0.95], np.float32)
J = skeleton.JOINTS
# From joint, to joint, thickness as a share of the leg's length, colour.
LEFT, RIGHT, TRUNK = (0.85, 0.33, 0.16), (0.16, 0.42, 0.72), (0.42, 0.44, 0.5)
SEGMENTS = tuple(
    (f"{side}_{a}", f"{side}_{b}", width, colour)
    for side, colour in (("left", LEFT), ("right", RIGHT))
    for a, b, width in (
        ("hip", "knee", 0.1), ("knee", "ankle", 0.08), ("ankle", "foot", 0.06),
        ("collar", "shoulder", 0.07), ("shoulder", "elbow", 0.07), ("elbow", "wrist", 0.06),
    )
) + (("pelvis", "spine3", 0.15, TRUNK), ("spine3", "neck", 0.13, TRUNK),
     ("neck", "head", 0.07, TRUNK))  # fmt: skip
ENDS = {"head": 0.13, "left_wrist": 0.05, "right_wrist": 0.05}  # balls, shares of the leg


def picture(armature: bpy.types.Object, clip, modules, row: int) -> np.ndarray:
    """Put a clip on a rig and return one of its frames (H, W, 4), 0..1, upper row first."""
    scene = bpy.context.scene
    modules.bake.bake(
        clip, armature, scene, options=modules.bake.Options(lock_feet=True, root_motion="IN_PLACE")
    )
    rig = modules.rigs.read_rig(armature)
    match = modules.rigs.match(armature, rig, "read")
    scene.frame_set(1 + row)
    evaluated = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
    world = {
        skeleton.JOINT_NAMES[joint]: np.array(
            evaluated.matrix_world @ evaluated.pose.bones[rig.names[bone]].head
        )
        for joint, bone in match.bones.items()
    }
    rest = {
        skeleton.JOINT_NAMES[joint]: np.array(armature.matrix_world @ Vector(rig.heads[bone]))
        for joint, bone in match.bones.items()
    }
    leg = 2.0 * float(np.linalg.norm(rest["left_hip"] - rest["left_knee"]))
    for start, end, width, colour in SEGMENTS:
        if start in world and end in world:
            _solid(world[start], world[end], width * leg, colour)
    for joint, width in ENDS.items():
        if joint in world:
            _ball(world[joint] + [0, 0, 0.1 * leg * (joint == "head")], width * leg, TRUNK)
    floor = min(point[2] for point in rest.values()) - 0.07 * leg
    return _render(np.array([*_middle(rest), floor]), leg)


def _middle(rest: dict[str, np.ndarray]) -> np.ndarray:
    return 0.5 * (rest["left_hip"] + rest["right_hip"])[:2]


def _solid(start: np.ndarray, end: np.ndarray, width: float, colour) -> None:
    along = Vector(end - start)
    bpy.ops.mesh.primitive_cone_add(
        vertices=16, radius1=width, radius2=0.75 * width, depth=along.length,
        location=0.5 * (start + end), rotation=along.to_track_quat("Z", "Y").to_euler(),
    )  # fmt: skip
    _paint(bpy.context.object, colour)
    for point in (start, end):
        _ball(point, width * 0.98, colour)


def _ball(place: np.ndarray, width: float, colour) -> None:
    bpy.ops.mesh.primitive_uv_sphere_add(segments=16, ring_count=8, radius=width, location=place)
    _paint(bpy.context.object, colour)


def _paint(thing: bpy.types.Object, colour) -> None:
    thing.color = (*colour, 1.0)
    thing.data.polygons.foreach_set("use_smooth", np.ones(len(thing.data.polygons), bool))


def _render(base: np.ndarray, leg: float) -> np.ndarray:
    scene = bpy.context.scene
    bpy.ops.mesh.primitive_circle_add(radius=1.0 * leg, fill_type="NGON", vertices=64,
                                      location=base)  # fmt: skip
    _paint(bpy.context.object, (0.95, 0.95, 0.93))
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    camera.data.type = "ORTHO"
    camera.data.ortho_scale = 2.9 * leg
    direction = Vector((0.75, -1.0, 0.4)).normalized()
    camera.location = Vector(base) + Vector((0.0, 0.0, 0.95 * leg)) + 20.0 * leg * direction
    camera.data.clip_end = 100.0 * leg
    camera.rotation_euler = direction.to_track_quat("Z", "Y").to_euler()
    scene.render.engine = "BLENDER_WORKBENCH"
    shading = scene.display.shading
    shading.light, shading.color_type, shading.show_cavity = "STUDIO", "OBJECT", True
    shading.show_shadows = True
    scene.view_settings.view_transform = "Standard"
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    scene.render.resolution_percentage = 100
    scene.render.film_transparent = True
    with tempfile.TemporaryDirectory() as folder:
        scene.render.filepath = str(Path(folder) / "one.png")
        scene.render.image_settings.file_format = "PNG"
        bpy.ops.render.render(write_still=True)
        return _pixels(scene.render.filepath)


def _pixels(path: str) -> np.ndarray:
    image = bpy.data.images.load(path)
    width, height = image.size
    values = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(values)
    bpy.data.images.remove(image)
    pixels = values.reshape(height, width, 4)[::-1]
    pixels[..., :3] += (1.0 - pixels[..., 3:]) * (PAPER - pixels[..., :3])
    pixels[..., 3] = 1.0
    return pixels


def write_sheet(tiles: list[tuple[str, np.ndarray]], path: Path, across: int = 4) -> None:
    """Write pictures side by side, in rows, as a .png; nothing is written without pictures."""
    if not tiles:
        return
    lines = [tiles[start : start + across] for start in range(0, len(tiles), across)]
    height, width = tiles[0][1].shape[:2]
    sheet = np.ones((height * len(lines), width * across, 4), np.float32)
    for row, line in enumerate(lines):
        for column, (_, pixels) in enumerate(line):
            sheet[row * height : (row + 1) * height, column * width : (column + 1) * width] = pixels
    image = bpy.data.images.new("sheet", sheet.shape[1], sheet.shape[0])
    image.pixels.foreach_set(np.ascontiguousarray(sheet[::-1]).ravel())
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
