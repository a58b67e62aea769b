"""The real server around an engine that obeys its prompts: for tests of the pipe alone.

A prompt is a word and perhaps a number: "walk", "slow 200" (tokens of 10 ms), "crash" (an
exception), "exit" (the process ends), "noise" (prints to stdout), "hang" (never looks at
anything again), "together" (fails unless it is decoded alone).
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from motionllm.errors import MotionError
from motionllm.motion.clip import Clip
from motionllm.serve.server import serve

PACK = SimpleNamespace(
    name="scripted", folder=Path("scripted"), licence="none", commercial=True,
    warning=lambda text: "Unsure of this." if "yodel" in text else "",
    plainly=lambda text: text, unlearnt=lambda _words: "",
)  # fmt: skip


def standing(text: str, seed: int, frames: int = 12) -> Clip:
    rotations = np.zeros((frames, 22, 4), np.float32)
    rotations[..., 0] = 1.0
    translation = np.tile(np.float32([0.0, 0.92, 0.0]), (frames, 1))
    return Clip.build(30.0, rotations, translation, None, text, seed, PACK.name, PACK.licence)


class ScriptedEngine:
    name, device, pack = "scripted", "cpu", PACK

    def generate(self, requests, progress=None, cancelled=None):
        words = [request.text.split() for request in requests]
        if len(requests) > 1 and any(word[0] == "together" for word in words):
            raise RuntimeError("only one at a time")
        for word in words:
            if word[0] == "crash":
                raise RuntimeError("the engine broke\nsecond line of no interest")
            if word[0] == "exit":
                print("last words before the end", file=sys.stderr)
                os._exit(7)
            if word[0] == "noise":
                print("a library prints this to stdout")
                os.write(1, b"Content-Length: 5\r\n\r\nhello")
                subprocess.run([sys.executable, "-c", "print('a child prints too')"], check=True)
            if word[0] == "hang":
                time.sleep(3600)
        steps = max([int(word[1]) for word in words if word[0] == "slow"], default=1)
        for step in range(steps):
            if cancelled():
                raise MotionError("cancelled", "Cancelled.")
            if steps > 1:
                time.sleep(0.01)
            progress(step + 1, steps)
        # The size of the batch is visible in the clips, so that tests can count.
        return [standing(f"{r.text}|{len(requests)}", r.seed) for r in requests]

    def caption(self, clips, *_):
        return [f"a person of {clip.frames} frames" for clip in clips]


class ScriptedEngines:
    kind, device, pack = "scripted", "cpu", "scripted"

    def __init__(self) -> None:
        self._engine = None

    def get(self, pack=None, on_loading=lambda: None):
        if pack not in (None, "scripted"):
            raise MotionError("no_pack", f"There is no pack {pack!r}.", "See motionllm packs.")
        if self._engine is None:
            on_loading()
            time.sleep(0.2)
            self._engine = ScriptedEngine()
        return self._engine


if __name__ == "__main__":
    if "--import-slowly" in sys.argv:
        time.sleep(3600)
    serve(ScriptedEngines())
