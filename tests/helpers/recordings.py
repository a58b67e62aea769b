"""Where recordings and people's captions lie beside the repository, if they do."""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("MOTIONLLM_SHARED", Path(__file__).parents[3] / "shared"))
MOCAP = Path(os.environ.get("MOTIONLLM_MOCAP", SHARED / "mocap"))
CAPTIONS = Path(os.environ.get("MOTIONLLM_CAPTIONS", SHARED / "captions"))
needs_mocap = pytest.mark.skipif(not (MOCAP / "clips.csv").is_file(), reason="no recordings here")
needs_captions = pytest.mark.skipif(
    not (CAPTIONS / "humanml3d_captions.csv.xz").is_file(), reason="no captions by people here"
)
