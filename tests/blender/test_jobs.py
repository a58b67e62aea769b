"""What goes wrong is said in the panel, the next request works, and nothing is lost."""

import os
import signal
import time

import bpy
import pytest

from motionllm.errors import MotionError
from motionllm.pack import backbone
from tests.helpers.extension import MODULE, module
from tests.helpers.layout import Layout


@pytest.fixture
def character(scripted):
    bpy.ops.motionllm.add_character()
    return scripted.view_layers[0].objects.active


def generate(prompt="a person moves", seconds=2.0):
    settings = bpy.context.scene.motionllm
    settings.prompt, settings.seconds = prompt, seconds
    return bpy.ops.motionllm.generate()


def fails(prompt, seconds, words):
    with pytest.raises(RuntimeError, match=f"(?i){words}"):
        generate(prompt, seconds)
    status = module("work.jobs").status
    assert status.error and not status.running
    assert words.lower() in f"{status.error} {status.hint}".lower()


def start(prompt):
    """Start a request as the window does: without waiting."""
    settings = bpy.context.scene.motionllm
    settings.prompt, settings.seconds = prompt, 2.0
    module("work.generate_one").begin(bpy.context)
    return module("work.jobs")


def pump_until(condition, limit=20.0):
    jobs = module("work.jobs")
    deadline = time.monotonic() + limit
    while not condition():
        jobs.pump()
        assert time.monotonic() < deadline, vars(jobs.status)
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("prompt", "seconds", "words"),
    [
        ("", 2.0, "empty"),
        ("   ", 2.0, "empty"),
        ("walk " * 2000, 2.0, "limit is 1,000"),
        ("a person walks", 0.0, "between 0.4 and 60"),
        ("a person walks", -1.0, "between 0.4 and 60"),
        ("a person walks", 1000.0, "between 0.4 and 60"),
    ],
)
@pytest.mark.usefixtures("character")
def test_bad_requests(prompt, seconds, words):
    fails(prompt, seconds, words)
    assert generate() == {"FINISHED"}
    assert not module("work.jobs").status.error


@pytest.mark.parametrize("prompt", ["🚶‍♀️💨", "一个人向前走", "Ünïcode 'quotes' \"\\ \n line"])
def test_unusual_prompts(character, prompt):
    assert generate(prompt) == {"FINISHED"}
    text = character.animation_data.action["motionllm_text"]
    assert text == " ".join(prompt.split())


def test_the_model_may_decide_the_length(character):
    bpy.context.scene.motionllm.use_seconds = False
    generate()
    assert character.animation_data.action.frame_end > 10


def test_an_engine_that_dies_is_told_and_started_again(character):
    fails("now die", 2.0, "ended unexpectedly")
    assert "dies on purpose" in module("work.jobs").status.hint
    data = character.animation_data
    assert data is None or data.action is None
    assert generate() == {"FINISHED"}


@pytest.mark.usefixtures("character")
def test_an_engine_killed_in_the_middle():
    jobs = start("a slow walk")
    pump_until(lambda: jobs.status.done > 2)
    os.kill(module("work.engine").pid(), signal.SIGKILL)
    pump_until(lambda: not jobs.busy())
    assert "ended" in jobs.status.error
    assert generate() == {"FINISHED"}


@pytest.mark.usefixtures("character")
def test_cancel():
    jobs = start("a slow walk")
    pump_until(lambda: jobs.status.done > 2)
    assert 0.0 < jobs.status.factor < 1.0
    assert bpy.ops.motionllm.cancel() == {"FINISHED"}
    began = time.monotonic()
    pump_until(lambda: not jobs.busy())
    assert time.monotonic() - began < 1.0
    assert jobs.status.error_code == "cancelled"
    assert not bpy.data.actions
    assert not bpy.ops.motionllm.cancel.poll()
    assert generate() == {"FINISHED"}


@pytest.mark.usefixtures("character")
def test_one_job_at_a_time():
    jobs = start("a slow walk")
    assert not bpy.ops.motionllm.generate.poll()
    assert not bpy.ops.motionllm.caption.poll()
    jobs.cancel()
    pump_until(lambda: not jobs.busy())


