"""MotionLLM for Blender: sentences into keyframes, animations into sentences.

Runs in Blender's own Python with numpy and the motionllm wheel that the extension carries. What
computes runs in a process of its own.
"""


def register() -> None:
    """Add the panel, the operators and the properties."""
    from . import registration

    registration.register()


def unregister() -> None:
    """Take everything away again and end the engine's process."""
    from . import registration

    registration.unregister()
