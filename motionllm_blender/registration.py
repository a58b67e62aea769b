"""What the extension adds to Blender, in order. May import bpy and every module of the add-on."""

import atexit

import bpy

from . import preferences
from .operators import (
    add_character,
    cancel,
    caption,
    caption_many,
    copy_text,
    crowd,
    end_at_cursor,
    fetch_backbone,
    generate,
    generate_list,
    partner,
    people,
    prompt_list,
    resume,
    rig_bones,
    setup_gpu,
    test_connection,
)
from .panels import captions, main, rig
from .panels import crowd as crowd_panel
from .panels import people as people_panel
from .properties import captions as caption_properties
from .properties import one, prompts
from .work import jobs
from .work import resume as unfinished

CLASSES = (
    one.MotionLLMSettings,
    one.MotionLLMRigRow,
    one.MotionLLMRig,
    prompts.MotionLLMPrompt,
    prompts.MotionLLMCrowd,
    prompts.MotionLLMQueueRow,
    prompts.MotionLLMQueue,
    caption_properties.MotionLLMCaptions,
    preferences.MotionLLMPreferences,
    add_character.MOTIONLLM_OT_add_character,
    generate.MOTIONLLM_OT_generate,
    end_at_cursor.MOTIONLLM_OT_end_at_cursor,
    people.MOTIONLLM_OT_people,
    partner.MOTIONLLM_OT_partner,
    prompt_list.MOTIONLLM_OT_prompt_edit,
    prompt_list.MOTIONLLM_OT_prompts_export,
    prompt_list.MOTIONLLM_OT_prompts_import,
    generate_list.MOTIONLLM_OT_queue,
    crowd.MOTIONLLM_OT_crowd,
    resume.MOTIONLLM_OT_resume,
    caption.MOTIONLLM_OT_caption,
    caption_many.MOTIONLLM_OT_caption_many,
    rig_bones.MOTIONLLM_OT_detect_bones,
    rig_bones.MOTIONLLM_OT_export_bones,
    rig_bones.MOTIONLLM_OT_import_bones,
    cancel.MOTIONLLM_OT_cancel,
    copy_text.MOTIONLLM_OT_copy_text,
    test_connection.MOTIONLLM_OT_test_connection,
    fetch_backbone.MOTIONLLM_OT_fetch_backbone,
    setup_gpu.MOTIONLLM_OT_setup_gpu,
    main.MOTIONLLM_PT_main,
    main.MOTIONLLM_PT_end,
    people_panel.MOTIONLLM_PT_people,
    crowd_panel.MOTIONLLM_UL_prompts,
    crowd_panel.MOTIONLLM_UL_queue,
    crowd_panel.MOTIONLLM_PT_queue,
    crowd_panel.MOTIONLLM_PT_prompts,
    crowd_panel.MOTIONLLM_PT_crowd,
    rig.MOTIONLLM_PT_rig,
    main.MOTIONLLM_PT_sampling,
    main.MOTIONLLM_PT_caption,
    captions.MOTIONLLM_PT_captions,
)


def register() -> None:
    """Register everything; a second call after `unregister` works as well."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.motionllm = bpy.props.PointerProperty(type=one.MotionLLMSettings)
    bpy.types.Armature.motionllm = bpy.props.PointerProperty(type=one.MotionLLMRig)
    bpy.types.Scene.motionllm_crowd = bpy.props.PointerProperty(type=prompts.MotionLLMCrowd)
    bpy.types.Scene.motionllm_captions = bpy.props.PointerProperty(
        type=caption_properties.MotionLLMCaptions
    )
    bpy.types.WindowManager.motionllm_queue = bpy.props.PointerProperty(type=prompts.MotionLLMQueue)
    unfinished.register()
    bpy.types.VIEW3D_MT_add.append(main.draw_add_menu)
    atexit.register(jobs.close)


def unregister() -> None:
    """Stop what runs, then undo `register`."""
    jobs.close()
    atexit.unregister(jobs.close)
    bpy.types.VIEW3D_MT_add.remove(main.draw_add_menu)
    unfinished.unregister()
    del bpy.types.WindowManager.motionllm_queue
    del bpy.types.Scene.motionllm_captions
    del bpy.types.Scene.motionllm_crowd
    del bpy.types.Armature.motionllm
    del bpy.types.Scene.motionllm
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
