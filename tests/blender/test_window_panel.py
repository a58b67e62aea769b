"""What the panel offers: takes that exist, takes of the queue, sequences, remedies, German."""

import shutil
import zipfile
from pathlib import Path

import bpy
import pytest

from motionllm.pack.folders import cache_dir
from tests.helpers.extension import MODULE, module
from tests.helpers.layout import Layout


@pytest.fixture
def character(scripted):
    bpy.ops.motionllm.add_character()
    settings = scripted.motionllm
    settings.prompt, settings.seconds, settings.best_of = "a person walks", 1.0, 1
    return bpy.context.object


def status():
    return module("work.status").status


def prompts(*texts):
    rows = bpy.context.scene.motionllm_crowd.prompts
    rows.clear()
    for text in texts:
        rows.add().text = text


def press():
    """Press Generate as in the window: without one, Blender leaves `invoke` out."""
    if not module("work.same_take").offered(bpy.context):
        bpy.ops.motionllm.generate()


def drawn(section, name):
    said = []
    panel = getattr(module(f"panels.{section}"), name)
    stand_in = type("Panel", (), {"layout": Layout(said)})()
    if hasattr(panel, "_draw_licence"):
        stand_in._draw_licence = lambda *values: panel._draw_licence(stand_in, *values)
    panel.draw(stand_in, bpy.context)
    return said


class Rows:
    """Counts how many buttons high a layout is: what stands side by side is one."""

    def __init__(self, beside=False):
        self.__dict__.update(parts=[], beside=beside, scale_y=1.0)

    @property
    def height(self):
        sizes = [part.height if isinstance(part, Rows) else part for part in self.parts] or [0.0]
        return self.scale_y * (max(sizes) if self.beside else sum(sizes))

    def __getattr__(self, name):
        def call(*_, **options):
            if name in ("row", "column", "box", "split"):
                self.parts.append(Rows(name in ("row", "split")))
                return self.parts[-1]
            self.parts.append(0.0 if name == "separator" else float(options.get("rows", 1)))
            return type("Properties", (), {})()

        return call


def height_of(panel):
    layout = Rows()
    stand_in = type("Panel", (), {"layout": layout})()
    if hasattr(panel, "_draw_licence"):
        stand_in._draw_licence = lambda *values: panel._draw_licence(stand_in, *values)
    panel.draw(stand_in, bpy.context)
    return layout.height


def test_the_caption_is_seen_in_a_low_window(character):
    """In a window of 1280 x 720 the sidebar is about 520 pixels high: 21 rows with their gaps.

    Counted from what the panels draw, headers a row and a quarter, since no window is open here.
    """
    classes = module("registration").CLASSES
    sections = [cls for cls in classes if getattr(cls, "bl_parent_id", "") == "MOTIONLLM_PT_main"]
    opened = [cls for cls in sections if "DEFAULT_CLOSED" not in getattr(cls, "bl_options", ())]
    assert [cls.bl_label for cls in opened] == ["Queue", "Caption"]
    assert not opened[0].poll(bpy.context)  # it is there while something is being made
    assert sections.index(opened[1]) == 1  # only it comes before
    main = module("panels.main").MOTIONLLM_PT_main
    assert character == bpy.context.object
    bpy.context.scene.motionllm.target = None
    rows = 1.25 + height_of(main) + 1.25 + height_of(opened[1])
    assert 8.0 < rows < 16.0
    closed = 1.25 * (len(sections) - 2)
    assert rows + closed < 26.0  # the last headers may lie below


def box():
    said = []
    module("panels.progress").draw_status(Layout(said), bpy.context)
    return said


def test_a_take_that_exists_is_offered(character):
    press()
    first = character.animation_data.action
    assert first.name == "a person walks (seed 0)" and not status().exists
    press()
    assert len(bpy.data.actions) == 1 and status().exists and "exists" in status().message
    assert "Draw It Again" in box()
    settings = bpy.context.scene.motionllm
    settings.seed = 1
    press()
    assert character.animation_data.action != first and not status().exists
    settings.seed = 0
    press()
    assert character.animation_data.action == first and status().exists
    for name, value in (("lock_feet", False), ("start", "CURRENT"), ("loop", True)):
        bpy.context.scene.frame_set(5)
        setattr(settings, name, value)
        before = len(bpy.data.actions)
        press()
        assert len(bpy.data.actions) == before + 1, name
    before = len(bpy.data.actions)
    bpy.ops.motionllm.generate()  # a script asks for a motion and gets one
    assert len(bpy.data.actions) == before + 1


