"""What happens in Blender's window, one step a second; run by window_shot.py, not by hand."""

import importlib
import json
import subprocess
import time
import traceback
from pathlib import Path

import bpy

HERE = Path(__file__).resolve().parent
MODULE = "bl_ext.user_default.motionllm_blender"
WAIT = 180  # seconds for the motion; a software renderer and a cold engine share the machine
options = json.loads((HERE / "session.json").read_text())
report = {"version": bpy.app.version_string, "error": ""}


def module(name):
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
    area = view()[1]
    return next(region for region in area.regions if region.type == kind)


def shot(name):
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


def prepare():
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)
    window, area, space = view()
    space.show_region_ui = True
    space.shading.color_type = "MATERIAL"
    space.overlay.show_bones = False
    bpy.context.preferences.view.ui_scale = 1.1
    unfold("MOTIONLLM_PT_rig")
    with bpy.context.temp_override(window=window, area=area, region=region("WINDOW")):
        bpy.ops.motionllm.add_character()
        bpy.ops.motionllm.detect_bones()
    bpy.context.scene.motionllm.prompt = options["prompt"]


def show_tab():
    region("UI").active_panel_category = "MotionLLM"
    space = view()[2]
    space.region_3d.view_distance = 4.0
    space.region_3d.view_location = (0.0, 0.0, 0.9)
    space.region_3d.view_rotation = (0.79, 0.53, 0.18, 0.26)


def shot_panel():
    shot("panel.png")


def hovered():
    """Return the Python command of the button under the mouse, as Blender's own menu copies it."""
    window, area, _ = view()
    manager = bpy.context.window_manager
    manager.clipboard = ""
    with bpy.context.temp_override(window=window, area=area, region=region("UI")):
        if bpy.ops.ui.copy_python_command_button.poll():
            bpy.ops.ui.copy_python_command_button()
    return manager.clipboard


def move_mouse(x, y):
    subprocess.run(["xdotool", "mousemove", str(x), str(y)], check=True)


def click():
    """Find Generate by moving the mouse down the panel, then press it."""
    ui = region("UI")
    x = ui.x + ui.width // 3
    top = view()[0].height - (ui.y + ui.height)
    for y in range(top + 40, top + 460, 9):
        yield lambda y=y: move_mouse(x, y)
        if "motionllm.generate" in hovered():
            break
    else:
        raise RuntimeError("the Generate button was not found in the panel")
    report["button"] = [x, y]
    yield lambda: move_mouse(x + 3, y + 3)
    yield lambda: subprocess.run(["xdotool", "click", "1"], check=True)
    jobs, deadline = module("jobs"), time.monotonic() + 10
    while not (jobs.busy() or jobs.status.message or jobs.status.error):
        if time.monotonic() > deadline:
            raise TimeoutError("the click did not start anything")
        yield lambda: None


def wait():
    """Wait for the motion; the timer goes on meanwhile, since nothing blocks the window."""
    jobs = module("jobs")
    deadline = time.monotonic() + WAIT
    pictured = False
    while jobs.busy():
        if jobs.status.done > 3 and not pictured:
            pictured = True
            yield lambda: shot("progress.png")
        if time.monotonic() > deadline:
            raise TimeoutError(f"no motion: {vars(jobs.status)}")
        yield lambda: None
    if jobs.status.error:
        raise RuntimeError(f"{jobs.status.error} {jobs.status.hint}")
    action = bpy.context.scene.motionllm.target.animation_data.action
    report["action"] = action.name
    report["frames"] = list(action.frame_range)
    report["details"] = list(jobs.status.details)


def show_motion():
    scene = bpy.context.scene
    scene.frame_set(int(sum(scene.motionllm.target.animation_data.action.frame_range) / 2))
    hips = scene.motionllm.target.pose.bones["pelvis"].head
    view()[2].region_3d.view_location = (hips.x, hips.y, 0.9)


def steps():
    yield prepare
    yield show_tab
    yield lambda: None
    yield shot_panel
    yield from click()
    yield from wait()
    yield show_motion
    yield lambda: None
    yield lambda: shot("motion.png")


_steps = steps()


def tick():
    """Do the next step; whatever fails ends the session."""
    try:
        next(_steps)()
    except StopIteration:
        end()
        return None
    except BaseException:
        report["error"] = traceback.format_exc()
        end()
        return None
    return 0.4


def end():
    (HERE / "report.json").write_text(json.dumps(report))
    bpy.ops.wm.quit_blender()


bpy.app.timers.register(tick, first_interval=3.0)
