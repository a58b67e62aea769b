"""The numpy half of motionllm imports, and answers --help, where torch does not exist."""

import os
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "backend" / "src" / "motionllm"
TORCH_HALF = (
    "model/",
    "train/",
    "evaluation/matching",
    "evaluation/trained_rivals",
    "engine/on_torch/",
)
# Pictures: the "preview" extra, imported when asked for.
NEEDS_PILLOW = ("pictures/", "data/pictures")

# Imports that must not happen fail as they would on a machine without the package.
BLOCK = """
import importlib, sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(name + " is not installed")
sys.meta_path.insert(0, Block())
for name in {names!r}:
    importlib.import_module(name)
"""
HEAVY = [
    "torch", "transformers", "peft", "safetensors", "gguf", "tqdm", "matplotlib", "scipy", "ray",
]  # fmt: skip
PREVIEW = ["PIL", "imageio", "imageio_ffmpeg"]


def numpy_half():
    """Return the dotted names of every module that must live with numpy alone."""
    names = []
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE).with_suffix("").as_posix()
        if not inside.startswith(TORCH_HALF + NEEDS_PILLOW) and path.name != "__main__.py":
            names.append("motionllm." + inside.removesuffix("__init__").replace("/", "."))
    return [name.rstrip(".") for name in names]


def run_without(blocked, names):
    code = BLOCK.format(blocked=blocked, names=names)
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )


def test_the_numpy_half_imports_with_numpy_alone():
    names = numpy_half()
    for room in (
        "motion.clip",
        "data.build",
        "data.captions.write",
        "evaluation.session",
        "cli.main",
    ):
        assert f"motionllm.{room}" in names
    done = run_without(HEAVY + PREVIEW, names)
    assert done.returncode == 0, done.stderr


def test_the_check_would_notice():
    done = run_without(["numpy"], ["motionllm.motion.clip"])
    assert done.returncode != 0


def test_the_numpy_ring_really_lacks_torch():
    if os.environ.get("MOTIONLLM_RING") == "numpy":
        import importlib.util

        assert importlib.util.find_spec("torch") is None