def test_a_bad_line_is_named_and_the_others_go_on(character):
    prompts("a person walks", "   ", "a person waves")
    assert bpy.ops.motionllm.queue() == {"FINISHED"}
    rows = module("work.rows").rows()
    assert [row.state for row in rows] == ["DONE", "FAILED", "DONE"]
    assert rows[1].sentence.startswith("Prompt 2: The description of the motion is empty")
    assert len(bpy.data.actions) == 2 and character.animation_data.action


def test_a_click_on_a_row_shows_its_take(character):
    prompts("a person walks", "a person waves")
    bpy.ops.motionllm.queue()
    first, second = (bpy.data.actions[f"{text} (seed {seed})"] for text, seed in
                     (("a person walks", 0), ("a person waves", 1)))  # fmt: skip
    assert character.animation_data.action == second
    bpy.ops.object.select_all(action="DESELECT")
    bpy.context.view_layer.objects.active = None
    first.name = character.name = "renamed"
    bpy.context.scene.frame_set(20)
    assert bpy.ops.motionllm.show_take(row=0) == {"FINISHED"}
    assert bpy.context.object == character and character.select_get()
    assert character.animation_data.action == first and second.use_fake_user
    assert bpy.context.scene.frame_current == 1
    bpy.data.actions.remove(second)
    with pytest.raises(RuntimeError, match="removed meanwhile"):
        bpy.ops.motionllm.show_take(row=1)


def test_a_list_in_sequence_is_one_action(character):
    prompts("a person walks", "refuse this", "a person waves")
    bpy.context.scene.motionllm_crowd.in_sequence = True
    bpy.ops.motionllm.queue()
    (action,) = bpy.data.actions
    rows = module("work.rows").rows()
    assert [row.state for row in rows] == ["DONE", "FAILED", "DONE"]
    assert (
        [marker.frame for marker in action.pose_markers]
        == [1, 25]
        == [rows[0].frame, rows[2].frame]
    )
    assert int(action.frame_end) in (48, 49) and character.animation_data.action == action
    joints = module("scene.joints").read_joints([character], bpy.context.scene, 1, 48)[0]
    step = joints[1:, 0] - joints[:-1, 0]
    jump = (step**2).sum(axis=-1) ** 0.5
    assert jump[23] < 2.0 * max(jump[:22].max(), jump[25:].max())  # no jump where they meet
    assert bpy.ops.motionllm.resume.poll()
    bpy.ops.motionllm.show_take(row=2)
    assert bpy.context.scene.frame_current == 25


def test_a_table_says_what_the_panel_has_no_place_for(character, tmp_path):
    table = tmp_path / "list.csv"
    table.write_text("text,turn\na person walks,90\n")
    bpy.ops.motionllm.prompts_import(filepath=str(table))
    assert status().details == ["Left out, since the panel sets it for all prompts: turn."]
    assert character.name in bpy.data.objects


@pytest.mark.parametrize(
    ("prompt", "words"),
    [("", "empty"), ("walk " * 400, "limit is 1,000"), ("一个人向前走", "一个人向前走"),
     ("a person walks", "")],
)  # fmt: skip
@pytest.mark.usefixtures("addon")
def test_a_prompt_is_judged_before_it_is_drawn(prompt, words):
    settings = bpy.context.scene.motionllm
    settings.prompt = prompt
    check = module("work.prompt_check")
    told = check.problem(prompt) or check.doubt(prompt, settings.pack)
    assert words in told and bool(told) == bool(words)
    said = "".join(drawn("main", "MOTIONLLM_PT_main"))
    assert words.replace(" ", "") in said.replace(" ", "")


