"""A server process with the real protocol whose motions are made by rule, not by a model.

    python clip_server.py

The prompt's words decide: "die" ends the process in the
middle of the work, "slow" takes half a minute unless cancelled, "refuse" is refused, "stand" stays
in its place. "zebra" is a word that it does not know. "lucky" walks, waves only with the seeds 6
and 7, and with 5 waves without walking.
"""

import importlib.util
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

if importlib.util.find_spec("motionllm") is None:  # where Blender installed the extension's wheel
    extensions = Path(os.environ["BLENDER_USER_RESOURCES"], "extensions", ".local")
    found = next(extensions.rglob("motionllm/__init__.py"))
    sys.path.insert(0, str(found.parent.parent))

sys.path.append(str(Path(__file__).resolve().parents[2]))
from motionllm.errors import MotionError  # noqa: E402
from motionllm.motion.clip import Clip  # noqa: E402
from motionllm.serve.server import serve  # noqa: E402
from tests.helpers.drawing import Draws  # noqa: E402
from tests.helpers.puppet import Puppet, raise_arm, smoothstep  # noqa: E402
from tests.helpers.synthetic import make_clip  # noqa: E402

PACK = SimpleNamespace(
    name="by rule", folder=Path("by rule"), licence="CC0-1.0", commercial=True,
    warning=lambda text: 'Never learnt: "zebra".' if "zebra" in text else "",
    unlearnt=lambda words: 'Never learnt: "zebra".' if "zebra" in words else "",
    plainly=lambda text: text, known_words=frozenset(),
)  # fmt: skip


def lucky(seed, seconds):
    puppet = Puppet(seconds).go(0.0 if seed == 5 else 1.1, 0)
    if seed in (5, 6, 7):
        raise_arm(puppet, "right", smoothstep(puppet.time, 0.2, 0.7))
        puppet.bend("right_elbow", (0, 0, 1), 25 * np.sin(9.0 * puppet.time) - 30)
    return puppet.clip()


class RuleEngine(Draws):
    """Looks like an engine."""

    name, device, pack = "rule", "cpu", PACK
    knows_people = False

    def generate(self, requests, progress, cancelled):
        clips = []
        for request in requests:
            self._work(request.text, progress, cancelled)
            if "refuse" in request.text:
                raise MotionError("bad_request", "This is refused on purpose.")
            seconds = request.seconds or 3.0
            clip = make_clip(request.seed, int(round(seconds * 30)))
            if "lucky" in request.text:
                clip = lucky(request.seed, seconds)
            if "stand" in request.text:
                clip = Clip.build(30.0, clip.rotations, clip.translation * [0.0, 1.0, 0.0])
            clips.append(
                clip.labelled(
                    text=request.text, seed=request.seed, pack=PACK.name, licence=PACK.licence
                )
            )
        return clips

    def caption(self, clips, progress, cancelled):
        self._work("", progress, cancelled)
        return [
            f" a person moves for {clip.seconds:.1f} seconds and ends "
            f"{clip.translation[-1, 2] - clip.translation[0, 2]:.2f} m ahead"
            for clip in clips
        ]

    def _work(self, text, progress, cancelled):
        steps = 600 if "slow" in text else 10
        for step in range(steps):
            if cancelled():
                raise MotionError("cancelled", "Cancelled.")
            if "die" in text and step == 5:
                print("the engine dies on purpose", file=sys.stderr, flush=True)
                os._exit(7)
            progress(step, steps)
            time.sleep(0.05 if "slow" in text else 0.001)


class Engines:
    """Looks like LoadedEngines."""

    kind, device, pack = "rule", "cpu", PACK.name

    def get(self, _pack=None, on_loading=lambda: None):
        on_loading()
        return RuleEngine()


if __name__ == "__main__":
    serve(Engines())
