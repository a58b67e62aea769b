"""Every command of the README is run as it stands there, one after another, in an empty folder.

The folder is outside the checkout and holds only what the README takes for granted: a user's own
motions. What one line writes the next may read. Two things alone are not as they stand there: a
training is given MINUTES, and what measures for an hour is stopped with Ctrl-C when it measures.
"""

import csv
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("torch")

from motionllm.engine.choose import open_engine
from motionllm.motion.bvh import write_bvh
from motionllm.motion.clip import load_clip, save_clip
from motionllm.motion.root import placed
from motionllm.pack.backbone import find_backbone
from motionllm.pack.folders import find_pack
from motionllm.pack.pack import load_pack
from motionllm.requests import GenerateRequest
from tests.helpers.signals import hear_ctrl_c
from tests.helpers.synthetic import make_steps, moving

ROOT = Path(__file__).resolve().parents[1]
MINUTES = "0.03"
SETS_OUT = {"train tokenizer", "train t2m", "train m2t", "train people"}  # given MINUTES
STOPPED = {  # what begins a line, and the word after which it is stopped: it would take an hour
    "eval --pack mine": "measuring",
    "benchmark": "",
}
NEED_BLENDER = ("crowd ", "retarget ")
ELSEWHERE = {  # lines that are not motionllm's, and why they are not run here
    "python3 install/quickstart.py": "the quickstart ring runs it",
    "python3 install/test.py": "it is what runs this test",
}
LABELS = ["walk", "run", "wave right hand", "jump", "bow", "turn left"]
PROMPTS = '{"text": "a person walks", "seconds": 2, "seed": 1}\n{"text": "a person waves"}\n'


def commands():
    """Return the commands of the README's shell blocks, in order, without comments."""
    text = (ROOT / "README.md").read_text("utf-8")
    found = []
    for block in re.findall(r"^```(?:sh|bash|shell|console)\n(.*?)^```", text, re.M | re.S):
        for line in block.splitlines():
            words = shlex.shlex(line, posix=False, punctuation_chars=";")
            words.whitespace_split, words.commenters = True, "#"
            whole = " ".join(words)
            found += [part.strip() for part in whole.split(" ; ") if part.strip()]
    return found


def ours():
    """Return what follows "motionllm" in those lines that begin with it."""
    return [line.removeprefix("motionllm ") for line in commands() if line.startswith("motionllm ")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a user's own files, named as the README names them."""
    folder = tmp_path_factory.mktemp("elsewhere")
    write_bvh(folder / "walk.bvh", make_steps(1))
    save_clip(make_steps(2), folder / "dance.npz")
    save_clip(moving(3.0, arms=1.0), folder / "wave.npz")
    write_bvh(folder / "lead.bvh", moving(4.0, arms=0.6))
    (folder / "many.jsonl").write_text(PROMPTS, "utf-8")
    (folder / "library").mkdir()
    write_bvh(folder / "library" / "a.bvh", make_steps(3))
    save_clip(placed(make_steps(4), (1.0, 2.0, 0.5)), folder / "library" / "b.npz")
    own = folder / "FOLDER"
    own.mkdir()
    with (own / "clips.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "path", "skeleton", "label", "commercial_ok", "licence", "split"])
        for number, clip in enumerate(recordings()):
            write_bvh(own / f"{number}.bvh", clip)
            split = "test" if number == len(LABELS) - 1 else "train"  # one is held out
            rows.writerow(
                [f"me/{number}", f"{number}.bvh", "me", LABELS[number], "yes", "my own", split]
            )
    return folder


def recordings():
    """Return six motions that look like what they are called."""
    pack = load_pack(find_pack("default"))
    engine = open_engine("embedded", pack, find_backbone(pack))
    return engine.generate(
        [GenerateRequest(f"a person does this: {label}", 4.0, seed=seed)
         for seed, label in enumerate(LABELS)]
    )  # fmt: skip


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The variables of a shell in which `motionllm` is installed."""
    programs = tmp_path_factory.mktemp("bin")
    script = programs / "motionllm"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m motionllm "$@"\n', "utf-8")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    found = dict(os.environ, PATH=f"{programs}{os.pathsep}{os.environ['PATH']}")
    blender = a_blender()
    return found | ({"MOTIONLLM_BLENDER": str(blender)} if blender else {})


def a_blender():
    """Return a Python that has bpy, of those that the other rings make, or None."""
    named = sorted(ROOT.glob(".envs/bpy-*/bin/python"))
    return named[len(named) // 2] if named else None


def test_other_lines_are_known():
    other = [line for line in commands() if not line.startswith("motionllm ")]
    unknown = [line for line in other if not line.startswith(tuple(ELSEWHERE))]
    assert not unknown, "a new line of the README: run it, or say why not"


def test_what_is_excepted_stands_in_the_readme():
    for start in [*STOPPED, *SETS_OUT, *ELSEWHERE]:
        assert any(line.startswith(start) for line in [*ours(), *commands()]), start


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a script with a first line")
@pytest.mark.parametrize("line", ours())
def test_readme_line(line, folder, environment):
    if line.startswith(NEED_BLENDER):
        if "MOTIONLLM_BLENDER" not in environment:
            pytest.skip("there is no Blender here: no ring has made an environment with bpy")
        if "hero.blend" in line:  # the user's own rig
            make_hero(folder, environment)
    before = set(folder.rglob("*"))
    code, said = run(line, folder, environment)
    assert code == 0, said
    assert "Traceback" not in said and "defect" not in said, said
    out = re.search(r"(?:--out|--csv) (\S+)", line)
    if out and line.startswith(("generate", "crowd", "caption", "retarget")):
        check_written(folder / out[1], set(folder.rglob("*")) - before)
    if line.startswith("caption") and not out:
        assert len(said.splitlines()) == len([w for w in line.split() if "." in w])


def run(line, folder, environment):
    """Run a line; return its exit code, 0 where it had to be stopped, and what it said."""
    more = f" --minutes {MINUTES}" if line.startswith(tuple(SETS_OUT)) else ""
    word = next((word for start, word in STOPPED.items() if line.startswith(start)), None)
    with subprocess.Popen(
        ["bash", "-c", f"exec motionllm {line}{more}"], cwd=folder, env=environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        encoding="utf-8", preexec_fn=hear_ctrl_c,
    ) as process:  # fmt: skip
        if word is None:
            try:
                said, _ = process.communicate(timeout=240)
            finally:
                process.kill()
            return process.returncode, said
        said = ""
        for text in process.stdout:
            said += text
            if word in text:
                time.sleep(1)  # it is under way
                process.send_signal(signal.SIGINT)
                break
        said += process.communicate(timeout=60)[0]
    assert process.returncode in (0, 130), said
    return 0, said


def make_hero(folder, environment):
    code, said = run("retarget walk.bvh --onto lead.bvh --out hero.blend", folder, environment)
    assert code == 0, said


def check_written(out, written):
    """Make sure that a line wrote what it says; clips can be read."""
    numbered = [path for path in written if path.name.startswith(f"{out.stem}.")]
    assert out in written or numbered, f"{out.name} was not written"
    for path in [path for path in written if path.suffix == ".npz" and "runs" not in path.parts]:
        if path.parent in (out.parent, out):
            assert load_clip(path).frames > 1
