"""MotionLLM for Blender: sentences into keyframes, animations into sentences.

Runs in Blender's own Python with numpy and the motionllm wheel that the extension carries. What
computes runs in a process of its own.
"""

from pathlib import Path

PACKAGE = __package__  # by which Blender knows the extension and its preferences
FOLDER = Path(__file__).parent


def register() -> None:
    """Add the panel, the operators and the properties."""
    from . import registration

    registration.register()


def unregister() -> None:
    """Take everything away again and end the engine's process."""
    from . import registration

    registration.unregister()
