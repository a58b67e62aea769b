"""Hands and eyes for Blender's window: the panel, the mouse, pictures. Used by session.py.

What takes time is a generator of steps: whatever it yields is called, and the window goes on
living until the next one.
"""

import importlib
import subprocess
import time
from pathlib import Path

import bpy
from mathutils import Quaternion, Vector

HERE = Path(__file__).resolve().parent
MODULE = "bl_ext.user_default.motionllm_blender"
WAIT = 240  # seconds for a job; a software renderer and a cold engine share the machine
SOON = 6  # seconds after which a job is under way, whatever it says
STEP = 12  # pixels down the panel at a time: less than a button


def module(name):
    """Return a module of the extension."""
    return importlib.import_module(f"{MODULE}.{name}")


def view():
    """Return window, area and space of the 3D View."""
    window = bpy.context.window_manager.windows[0]
    area = max(
        (area for area in window.screen.areas if area.type == "VIEW_3D"),
        key=lambda area: area.width * area.height,
    )
    return window, area, area.spaces.active


def region(kind):
    """Return a region of the 3D View: "UI" is the sidebar."""
    area = view()[1]
    return next(region for region in area.regions if region.type == kind)


def in_view(kind="WINDOW"):
    """Return a context in a region of the 3D View; a timer has none."""
    window, area, _ = view()
    return bpy.context.temp_override(window=window, area=area, region=region(kind))


def shot(name):
    """Picture the whole screen."""
    bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=1)
    command = f"xwd -root -silent | convert xwd:- {HERE / name}"
    subprocess.run(command, shell=True, check=True)


def unfold(name):
    """Open one section of the panel and fold the others: later only the mouse can do that."""
    classes = module("registration").CLASSES
    sections = [
        cls for cls in classes
        if issubclass(cls, bpy.types.Panel) and getattr(cls, "bl_parent_id", "")
    ]  # fmt: skip
    for cls in reversed(sections):
        bpy.utils.unregister_class(cls)
    for cls in sections:
        cls.bl_options = set() if cls.__name__ == name else {"DEFAULT_CLOSED"}
        bpy.utils.register_class(cls)


def remove_everything():
    """Remove all objects of the file."""
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)


def empty_scene():
    """Remove everything, and show the sidebar and plain bodies."""
    remove_everything()
    space = view()[2]
    space.show_region_ui = True
    space.shading.color_type = "MATERIAL"
    space.overlay.show_bones = False
    bpy.context.preferences.view.ui_scale = 1.1


def add_character(name="", place=(0.0, 0.0), heading=0.0):
    """Add the extension's character as its button does; return the armature."""
    with in_view():
        bpy.ops.motionllm.add_character()
    armature = bpy.context.view_layer.objects.active
    armature.name = name or armature.name
    armature.location[:2], armature.rotation_euler.z = place, heading
    bpy.context.view_layer.update()
    return armature


def select(*things):
    """Select these and nothing else; the first one is the active one."""
    for thing in bpy.context.view_layer.objects:
        thing.select_set(thing in things)
    bpy.context.view_layer.objects.active = things[0] if things else None


def show_tab():
    """Turn the sidebar to the extension's tab."""
    region("UI").active_panel_category = "MotionLLM"


def look_at(x, y, distance):
    """Turn the view to a place on the floor, in the middle of what the sidebar leaves free."""
    region_3d = view()[2].region_3d
    turn = Quaternion((0.79, 0.53, 0.18, 0.26))
    region_3d.view_distance = distance
    region_3d.view_rotation = turn
    region_3d.view_location = Vector((x, y, 0.9)) + turn @ Vector((distance / 10, 0.0, 0.0))


def nothing():
    """Do nothing for one step."""


def hovered():
    """Return the Python command of the button under the mouse, as Blender's own menu copies it."""
    manager = bpy.context.window_manager
    manager.clipboard = ""
    with in_view("UI"):
        if bpy.ops.ui.copy_python_command_button.poll():
            bpy.ops.ui.copy_python_command_button()
    return manager.clipboard


def move_mouse(x, y):
    """Move the mouse to a place on the screen."""
    subprocess.run(["xdotool", "mousemove", str(x), str(y)], check=True)


def raise_timeline(pixels):
    """Drag the upper edge of the timeline: as it opens, it has no room for markers."""
    window, area, _ = view()
    x, y = area.x + area.width // 2, window.height - area.y + 1
    yield lambda: move_mouse(x, y)
    yield lambda: subprocess.run(["xdotool", "mousedown", "1"], check=True)
    yield lambda: move_mouse(x, y - pixels // 2)
    yield lambda: move_mouse(x, y - pixels)
    yield lambda: subprocess.run(["xdotool", "mouseup", "1"], check=True)


def click(operator):
    """Find an operator's button by moving the mouse down the panel, press it, see a job begin."""
    jobs = module("work.jobs")
    ui = region("UI")
    x = ui.x + ui.width // 3
    top = view()[0].height - (ui.y + ui.height)
    for y in range(top + 40, top + ui.height, STEP):
        yield lambda y=y: move_mouse(x, y)
        if f"bpy.ops.{operator}(" in hovered():
            break
    else:
        raise RuntimeError(f"the button of {operator} was not found in the panel")
    before = jobs.status.message  # clearing it would move the button from under the mouse
    yield lambda: move_mouse(x + 3, y + 3)
    yield lambda: subprocess.run(["xdotool", "click", "1"], check=True)
    deadline = time.monotonic() + 10
    while not (jobs.busy() or jobs.status.message != before or jobs.status.error):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the click on {operator} did not start anything")
        yield nothing


def wait(picture=""):
    """Wait for the job; the timer goes on meanwhile, since nothing blocks the window.

    Args:
        picture: file for a picture of the panel when the job is under way; "" for none.

    Raises:
        RuntimeError: it ended with an error, as the panel shows.
    """
    jobs = module("work.jobs")
    began = time.monotonic()
    while jobs.busy():
        if picture and (jobs.status.done > 3 or time.monotonic() > began + SOON):
            yield lambda name=picture: shot(name)
            picture = ""
        if time.monotonic() > began + WAIT:
            raise TimeoutError(f"the job does not end: {vars(jobs.status)}")
        yield nothing
    if jobs.status.error:
        raise RuntimeError(f"{jobs.status.error} {jobs.status.hint}")


def undo():
    """Take one step back, as Ctrl Z does; objects have to be looked up again afterwards."""
    with in_view():
        bpy.ops.ed.undo()


def mark_step():
    """Make what was done so far an undo step, as each press of a button does."""
    with in_view():
        bpy.ops.ed.undo_push(message="what the user did before")


def expect(holds, message):
    """Raise what was expected and did not happen."""
    if not holds:
        raise AssertionError(message)
