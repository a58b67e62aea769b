"""What happens in Blender's window, step by step; run by window_shot.py, not by hand.

A scenario is a generator of steps; it checks what came of them and leaves motion.png.
"""

import json
import sys
import traceback
from pathlib import Path

import bpy

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE))  # Blender runs this file without its folder
import window  # noqa: E402
from window import expect, shot  # noqa: E402

SECONDS = 4.0
DOINGS = {  # character -> what it is made to do, before it is described
    "Anna": "a person jumps",
    "Ben": "a person walks forward",
    "Carl": "a person waves with the right hand",
}
CAPTION = "motionllm_caption"
options = json.loads((HERE / "session.json").read_text())
report = {"version": bpy.app.version_string, "error": ""}


def generate():
    """One sentence for one character."""
    yield from opened("MOTIONLLM_PT_rig")
    yield lambda: ask(options["prompt"] or "a person walks forward, then waves")
    yield window.add_character
    yield detect_bones
    yield lambda: window.look_at(0.0, 0.0, 4.0)
    yield lambda: shot("panel.png")
    yield from window.click("motionllm.generate")
    yield from window.wait("progress.png")
    armature = bpy.context.view_layer.objects.active
    tell_job()
    report["frames"] = frames_of(armature)
    yield lambda: show_people([armature], 4.0)
    yield lambda: shot("motion.png")


def people():
    """One sentence for two characters who were there, and for two who are added."""
    yield from opened("MOTIONLLM_PT_people")
    yield lambda: ask(options["prompt"] or "two people wave at each other")
    yield lambda: window.select(
        window.add_character("Anna", (-1.5, 0.0)), window.add_character("Ben", (1.5, 1.0), 1.2)
    )
    yield lambda: window.look_at(0.0, 0.5, 6.0)
    yield window.mark_step
    yield lambda: shot("panel.png")
    yield from window.click("motionllm.people")
    yield from window.wait("progress.png")
    tell_job()
    expect(armatures() == ["Anna", "Ben"], f"animated are {armatures()}, not those chosen")
    check_together()
    yield lambda: show_people(moving(), 6.0)
    yield lambda: shot("motion.png")
    yield window.undo
    expect(armatures() == ["Anna", "Ben"], f"undo left {armatures()}")
    expect(not moving() and not bpy.data.actions, f"undo left {moving()} animated")
    report["undone"] = True
    yield window.remove_everything
    yield window.mark_step
    yield from window.click("motionllm.people")
    yield from window.wait()
    report["added"] = armatures()
    expect(len(armatures()) == 2, f"added were {armatures()}, not two")
    chosen = sorted(thing.name for thing in bpy.context.view_layer.objects if thing.select_get())
    expect(chosen == armatures(), f"selected are {chosen}: pressed again, it would add more")
    check_together()
    yield lambda: show_people(moving(), 6.0)
    yield lambda: shot("added.png")
    yield window.undo
    expect(not armatures(), f"undo left {armatures()}")


def captions():
    """Every selected character in words, then every action in the file."""
    yield from opened("MOTIONLLM_PT_captions")
    yield from window.raise_timeline(130)
    for number, (name, prompt) in enumerate(DOINGS.items()):
        yield lambda name=name, x=1.2 * number: window.add_character(name, (x, 0.0))
        yield lambda prompt=prompt: ask(prompt)
        yield lambda frame=1 + 40 * number: begin_at(frame)  # else all markers are in one place
        yield bpy.ops.motionllm.generate
        yield from window.wait()
    yield wish_for_everything
    yield lambda: window.select(*map(object_called, DOINGS))
    yield lambda: show_people(moving(), 6.0)
    yield window.mark_step
    yield lambda: shot("panel.png")
    yield from window.click("motionllm.caption_many")
    yield from window.wait("progress.png")
    tell_job()
    check_captions()
    yield lambda: show_people(moving(), 6.0)
    yield lambda: shot("motion.png")
    yield window.undo
    expect(armatures() == list(DOINGS), f"undo left the names {armatures()}")
    expect(not any(CAPTION in action for action in bpy.data.actions), "undo left captions")
    expect(not bpy.context.scene.timeline_markers, "undo left markers")
    report["undone"] = True
    yield wish_for_assets
    yield from window.click("motionllm.caption_many")
    yield from window.wait()
    check_assets()
    yield lambda: shot("actions.png")


