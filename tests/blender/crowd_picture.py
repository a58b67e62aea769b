"""Pictures of a crowd from above and in perspective, with the ways people go. Runs inside Blender.

    python tests/blender/crowd_picture.py CROWD.blend FRAME PICTURE.png

bpy, numpy and Pillow, as the quickstart's environment has them; the file is what `motionllm crowd`
wrote.
"""

import os
import sys
import tempfile
from pathlib import Path

import bpy
from mathutils import Vector
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "install"))
import picture  # noqa: E402

TILE = (900, 760)  # pixels of each of the two views
EVERY = 6  # frames between two points of a drawn way
COLOURS = 12  # of clothes, so that people can be told apart


def main(path: str, frame: int, out: str) -> None:
    """Render both views of one frame side by side."""
    bpy.ops.wm.open_mainfile(filepath=path)
    scene = bpy.context.scene
    people = [thing for thing in scene.objects if thing.type == "ARMATURE"]
    area = scene.objects["Crowd Area"]
    width, depth = area.dimensions.x, area.dimensions.y
    camera = picture.dress(scene)
    scene.objects["Floor"].rotation_euler.z = 0.0
    picture._set_up_renderer(scene, "workbench")
    scene.render.resolution_x, scene.render.resolution_y = TILE
    _dress_people(people)
    _draw_ways(scene, people)
    _draw_edge(scene, width, depth)
    scene.frame_set(frame)
    size = max(width, depth)
    sheet = Image.new("RGB", (2 * TILE[0], TILE[1]))
    with tempfile.TemporaryDirectory() as folder:
        for number in range(2):
            if number == 0:
                camera.data.type, camera.data.ortho_scale = "ORTHO", 1.12 * size
                camera.data.sensor_fit = "VERTICAL"
                camera.location, camera.rotation_euler = (0, 0, 30), (0, 0, 0)
            else:
                camera.data.type = "PERSP"
                camera.location = Vector((0.62 * size, -1.02 * size, 0.5 * size))
                look = Vector((0.0, 0.0, 0.4)) - camera.location
                camera.rotation_euler = look.to_track_quat("-Z", "Y").to_euler()
                camera.data.lens = 40
            scene.render.filepath = str(Path(folder) / f"{number}.png")
            bpy.ops.render.render(write_still=True)
            with Image.open(scene.render.filepath) as tile:
                sheet.paste(tile.convert("RGB"), (number * TILE[0], 0))
    sheet.save(out)


def _dress_people(people: list) -> None:
    """Give everybody clothes of one of a few colours, by materials of their own."""
    suits = []
    for number in range(COLOURS):
        suit = bpy.data.materials.new(f"Suit {number}")
        hue = number / COLOURS
        suit.diffuse_color = (*_rgb(hue, 0.55, 0.55), 1.0)
        suits.append(suit)
    for number, armature in enumerate(people):
        body = armature.children[0]
        for slot in body.material_slots:
            if slot.material and slot.material.name.endswith("suit"):
                slot.link = "OBJECT"
                slot.material = suits[number * 5 % COLOURS]


def _rgb(hue: float, saturation: float, value: float) -> tuple[float, float, float]:
    import colorsys

    return colorsys.hsv_to_rgb(hue, saturation, value)


def _draw_ways(scene, people: list) -> None:
    """Draw where the pelvises go, as ribbons on the floor."""
    ways: list[list[Vector]] = [[] for _ in people]
    for armature in people:
        armature.children[0].hide_viewport = True
    for frame in range(scene.frame_start, scene.frame_end + 1, EVERY):
        scene.frame_set(frame)
        for way, armature in zip(ways, people, strict=True):
            way.append(armature.matrix_world @ armature.pose.bones["pelvis"].head)
    for armature in people:
        armature.children[0].hide_viewport = False
    data = bpy.data.curves.new("Ways", "CURVE")
    data.dimensions, data.bevel_depth = "3D", 0.018
    for way in ways:
        spline = data.splines.new("POLY")
        spline.points.add(len(way) - 1)
        for point, at in zip(spline.points, way, strict=True):
            point.co = (at.x, at.y, 0.02, 1.0)
    _add(scene, data, (0.85, 0.35, 0.1, 1.0))


def _draw_edge(scene, width: float, depth: float) -> None:
    data = bpy.data.curves.new("Edge", "CURVE")
    data.dimensions, data.bevel_depth = "3D", 0.03
    spline = data.splines.new("POLY")
    spline.points.add(3)
    spline.use_cyclic_u = True
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    for point, (x, y) in zip(spline.points, corners, strict=True):
        point.co = (0.5 * width * x, 0.5 * depth * y, 0.02, 1.0)
    _add(scene, data, (0.1, 0.25, 0.6, 1.0))


def _add(scene, data, colour: tuple) -> None:
    material = bpy.data.materials.new(data.name)
    material.diffuse_color = colour
    data.materials.append(material)
    scene.collection.objects.link(bpy.data.objects.new(data.name, data))


if __name__ == "__main__":
    code = 0
    try:
        main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    os._exit(code)  # Blender 4.2 crashes and 4.5 hangs in the interpreter's own ending
