"""A picture strip of an animated character: frames side by side, with the time of each.

Runs inside Blender: bpy, numpy and Pillow. Rendered with Workbench, or with Cycles where the
system has no OpenGL.
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import bpy
from mathutils import Vector
from PIL import Image, ImageDraw, ImageFont

TILE = (320, 420)  # pixels of one frame
BAND = 44  # pixels below the frames, for the sentence
TILES = 6
VIEW = Vector((2.6, -3.9, 0.75))  # camera from the point it looks at, metres: front, from a side
LOOK_AT = 0.88  # metres above the floor
CELL = 0.5  # metres a square of the floor
CELLS = 160
FLOOR = ((0.78, 0.81, 0.84, 1.0), (0.94, 0.96, 0.98, 1.0))
BACKDROP = (0.55, 0.62, 0.70)


def write_strip(
    path: Path, armature: bpy.types.Object, frames: range, text: str, renderer: str
) -> None:
    """Render frames spread over `frames` and write them side by side as one picture.

    Args:
        path: the PNG to write.
        armature: the character; its first bone is the pelvis.
        frames: the scene's frames that hold the motion.
        text: the sentence shown below.
        renderer: "workbench" or "cycles".
    """
    scene = bpy.context.scene
    camera = dress(scene)
    _set_up_renderer(scene, renderer)
    fps = scene.render.fps / scene.render.fps_base
    width, height = TILE
    strip = Image.new("RGB", (width * TILES, height + BAND), (24, 27, 31))
    with tempfile.TemporaryDirectory() as scratch:
        for tile in range(TILES):
            frame = frames[round(tile * (len(frames) - 1) / (TILES - 1))]
            scene.frame_set(frame)
            _follow(camera, armature)
            scene.render.filepath = str(Path(scratch) / f"{tile}.png")
            bpy.ops.render.render(write_still=True)
            with Image.open(scene.render.filepath) as picture:
                strip.paste(picture.convert("RGB"), (tile * width, 0))
            _write(strip, (tile * width + 12, 10), f"{(frame - frames[0]) / fps:.1f} s", 17)
    for tile in range(1, TILES):
        strip.paste((24, 27, 31), (tile * width - 1, 0, tile * width + 1, height))
    _write(strip, (14, height + 10), text, 20)
    strip.save(path)


def dress(scene: bpy.types.Scene) -> bpy.types.Object:
    """Add a floor, a sun, a camera and a backdrop colour; return the camera."""
    scene.collection.objects.link(_floor())
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.data.energy = 3.0
    sun.data.angle = math.radians(8)
    sun.rotation_euler = (math.radians(40), math.radians(12), math.radians(30))
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.lens = 58
    camera.data.sensor_fit = "VERTICAL"
    scene.collection.objects.link(sun)
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.world = scene.world or bpy.data.worlds.new("World")
    scene.world.color = BACKDROP
    for node in _nodes(scene.world):
        if node.type == "BACKGROUND":
            node.inputs["Color"].default_value = (*BACKDROP, 1.0)
    return camera


def _nodes(owner: bpy.types.World | bpy.types.Material) -> list[bpy.types.Node]:
    """Return the nodes of a world or a material; where it has none yet, Blender's own are made."""
    tree = owner.node_tree
    if tree is not None:
        return list(tree.nodes)
    owner.use_nodes = True
    return _nodes(owner)


def _floor() -> bpy.types.Object:
    """Return a plane of squares in two greys: what moves over it is seen to move."""
    half = CELLS * CELL / 2
    side = CELLS + 1
    vertices = [(x * CELL - half, y * CELL - half, 0.0) for y in range(side) for x in range(side)]
    faces = [
        (y * side + x, y * side + x + 1, (y + 1) * side + x + 1, (y + 1) * side + x)
        for y in range(CELLS)
        for x in range(CELLS)
    ]
    mesh = bpy.data.meshes.new("Floor")
    mesh.from_pydata(vertices, [], faces)
    for index, colour in enumerate(FLOOR):
        material = bpy.data.materials.new(f"Floor {index + 1}")
        material.diffuse_color = colour
        for node in _nodes(material):
            if node.type == "BSDF_PRINCIPLED":
                node.inputs["Base Color"].default_value = colour
                node.inputs["Roughness"].default_value = 0.9
        mesh.materials.append(material)
    squares = [(x + y) % 2 for y in range(CELLS) for x in range(CELLS)]
    mesh.polygons.foreach_set("material_index", squares)
    floor = bpy.data.objects.new("Floor", mesh)
    floor.rotation_euler.z = math.atan2(VIEW.x, -VIEW.y)  # its far edge is a level horizon
    return floor


def _set_up_renderer(scene: bpy.types.Scene, renderer: str) -> None:
    scene.render.resolution_x, scene.render.resolution_y = TILE
    scene.render.resolution_percentage = 100
    scene.render.image_settings.file_format = "PNG"
    scene.view_settings.view_transform = "Standard"
    if renderer == "cycles":
        scene.render.engine = "CYCLES"
        scene.cycles.samples = 32
        scene.cycles.use_denoising = False  # it costs more than the rays
        return
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.display.render_aa = "5"
    shading = scene.display.shading
    shading.light = "STUDIO"
    shading.studio_light = "paint.sl"
    shading.color_type = "MATERIAL"
    shading.background_type = "WORLD"
    shading.show_shadows = True
    shading.shadow_intensity = 0.6
    shading.show_cavity = True
    shading.cavity_type = "WORLD"
    scene.display.light_direction = (-0.3, 0.85, 0.43)


def _follow(camera: bpy.types.Object, armature: bpy.types.Object) -> None:
    """Keep the character in the middle, and the height as it is: a jump is seen to be one."""
    pelvis = armature.matrix_world @ armature.pose.bones[0].head
    target = Vector((pelvis.x, pelvis.y, LOOK_AT))
    camera.location = target + VIEW
    camera.rotation_euler = (-VIEW).to_track_quat("-Z", "Y").to_euler()


def _write(picture: Image.Image, at: tuple[int, int], text: str, size: int) -> None:
    font = ImageFont.load_default(size)
    printable = text.encode("latin-1", "replace").decode("latin-1")  # all that this font has
    draw = ImageDraw.Draw(picture)
    draw.text((at[0] + 1, at[1] + 1), printable, font=font, fill=(20, 22, 26))
    draw.text(at, printable, font=font, fill=(245, 246, 248))
