"""An engine without a model, for tests of what is around it."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np

from motionllm.errors import MotionError
from motionllm.motion.clip import Clip
from motionllm.motion.skeleton import JOINTS, PELVIS_HEIGHT
from tests.helpers.drawing import Draws

PACK = SimpleNamespace(
    name="scripted", folder=Path("scripted"), licence="none", commercial=True,
    known_words=frozenset(), warning=lambda text: "Unsure of this." if "yodel" in text else "",
    plainly=lambda text: text, unlearnt=lambda _words: "",
)  # fmt: skip


def swaying(text: str = "", seed: int = 0, seconds: float = 1.0, pack: str = "scripted") -> Clip:
    """Return a clip that moves a little, differently for each seed."""
    frames = round(seconds * 30)
    rotations = np.zeros((frames, 22, 4))
    rotations[..., 0] = 1.0
    angle = 0.3 * np.sin(np.arange(frames) / 5.0 + seed)
    rotations[:, JOINTS["left_shoulder"]] = np.stack(
        [np.cos(angle), 0 * angle, 0 * angle, np.sin(angle)], axis=1
    )
    translation = np.zeros((frames, 3))
    translation[:, 1] = PELVIS_HEIGHT
    translation[:, 2] = 0.02 * np.arange(frames)
    return Clip.build(30.0, rotations, translation, None, text, seed, pack, "none")


class ScriptedEngine(Draws):
    """Makes swaying clips; the words "crash" and "full" make it fail."""

    name, device, pack = "scripted", "cpu", PACK

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def generate(self, requests, progress=lambda *_: None, *_):
        self.batches.append([request.text for request in requests])
        for request in requests:
            if request.text == "crash":
                raise MotionError("internal", "It broke.")
            if request.text == "stop":
                raise KeyboardInterrupt
            if request.text == "gone":
                raise MotionError("no_backbone", "The language model is gone.", "Fetch it.")
        progress(1, 1)
        return [
            swaying(request.text, request.seed, round((request.seconds or 1.0) * 5) / 5)
            for request in requests
        ]

    def caption(self, clips, *_):
        return [f"a person sways for {clip.seconds:.1f} s" for clip in clips]