def strips():
    """Beside a cube, two strips one after the other; renamed meanwhile; another file meanwhile."""
    yield from opened("MOTIONLLM_PT_rig")
    yield lambda: ask(options["prompt"] or "a person walks forward")
    yield add_beside_cube
    armature = bpy.context.view_layer.objects.active
    report["stands"] = [round(value, 2) for value in armature.location]
    expect(abs(armature.location.x) > 1.2, f"it stands in the cube, at {report['stands']}")
    yield wish_for_strips
    yield from window.click("motionllm.generate")
    yield from window.wait()
    ways = [way_of(armature, frame) for frame in (1, 50, 90)]
    begin_at(110)
    yield window.mark_step
    armature.name = "Renamed"
    yield window.mark_step
    yield press_generate
    yield window.undo  # of the renaming
    yield from window.wait("progress.png")
    armature = bpy.context.view_layer.objects.active
    expect(armature.name != "Renamed", "the renaming was not undone")
    report["strips"] = [
        [strip.frame_start, strip.frame_end]
        for track in armature.animation_data.nla_tracks for strip in track.strips
    ]  # fmt: skip
    expect(len(report["strips"]) == 2, f"there are {report['strips']}")
    after = [way_of(armature, frame) for frame in (1, 50, 90)]
    gaps = [(one - other).length for one, other in zip(ways, after, strict=True)]
    pop = way_of(armature, 110) - way_of(armature, 109)
    report["changed"], report["pop"] = round(max(gaps), 4), [round(value, 4) for value in pop]
    expect(max(gaps) < 1e-3, f"what was there is changed by {max(gaps)} m")
    expect(pop.xy.length < 0.01, f"the second begins {pop} m off")
    yield lambda: look_at_hips(armature)
    yield lambda: shot("strips.png")
    yield save_and_begin
    yield lambda: bpy.ops.wm.open_mainfile(filepath=str(HERE / "walk.blend"))
    yield window.nothing
    jobs = window.module("work.jobs")
    while jobs.busy():
        yield window.nothing
    report["held"] = f"{jobs.status.error} {jobs.status.hint}"
    expect("held back" in jobs.status.hint, f"nothing was held back: {report['held']}")
    yield window.show_tab
    yield window.nothing
    yield lambda: shot("held.png")
    count = len(bpy.data.actions)
    yield lambda: window.move_mouse(300, 600)  # off the button that it was on
    yield window.nothing
    yield from window.click("motionllm.write_held")
    expect(len(bpy.data.actions) == count + 1, "the held motion was not written")
    yield lambda: shot("motion.png")


def ticks():
    """A take that lacks something is drawn again, then checked for another sentence."""
    yield from opened("MOTIONLLM_PT_check")
    prompt = options["prompt"] or "a person jumps three times, then kicks with the left leg"
    yield lambda: ask(prompt)
    yield window.add_character
    yield lambda: window.look_at(0.0, 0.0, 4.0)
    yield from window.click("motionllm.generate")
    yield from window.wait()
    armature = bpy.context.view_layer.objects.active
    status = window.module("work.jobs").status
    tell_job()
    first = armature.animation_data.action
    before = window.module("work.redraw").Verdict.from_json(first["motionllm_ticks"])
    expect(status.missed is not None, f"nothing was missed: {status.details}")
    yield lambda: shot("panel.png")
    yield from window.click("motionllm.redraw")
    yield from window.wait("progress.png")
    tell_job()
    after = armature.animation_data.action
    verdict = window.module("work.redraw").Verdict.from_json(after["motionllm_ticks"])
    report["seeds"] = [first["motionllm_seed"], after["motionllm_seed"]]
    expect(after == first or verdict.improves(before), f"{verdict} took the place of {before}")
    yield lambda: shot("redrawn.png")
    bpy.context.scene.motionllm.sentence = "jumps, then kicks with the right leg, angrily"
    yield from window.click("motionllm.check")
    yield from window.wait()
    report["check"] = status.check.told() + status.check.left_out()
    yield lambda: show_people([armature], 4.0)
    yield lambda: shot("motion.png")


def add_beside_cube():
    with window.in_view():
        bpy.ops.mesh.primitive_cube_add(size=2.0)
        bpy.ops.motionllm.add_character()
    bpy.context.view_layer.update()


def wish_for_strips():
    bpy.context.scene.motionllm.as_strip = True


def way_of(armature, frame):
    """Return where a character's hips are in the world at a frame."""
    bpy.context.scene.frame_set(frame)
    return hips_of(armature)


def look_at_hips(armature):
    place = way_of(armature, 110)
    window.look_at(place.x, place.y, 5.0)


def save_and_begin():
    with window.in_view():
        bpy.ops.wm.save_as_mainfile(filepath=str(HERE / "walk.blend"))
    press_generate()


def press_generate():
    with window.in_view():
        bpy.ops.motionllm.generate()


def opened(section):
    """Empty the scene and open one section of the panel."""
    yield window.empty_scene
    yield lambda: window.unfold(section)
    yield window.show_tab
    yield window.nothing


def ask(prompt):
    settings = bpy.context.scene.motionllm
    settings.prompt, settings.seconds = prompt, SECONDS


