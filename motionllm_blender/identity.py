"""By what name Blender knows the extension, and where it lies. Standard library only."""

from pathlib import Path

PACKAGE = __package__ or ""  # an installed extension's is longer than `motionllm_blender`
FOLDER = Path(__file__).parent
