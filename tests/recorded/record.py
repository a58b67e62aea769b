"""What the program answers to requests of every kind: digests that later versions must give again.

    python tests/recorded/record.py embedded|torch|blender        # writes recorded_<which>.json

`embedded` and `torch` make clips and captions on one engine, in float32; `blender` puts clips onto
rigs and fills a scene. Everything is asked for by the command line, in one thread, since sums that
several threads add up differ in their last digits.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ENGINES = ("embedded", "torch")
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
# One process for all: loading torch takes longer than most of the requests.
DRIVER = """
import contextlib, io, json, sys
if sys.argv[1] == "torch":
    import torch
    import motionllm.engine.on_torch.engine as torch_engine
    torch.set_num_threads(1)
    torch_engine.knows_half = lambda device: False
from motionllm.cli.main import main
answers = []
for arguments in json.load(sys.stdin):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(arguments)
    answers.append([code, out.getvalue(), err.getvalue()])
print("\\nANSWERS " + json.dumps(answers))
"""
LIST = """\
{"text": "a person waves with the right hand", "seconds": 2, "seed": 5}
{"text": "a person jumps", "seconds": 2, "guidance": 1}
{"txt": "nothing"}
{"text": "someone turns right", "seconds": 3, "turn": -90, "best_of": 2}
"""
CASES = {
    "walk": ["generate", "a person walks forward", "--seconds", "4", "--seed", "3"],
    "free_length": ["generate", "someone kicks with the left leg", "--seed", "2"],
    "turned": ["generate", "a person turns left", "--seconds", "4", "--turn", "90"],
    "to_a_spot": [
        "generate", "a person walks", "--seconds", "4", "--ahead", "3", "--left", "1", "--turn", "0"
    ],
    "loop": ["generate", "a person walks", "--seconds", "3", "--loop"],
    "best_of": ["generate", "a person punches", "--seconds", "2", "--best-of", "3"],
    "own_values": [
        "generate", "a man jogs", "--seconds", "3", "--temperature", "0.7", "--top-p", "0.9",
        "--guidance", "2", "--no-cleanup",
    ],
    "long": ["generate", "a person dances", "--seconds", "12", "--seed", "1"],
    "two": ["generate", "an old man walks slowly", "--seconds", "2", "--count", "2"],
    "open_pack": ["generate", "a person runs", "--seconds", "2", "--pack", "open"],
    "unsure": ["generate", "a zebra gallops", "--seconds", "1"],
    "pair": ["generate", "two people bow to each other", "--people", "2", "--seconds", "3"],
    "three": ["generate", "people walk in single file", "--people", "3", "--seconds", "3"],
    "partner": ["generate", "two people dance salsa", "--partner-of", "{folder}/walk.npz"],
}  # fmt: skip
FURTHER = {
    "list": ["generate", "--prompts", "{folder}/list.jsonl", "--out", "{folder}/list"],
    "bvh": ["generate", "a person walks", "--seconds", "2", "--out", "{folder}/walk.bvh"],
    "caption": [
        "caption", "{folder}/walk.npz", "{folder}/turned.npz", "{folder}/walk.bvh", "--json"
    ],
    "caption_pieces": ["caption", "{folder}/long.npz", "--pieces", "--json"],
    "no_text": ["generate", "  ", "--out", "{folder}/no.npz"],
    "left_alone": ["generate", "a person walks", "--left", "1", "--out", "{folder}/no.npz"],
}  # fmt: skip
RIGS = 4
RIG = """
import sys
sys.path[:0] = [{tests!r}]
import bpy, rig_zoo
bpy.ops.wm.read_factory_settings(use_empty=True)
kind = {kinds}[{index}]
rig_zoo.build(rig_zoo.KINDS[kind])
bpy.ops.wm.save_as_mainfile(filepath={path!r})
import os; os._exit(0)
"""
KINDS = (2, 5, 11, 20)  # of the zoo
CURVES = """
import hashlib, os, sys
import bpy, numpy as np
bpy.ops.wm.open_mainfile(filepath=sys.argv[1], load_ui=False)
def curves(action):
    if hasattr(action, "fcurves"):
        return action.fcurves
    strips = [strip for layer in action.layers for strip in layer.strips]
    return [curve for strip in strips for bag in strip.channelbags for curve in bag.fcurves]
sums = []
for action in sorted(bpy.data.actions, key=lambda action: action.name):
    for curve in sorted(curves(action), key=lambda c: (c.data_path, c.array_index)):
        table = np.zeros(2 * len(curve.keyframe_points), np.float32)
        curve.keyframe_points.foreach_get("co", table)
        name = f"{action.name} {curve.data_path} {curve.array_index}"
        sums.append(f"{name} {np.abs(table).sum():.2f}")
places = [f"{o.name} {tuple(round(x, 4) for x in o.matrix_world.translation)}"
          for o in sorted(bpy.data.objects, key=lambda o: o.name) if o.type == "ARMATURE"]