def begin_at(frame):
    bpy.context.scene.motionllm.start = "CURRENT"
    bpy.context.scene.frame_set(frame)


def detect_bones():
    with window.in_view():
        bpy.ops.motionllm.detect_bones()


def wish_for_everything():
    settings = bpy.context.scene.motionllm_captions
    settings.to_properties = settings.to_names = settings.to_markers = True
    settings.csv_path = str(HERE / "captions.csv")


def wish_for_assets():
    settings = bpy.context.scene.motionllm_captions
    settings.source, settings.to_assets = "ACTIONS", True
    settings.to_names = settings.to_markers = False


def tell_job():
    """Keep what the panel says of the job."""
    status = window.module("work.jobs").status
    report["message"], report["details"] = status.message, list(status.details)
    report["ticks"] = status.verdict.told() if status.verdict is not None else ""


def object_called(name):
    return bpy.data.objects[name]


def armatures():
    return [thing.name for thing in bpy.context.scene.objects if thing.type == "ARMATURE"]


def moving():
    """Return the armatures that have an action."""
    found = [object_called(name) for name in armatures()]
    return [thing for thing in found if thing.animation_data and thing.animation_data.action]


def frames_of(armature):
    """Return an animated character's first and last frame, as long as was asked for."""
    start, end = armature.animation_data.action.frame_range
    fps = bpy.context.scene.render.fps
    expect(abs((end - start) / fps - SECONDS) < 0.1, f"{armature.name}: frames {start} to {end}")
    return [start, end]


def hips_of(armature):
    """Return where a character's hips are in the world now."""
    return armature.matrix_world @ armature.pose.bones["pelvis"].head


def check_together():
    """Two are animated at the same time, by an action each, and never stand in each other."""
    one, other = moving()
    expect(one.animation_data.action != other.animation_data.action, "both have one action")
    expect(frames_of(one) == frames_of(other), "one goes on after the other")
    report["frames"] = frames_of(one)
    gaps = []
    for frame in range(*map(int, frames_of(one)), 4):
        bpy.context.scene.frame_set(frame)
        gaps.append((hips_of(one) - hips_of(other)).length)
    report["gap"] = [round(min(gaps), 2), round(max(gaps), 2)]  # metres
    expect(min(gaps) > 0.3 and max(gaps) < 6.0, f"hips are {report['gap']} m apart")


def check_captions():
    """Everybody's sentence is where the panel was told to write it."""
    found = moving()
    expect(len(found) == len(DOINGS), f"{len(found)} animated characters are left")
    sentences = [thing.animation_data.action.get(CAPTION, "") for thing in found]
    report["captions"] = dict(zip(DOINGS.values(), sentences, strict=True))
    report["names"] = [thing.name for thing in found]
    report["markers"] = [[m.frame, m.name] for m in bpy.context.scene.timeline_markers]
    table = (HERE / "captions.csv").read_text()
    for name, thing, sentence in zip(DOINGS, found, sentences, strict=True):
        expect(sentence, f"{name} got no caption")
        expect(thing.name != name, f"{name} kept its name")
        expect(any(name in marker for _, marker in report["markers"]), f"{name} got no marker")
        expect(f"\n{name}," in table, f"{name} is not in the table")


def check_assets():
    """Every action is an asset that its sentence describes."""
    expect(len(bpy.data.actions) == len(DOINGS), f"actions: {list(bpy.data.actions)}")
    report["assets"] = {}
    for action in bpy.data.actions:
        expect(action.asset_data is not None, f"{action.name} is no asset")
        expect(action.asset_data.description == action[CAPTION], f"{action.name}: other words")
        report["assets"][action.name] = [tag.name for tag in action.asset_data.tags]


def show_people(found, distance):
    """Go to the middle of the motions and look at those who move."""
    frames = [frame for thing in found for frame in frames_of(thing)]
    bpy.context.scene.frame_set(int(sum(frames) / len(frames)))
    centre = sum((hips_of(thing) for thing in found[1:]), hips_of(found[0])) / len(found)
    window.look_at(centre.x, centre.y, distance)


SCENARIOS = {
    "generate": generate, "people": people, "captions": captions, "strips": strips, "ticks": ticks,
}  # fmt: skip
_steps = SCENARIOS[options["scenario"]]()


def tick():
    """Do the next step; whatever fails ends the session."""
    try:
        next(_steps)()
    except StopIteration:
        end()
        return None
    except BaseException:
        report["error"] = traceback.format_exc()
        shot("failed.png")
        end()
        return None
    return 0.4


def end():
    (HERE / "report.json").write_text(json.dumps(report))
    bpy.ops.wm.quit_blender()


bpy.app.timers.register(tick, first_interval=3.0, persistent=True)  # files are opened
