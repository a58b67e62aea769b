"""A real Blender window: install the zip, click a button, wait for the job, take pictures.

    sudo sh tests/gui/make_root.sh FOLDER MIRROR
    sudo python3 tests/gui/window_shot.py FOLDER dist/motionllm_blender-0.1.0-full.zip OUT.png
    sudo python3 tests/gui/window_shot.py ... --scenario people      # or captions, strips, ticks

Standard library only. FOLDER is a Debian root with Blender (make_root.sh). Not part of every test
run: the folder takes 2 GB. Ends with code 0 only if what the button promises was found in Blender
afterwards; session.py has the scenarios. Their other pictures stay in FOLDER/motionllm-gui.
"""

import argparse
import contextlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
INSIDE = "motionllm-gui"  # folder in the root
SCENARIOS = ("generate", "people", "captions", "strips", "ticks")
ENVIRONMENT = [
    "env", "-i", "HOME=/root", "PATH=/usr/bin:/bin", "LANG=C.UTF-8", "LIBGL_ALWAYS_SOFTWARE=1",
    f"BLENDER_USER_RESOURCES=/{INSIDE}/resources", "XDG_RUNTIME_DIR=/tmp",
]  # fmt: skip
SIZE = "1280x1280"  # high enough for the Rig section's table
PREPARE = (
    "import bpy; bpy.context.preferences.view.show_splash = False; "
    f"bpy.ops.extensions.package_install_files(filepath='/{INSIDE}/extension.zip', "
    "repo='user_default', enable_on_install=True); bpy.ops.wm.save_userpref()"
)


def main() -> int:
    """Run the session in the root; copy the pictures out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path, help="folder made by make_root.sh")
    parser.add_argument("zip", type=Path, help="the extension, full")
    parser.add_argument("picture", type=Path, help="PNG to write")
    parser.add_argument("--scenario", choices=SCENARIOS, default="generate")
    parser.add_argument("--prompt", default="", help="default: the scenario's own")
    parser.add_argument("--limit", type=int, default=300, help="seconds for the whole session")
    options = parser.parse_args()
    work = options.root / INSIDE
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    shutil.copy(options.zip, work / "extension.zip")
    for name in ("session.py", "window.py"):
        shutil.copy(HERE / name, work)
    asked = {"scenario": options.scenario, "prompt": options.prompt}
    (work / "session.json").write_text(json.dumps(asked))
    with mounted(options.root):
        background = ["blender", "-b", "--factory-startup", "--python-expr", PREPARE]
        run(options.root, background, options.limit)
        screen = ["xvfb-run", "-a", "-s", f"-screen 0 {SIZE}x24"]
        width, height = SIZE.split("x")
        window = ["blender", "--window-geometry", "0", "0", width, height]
        run(options.root, [*screen, *window, "--python", f"/{INSIDE}/session.py"], options.limit)
    report = json.loads((work / "report.json").read_text())
    print(json.dumps(report, indent=2))
    if report.get("error"):
        return 1
    options.picture.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(work / "motion.png", options.picture)
    return 0


def run(root: Path, command: list[str], limit: int) -> None:
    """Run a command in the root; its output is shown."""
    subprocess.run(["chroot", str(root), *ENVIRONMENT, *command], timeout=limit, check=False)


@contextlib.contextmanager
def mounted(root: Path):
    """Lend the root the devices it needs, and take them back."""
    names = [name for name in ("proc", "dev", "sys") if not (root / name).is_mount()]
    for name in names:
        subprocess.run(["mount", "--bind", f"/{name}", str(root / name)], check=True)
    try:
        yield
    finally:
        for name in names:
            subprocess.run(["umount", str(root / name)], check=True)


if __name__ == "__main__":
    sys.exit(main())