def test_the_character_is_removed_meanwhile(character):
    jobs = start("a slow walk")
    jobs.cancel()
    pump_until(lambda: not jobs.busy())
    jobs = start("a walk")
    bpy.data.objects.remove(character)
    pump_until(lambda: not jobs.busy())
    assert "removed meanwhile" in jobs.status.error


def test_one_undo_step(character):
    bpy.ops.ed.undo_push(message="before")
    name, end = character.name, bpy.context.scene.frame_end
    generate(seconds=20.0)
    assert bpy.data.objects[name].animation_data.action is not None
    assert bpy.context.scene.frame_end == 481 > end
    bpy.ops.ed.undo()
    data = bpy.data.objects[name].animation_data
    assert data is None or data.action is None
    assert bpy.context.scene.frame_end == end
    bpy.ops.ed.redo()
    assert bpy.data.objects[name].animation_data.action is not None


@pytest.mark.usefixtures("scripted")
def test_what_is_no_character():
    data = bpy.data.armatures.new("Crane")
    thing = bpy.data.objects.new("Crane", data)
    bpy.context.collection.objects.link(thing)
    fails("a person walks", 2.0, "no bones")
    bpy.context.view_layer.objects.active = thing
    bpy.ops.object.mode_set(mode="EDIT")
    for number in range(3):
        bone = data.edit_bones.new(f"Part{number}")
        bone.head, bone.tail = (0, 0, number), (0, 0, number + 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    fails("a person walks", 2.0, "no humanoid")


def test_a_mesh_stands_for_its_armature(character):
    character.select_set(False)
    character.children[0].select_set(True)
    bpy.context.view_layer.objects.active = character.children[0]
    generate()
    assert character.animation_data.action is not None


def test_start_frame_and_seeds(character):
    settings = bpy.context.scene.motionllm
    settings.start, settings.new_seed = "CURRENT", True
    bpy.context.scene.frame_set(40)
    generate()
    assert character.animation_data.action.frame_start == 40
    assert settings.seed == 1


@pytest.mark.usefixtures("character")
def test_caption_of_a_range():
    generate(seconds=4.0)
    assert bpy.ops.motionllm.caption() == {"FINISHED"}
    status = module("work.jobs").status
    assert status.caption.startswith("a person moves for 4.0 seconds")
    settings = bpy.context.scene.motionllm
    settings.use_range, settings.frame_start, settings.frame_end = True, 1, 24
    bpy.ops.motionllm.caption()
    assert status.caption.startswith("a person moves for 1.0 seconds")
    settings.frame_end = 1
    with pytest.raises(RuntimeError, match="no motion from frame"):
        bpy.ops.motionllm.caption()


@pytest.mark.usefixtures("addon")
def test_engines_that_are_not_there():
    settings = bpy.context.preferences.addons[MODULE].preferences
    settings.engine = "TORCH"
    fails("a person walks", 2.0, "not installed")
    settings.engine, settings.command = "COMMAND", ""
    fails("a person walks", 2.0, "command is empty")
    settings.command = "/no/such/program --at all"
    fails("a person walks", 2.0, "could not be started")
    settings.command = "echo this is no protocol"
    fails("a person walks", 2.0, "ended unexpectedly")


@pytest.mark.usefixtures("addon")
def test_a_missing_language_model_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(module("work.extension"), "BUNDLED", tmp_path)
    fails("a person walks", 2.0, "not on this machine")
    assert module("work.jobs").status.error_code == "no_backbone"
    monkeypatch.undo()


@pytest.mark.usefixtures("addon")
def test_a_broken_pack_is_told(monkeypatch, tmp_path):
    extension, packs = module("work.extension"), module("work.packs")
    broken = tmp_path / "packs" / "default"
    broken.mkdir(parents=True)
    (broken / "pack.json").write_text("{ not json")
    (tmp_path / "backbone").symlink_to(extension.BUNDLED / "backbone")
    monkeypatch.setattr(extension, "BUNDLED", tmp_path)
    monkeypatch.setattr(packs, "_packs", (-1e9, []))
    fails("a person walks", 2.0, "pack")
    assert module("work.jobs").status.error_code in ("bad_pack", "no_pack")
    monkeypatch.undo()
    monkeypatch.setattr(packs, "_packs", (-1e9, []))


@pytest.mark.usefixtures("addon")
def test_offline_is_respected():
    assert not bpy.app.online_access
    for operator in (bpy.ops.motionllm.fetch_backbone, bpy.ops.motionllm.setup_gpu):
        with pytest.raises(RuntimeError, match="may not use the network"):
            operator()


@pytest.mark.usefixtures("addon")
def test_fetching_the_language_model(monkeypatch):
    """The download itself is tested with the backend; here: progress, cancel, outcome."""
    fetch, jobs = module("operators.fetch_backbone"), module("work.jobs")

    def download(progress, cancelled):
        progress(46_000_000, 92_000_000)
        while not cancelled() and not done:
            time.sleep(0.01)
        if not done:
            raise MotionError("cancelled", "The download was stopped.", "It can go on.")
        return "/cache/model.gguf"

    done = []
    monkeypatch.setattr(backbone, "fetch_backbone", download)
    monkeypatch.setattr(bpy.context.preferences.system, "use_online_access", True)
    assert bpy.app.online_access
    jobs.begin("Fetching", module("work.thread").ThreadTask(fetch._fetch), fetch._show)
    pump_until(lambda: jobs.status.done)
    assert jobs.status.stage == "46 of 92 MB" and abs(jobs.status.factor - 0.5) < 1e-6
    bpy.ops.motionllm.cancel()
    pump_until(lambda: not jobs.busy())
    assert jobs.status.error_code == "cancelled" and "go on" in jobs.status.hint
    done.append(True)
    assert bpy.ops.motionllm.fetch_backbone() == {"FINISHED"}
    assert jobs.status.details == ["/cache/model.gguf"]


def test_registering_twice(addon):
    addon.unregister()
    addon.register()
    addon.unregister()
    addon.register()
    assert bpy.context.scene.motionllm.prompt


def drawn():
    """Return all texts of the panels and the preferences."""
    preferences = module("preferences")
    panels = [
        module("panels.main").MOTIONLLM_PT_main, module("panels.end").MOTIONLLM_PT_end,
        module("panels.advanced").MOTIONLLM_PT_sampling,
        module("panels.captions").MOTIONLLM_PT_caption,
    ]  # fmt: skip
    texts = []
    panel = type("Panel", (), {"layout": Layout(texts)})()
    for cls in panels:
        panel._draw_licence = lambda *arguments: cls._draw_licence(panel, *arguments)  # noqa: B023
        cls.draw(panel, bpy.context)
    settings = bpy.context.preferences.addons[MODULE].preferences

    class Drawn:
        layout = Layout(texts)
        _draw_torch = preferences.MotionLLMPreferences._draw_torch
        _draw_backbone = preferences.MotionLLMPreferences._draw_backbone

        def __getattr__(self, name):
            return getattr(settings, name)

        @property
        def bl_rna(self):
            return settings.bl_rna

    preferences.MotionLLMPreferences.draw(Drawn(), bpy.context)
    return " ".join(filter(None, texts))


@pytest.mark.usefixtures("character")
def test_panels():
    """No event loop draws here: the layout is a stand-in that knows Blender's own."""
    settings = bpy.context.preferences.addons[MODULE].preferences
    for engine in ("TORCH", "EMBEDDED", "COMMAND"):
        settings.engine = engine
        text = drawn()
    assert "motionllm.generate" in text and "motionllm.add_character" in text
    assert "Pack " in text and "Engine: own command" in text
    generate()
    bpy.ops.motionllm.caption()
    text = drawn()
    assert "a person moves for" in text and "motionllm.copy_text" in text
    fails("", 2.0, "empty")
    assert "is empty" in drawn()
    jobs = start("a slow walk")
    pump_until(lambda: jobs.status.done > 2)
    text = drawn()
    assert "motionllm.cancel" in text and "Generating" in text
    jobs.cancel()
    pump_until(lambda: not jobs.busy())
    bpy.context.scene.motionllm.target = None
    bpy.context.scene.motionllm.use_seconds = False
    bpy.context.scene.motionllm.use_range = True
    assert "frame_end" in drawn()