def test_long_and_wide_texts_are_shown_whole():
    wrapped = module("panels.progress").wrapped
    wide = "一个人向前走然后挥手" * 3
    assert "".join(wrapped(wide, 20)) == wide
    assert max(len(line) for line in wrapped(wide, 20)) == 10
    text = "a person walks " + "x" * 30
    assert all(len(line) <= 20 for line in wrapped(text, 20))
    assert " ".join(wrapped("one two three", 7)) == "one two three"
    assert wrapped("one two three", 7) == ["one two", "three"] and wrapped("", 9) == [""]


@pytest.mark.usefixtures("addon")
def test_an_error_has_the_button_that_helps():
    from motionllm.errors import MotionError

    status().fail(MotionError("no_backbone", "It is not here."))
    assert "motionllm.fetch_backbone" in box()
    status().fail(MotionError("no_engine", "It is not here."))
    assert "motionllm.fetch_backbone" not in box() and "Engine Preferences" in box()
    status().fail(MotionError("bad_request", "No."))
    assert not {"motionllm.fetch_backbone", "Engine Preferences"} & set(box())


@pytest.mark.usefixtures("addon")
def test_a_pack_is_installed_from_the_preferences(tmp_path):
    packs = module("work.packs")
    default = packs.find_pack("default").folder
    archive = tmp_path / "mine.zip"
    with zipfile.ZipFile(archive, "w") as target:
        for file in default.rglob("*"):
            if file.is_file():
                target.write(file, f"mine/{file.relative_to(default).as_posix()}")
    try:
        assert bpy.ops.motionllm.install_pack(filepath=str(archive)) == {"FINISHED"}
        assert packs.find_pack("mine").folder == cache_dir() / "packs" / "mine"
        bpy.context.scene.motionllm.pack = "mine"
        with pytest.raises(RuntimeError, match="installed already"):
            bpy.ops.motionllm.install_pack(filepath=str(archive))
        assert bpy.ops.motionllm.install_pack(filepath=str(archive), replace=True) == {"FINISHED"}
        with pytest.raises(RuntimeError, match="no model pack"):
            bpy.ops.motionllm.install_pack(filepath=str(tmp_path))
    finally:
        shutil.rmtree(cache_dir() / "packs", ignore_errors=True)
        packs.forget()


@pytest.mark.usefixtures("addon")
def test_all_that_blender_shows_by_itself_is_there_in_german():
    """As Blender has it after registration, not as the sources write it."""
    translations = module("translations")
    known = translations.read_po(Path(translations.FOLDER) / "de.po")
    missing = []
    for cls in module("registration").CLASSES:
        rna = cls.bl_rna
        operator = issubclass(cls, bpy.types.Operator)
        if operator:
            missing.append(("Operator", cls.bl_label))
            missing.append(("*", rna.description))
        elif issubclass(cls, bpy.types.Panel):
            missing.append(("*", cls.bl_label))
        for name in getattr(cls, "__annotations__", {}):
            kind = rna.properties.get(name)
            if kind is None or "HIDDEN" in str(kind.is_hidden) or not kind.description:
                continue
            missing += [("*", kind.name), ("*", kind.description)]
    missing = [key for key in missing if key[1] and key not in known]
    assert missing == []


@pytest.mark.usefixtures("addon")
def test_sentences_with_names_find_their_entry(monkeypatch):
    """Blender as a module has no languages: its look-up is stood in for, the rest is real."""
    translations = module("translations")
    table = translations.read_po(Path(translations.FOLDER) / "de.po")
    monkeypatch.setattr(translations, "look_up", lambda text: table.get(("*", text), text))
    monkeypatch.setattr(translations, "_locale", lambda: "de_DE")
    translations._found.cache_clear()
    said = translations.said
    assert said("Added Anna") == "Anna hinzugefügt"
    assert said("Prompt 2: The description of the motion is empty.") == (
        "Satz 2: Die Beschreibung der Bewegung ist leer."
    )
    assert said("nobody has written this") == "nobody has written this"
    assert MODULE == translations.PACKAGE
    translations._found.cache_clear()
