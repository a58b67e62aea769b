"""What the extension adds to Blender, in order. May import bpy and every module of the add-on.

Blender imports this when it starts, so what is imported from here is light: what a button begins
is loaded when it is pressed.
"""

import atexit

import bpy

from . import translations
from .operators.add_character import MOTIONLLM_OT_add_character
from .operators.cancel import MOTIONLLM_OT_cancel
from .operators.caption import MOTIONLLM_OT_caption
from .operators.caption_many import MOTIONLLM_OT_caption_many
from .operators.check import MOTIONLLM_OT_check
from .operators.copy_text import MOTIONLLM_OT_copy_text
from .operators.crowd import MOTIONLLM_OT_crowd
from .operators.end_at_cursor import MOTIONLLM_OT_end_at_cursor
from .operators.fetch_backbone import MOTIONLLM_OT_fetch_backbone
from .operators.fit_playback import MOTIONLLM_OT_fit_playback
from .operators.generate import MOTIONLLM_OT_generate
from .operators.generate_list import MOTIONLLM_OT_queue
from .operators.held_motion import MOTIONLLM_OT_drop_held, MOTIONLLM_OT_write_held
from .operators.install_pack import MOTIONLLM_OT_install_pack
from .operators.partner import MOTIONLLM_OT_partner
from .operators.people import MOTIONLLM_OT_people
from .operators.prompt_list import (
    MOTIONLLM_OT_prompt_edit,
    MOTIONLLM_OT_prompts_export,
    MOTIONLLM_OT_prompts_import,
)
from .operators.redraw import MOTIONLLM_OT_redraw
from .operators.resume import MOTIONLLM_OT_resume
from .operators.rig_bones import (
    MOTIONLLM_OT_detect_bones,
    MOTIONLLM_OT_export_bones,
    MOTIONLLM_OT_import_bones,
)
from .operators.setup_gpu import MOTIONLLM_OT_setup_gpu
from .operators.show_take import MOTIONLLM_OT_show_take
from .operators.test_connection import MOTIONLLM_OT_test_connection
from .panels.advanced import MOTIONLLM_PT_sampling
from .panels.captions import MOTIONLLM_PT_caption, MOTIONLLM_PT_captions
from .panels.check import MOTIONLLM_PT_check
from .panels.crowd import MOTIONLLM_PT_crowd
from .panels.end import MOTIONLLM_PT_end
from .panels.main import MOTIONLLM_PT_main, draw_add_menu
from .panels.people import MOTIONLLM_PT_people
from .panels.prompts import MOTIONLLM_PT_prompts, MOTIONLLM_UL_prompts
from .panels.queue import MOTIONLLM_PT_queue, MOTIONLLM_UL_queue
from .panels.rig import MOTIONLLM_PT_rig
from .preferences import MotionLLMPreferences
from .properties.captions import MotionLLMCaptions
from .properties.crowd import MotionLLMCrowd
from .properties.one import MotionLLMSettings
from .properties.prompts import MotionLLMPrompt
from .properties.queue import MotionLLMQueue, MotionLLMQueueRow
from .properties.rig import MotionLLMRig, MotionLLMRigRow
from .work import engine, jobs, opened, pins, resume

CLASSES = (
    MotionLLMSettings,
    MotionLLMRigRow,
    MotionLLMRig,
    MotionLLMPrompt,
    MotionLLMCrowd,
    MotionLLMQueueRow,
    MotionLLMQueue,
    MotionLLMCaptions,
    MotionLLMPreferences,
    MOTIONLLM_OT_add_character,
    MOTIONLLM_OT_generate,
    MOTIONLLM_OT_redraw,
    MOTIONLLM_OT_write_held,
    MOTIONLLM_OT_drop_held,
    MOTIONLLM_OT_fit_playback,
    MOTIONLLM_OT_end_at_cursor,
    MOTIONLLM_OT_people,
    MOTIONLLM_OT_partner,
    MOTIONLLM_OT_prompt_edit,
    MOTIONLLM_OT_prompts_export,
    MOTIONLLM_OT_prompts_import,
    MOTIONLLM_OT_queue,
    MOTIONLLM_OT_crowd,
    MOTIONLLM_OT_resume,
    MOTIONLLM_OT_caption,
    MOTIONLLM_OT_caption_many,
    MOTIONLLM_OT_check,
    MOTIONLLM_OT_detect_bones,
    MOTIONLLM_OT_export_bones,
    MOTIONLLM_OT_import_bones,
    MOTIONLLM_OT_cancel,
    MOTIONLLM_OT_copy_text,
    MOTIONLLM_OT_test_connection,
    MOTIONLLM_OT_fetch_backbone,
    MOTIONLLM_OT_setup_gpu,
    MOTIONLLM_OT_install_pack,
    MOTIONLLM_OT_show_take,
    MOTIONLLM_UL_prompts,
    MOTIONLLM_UL_queue,
    # The sections in their order: what is used most often must be seen in a low window.
    MOTIONLLM_PT_main,
    MOTIONLLM_PT_queue,
    MOTIONLLM_PT_caption,
    MOTIONLLM_PT_check,
    MOTIONLLM_PT_end,
    MOTIONLLM_PT_people,
    MOTIONLLM_PT_prompts,
    MOTIONLLM_PT_crowd,
    MOTIONLLM_PT_rig,
    MOTIONLLM_PT_captions,
    MOTIONLLM_PT_sampling,
)


def register() -> None:
    """Register everything; a second call after `unregister` works as well."""
    translations.register()
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.motionllm = bpy.props.PointerProperty(type=MotionLLMSettings)
    bpy.types.Armature.motionllm = bpy.props.PointerProperty(type=MotionLLMRig)
    bpy.types.Scene.motionllm_crowd = bpy.props.PointerProperty(type=MotionLLMCrowd)
    bpy.types.Scene.motionllm_captions = bpy.props.PointerProperty(type=MotionLLMCaptions)
    bpy.types.WindowManager.motionllm_queue = bpy.props.PointerProperty(type=MotionLLMQueue)
    for module in (opened, resume, pins):
        module.register()
    bpy.types.VIEW3D_MT_add.append(draw_add_menu)
    atexit.register(_stop)


def unregister() -> None:
    """Stop what runs, then undo `register`."""
    _stop()
    atexit.unregister(_stop)
    bpy.types.VIEW3D_MT_add.remove(draw_add_menu)
    for module in (pins, resume, opened):
        module.unregister()
    del bpy.types.WindowManager.motionllm_queue
    del bpy.types.Scene.motionllm_captions
    del bpy.types.Scene.motionllm_crowd
    del bpy.types.Armature.motionllm
    del bpy.types.Scene.motionllm
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
    translations.unregister()


def _stop() -> None:
    """Stop the job and end the engine's process."""
    jobs.close()
    engine.close()