print("ANSWER " + hashlib.sha256("\\n".join(sums + places).encode()).hexdigest(), len(sums))
sys.stdout.flush(); os._exit(0)
"""


def machine() -> str:
    """Return what the last digits of a sum depend on: another processor may round otherwise."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        name = lines[0].partition(":")[2].strip() if lines else name
    return f"{name}, numpy {np.__version__}"


def record(which: str, folder: Path) -> dict:
    """Ask for everything and return the answers of one kind, by name; see `sketch`."""
    return _rigs(folder) if which == "blender" else _clips(which, folder)


def _clips(engine: str, folder: Path) -> dict:
    (folder / "list.jsonl").write_text(LIST)
    asked = {
        name: [*words, "--out", f"{{folder}}/{name}.npz"] for name, words in CASES.items()
    } | FURTHER
    calls = [
        [word.format(folder=folder) for word in words] + ["--engine", engine]
        for words in asked.values()
    ]
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, engine], input=json.dumps(calls), text=True,
        capture_output=True, env=environment(), check=False, timeout=900,
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("ANSWERS ")]
    if not lines:
        raise RuntimeError(done.stdout + done.stderr)
    said = {
        name: [code, *(text.replace(str(folder), "FOLDER") for text in texts)]
        for name, (code, *texts) in zip(asked, json.loads(lines[0][8:]), strict=True)
    }
    clips = {str(path.relative_to(folder)): sketch(path) for path in sorted(folder.rglob("*.npz"))}
    text = {str(path.relative_to(folder)): digest(path.read_bytes())
            for path in sorted([*folder.rglob("*.bvh"), *folder.rglob("*.json")])}  # fmt: skip
    return {"said": said, "clips": clips, "files": text}


def _rigs(folder: Path) -> dict:
    """Put a clip onto rigs and fill a scene, in the Blender of this environment."""
    import bpy

    said, files = {}, {}

    def run(*words: str, **variables: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, *words], text=True, capture_output=True,
            env=environment() | variables, check=False, timeout=600,
        )  # fmt: skip

    # A Blender whose extension is not enabled would take its wheel out of the folder of them all.
    apart = {"BLENDER_USER_RESOURCES": str(folder / "blender")}

    clip = folder / "walk.npz"
    run("-m", "motionllm", *CASES["walk"], "--engine", "embedded", "--out", str(clip))
    for index in range(RIGS):
        rig, out = folder / f"rig{index}.blend", folder / f"rig{index}.bvh"
        tests = str(ROOT / "tests" / "blender")
        script = RIG.format(tests=tests, kinds=KINDS, index=index, path=str(rig))
        run("-c", script, **apart)
        done = run("-m", "motionllm", "retarget", str(clip), "--onto", str(rig), "--out", str(out))
        said[f"rig{index}"] = [
            done.returncode, done.stdout.replace(str(folder), "FOLDER"), done.stderr
        ]  # fmt: skip
        files[out.name] = digest(out.read_bytes())
    scene = folder / "crowd.blend"
    words = ["a person walks", "--count", "4", "--area", "8x8", "--seconds", "3", "--json"]
    done = run("-m", "motionllm", "crowd", *words, "--engine", "embedded", "--out", str(scene))
    answer = json.loads(done.stdout)
    for measured in ("seconds", "out", "megabytes", "bake_seconds", "measure_seconds"):
        answer.pop(measured)
    said["crowd"] = [done.returncode, answer, done.stderr]
    shown = run("-c", CURVES, str(scene), **apart)
    files["crowd.blend"] = next(
        line for line in shown.stdout.splitlines() if line.startswith("ANSWER ")
    )
    version = ".".join(str(part) for part in bpy.app.version[:2])
    return {version: {"said": said, "files": files}}


def environment() -> dict[str, str]:
    """Return a child's environment: one thread, no answers from elsewhere."""
    return dict(os.environ, **ONE_THREAD, HF_HUB_OFFLINE="1")


def digest(data: bytes) -> str:
    """Return the bytes' digest."""
    return hashlib.sha256(data).hexdigest()


def sketch(path: Path) -> dict:
    """Return a clip's digest, and joints' places, by which another processor's is compared."""
    with np.load(path) as fields:
        joints = fields["joints"][:: max(1, len(fields["joints"]) // 4)][:, [0, 10, 11, 15, 20, 21]]
        return {
            "digest": digest(path.read_bytes()),
            "frames": len(fields["joints"]),
            "places": np.round(joints.reshape(len(joints), -1), 3).tolist(),
        }


def path_of(which: str) -> Path:
    """Return the file that holds the answers of a kind."""
    return HERE / f"recorded_{which}.json"


def main(which: str) -> None:
    """Record and write; Blender versions are kept side by side."""
    with tempfile.TemporaryDirectory() as folder:
        answers = {"machine": machine(), **record(which, Path(folder))}
    path = path_of(which)
    known = json.loads(path.read_text()) if which == "blender" and path.is_file() else {}
    path.write_text(json.dumps(known | answers, indent=1, ensure_ascii=False) + "\n")
    print(path)


if __name__ == "__main__":
    main(sys.argv[1])
    sys.stdout.flush()
    os._exit(0)  # Blender's own ending crashes
