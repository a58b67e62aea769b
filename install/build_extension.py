"""Build the extension's zips: <id>-<version>-full.zip and -lite.zip. Standard library only.

    python3 install/build_extension.py [--out FOLDER] [--lite-only]

Both hold the add-on, the motionllm wheel and the default pack; the full one holds the backbone
too, so it works offline at once. Equal sources give equal bytes. Blender's own validator checks
the result where an environment with bpy is found; what it does not look at is checked here.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import environments
from environments import ENVIRONMENTS, ROOT
from system import SetupError

sys.path.insert(0, str(ROOT / "backend"))
import wheel_backend  # noqa: E402  (it stands beside backend/pyproject.toml)

ADDON = ROOT / "motionllm_blender"
PACKS = ROOT / "packs"
DATE = (2020, 1, 1, 0, 0, 0)
STORED = {".gguf", ".safetensors", ".whl", ".png", ".npz"}  # these do not get smaller
LEFT_OUT = {"__pycache__", ".DS_Store"}
# https://docs.blender.org: the platform's list; the validator accepts any word.
TAGS = {"Animation", "Import-Export", "Rigging", "Object", "Pipeline", "Scene", "User Interface"}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Zips:
    """The files that were built."""

    full: Path | None
    lite: Path


def main() -> int:
    """Build what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="default: dist/")
    parser.add_argument("--lite-only", action="store_true", help="without the backbone's 98 MB")
    arguments = parser.parse_args()
    try:
        python = None
        if not arguments.lite_only:
            environment = ENVIRONMENTS["numpy"]
            python = environments.ensure(environment, environment.folder)
        build(python, arguments.out)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def build(python: Path | None, out: Path = ROOT / "dist", say: Say = print) -> Zips:
    """Write both zips into `out`.

    Args:
        python: an interpreter with numpy, which finds or fetches the backbone; None: lite only.
        out: the folder to write to.
        say: told of each step.

    Raises:
        SetupError: the manifest or a zip is not valid, or the backbone could not be had.
    """
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    entries = collect()
    problems = check(manifest, entries)
    if problems:
        raise SetupError("The extension is not right:\n" + "\n".join(f"- {p}" for p in problems))
    out.mkdir(parents=True, exist_ok=True)
    stem = f"{manifest['id']}-{manifest['version']}"
    lite = out / f"{stem}-lite.zip"
    _write(lite, entries, say)
    full = None
    if python is not None:
        backbone = fetch_backbone(python)
        full = out / f"{stem}-full.zip"
        _write(full, {**entries, f"data/backbone/{backbone.name}": backbone}, say)
    return Zips(full, lite)


def collect() -> dict[str, Path | bytes]:
    """Return what both zips hold: name in the archive -> a file or its bytes."""
    entries: dict[str, Path | bytes] = {
        "blender_manifest.toml": ROOT / "blender_manifest.toml",
        "LICENSE": ROOT / "LICENSE",
    }
    packs = [(path.parent, f"data/packs/{path.parent.name}/") for path in PACKS.glob("*/pack.json")]
    for folder, prefix in ((ADDON, ""), *sorted(packs)):
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            if path.is_file() and not LEFT_OUT & set(inside.parts) and path.suffix != ".pyc":
                entries[prefix + inside.as_posix()] = path
    with tempfile.TemporaryDirectory() as scratch:
        wheel = build_wheel(Path(scratch))
        entries[f"wheels/{wheel.name}"] = wheel.read_bytes()
    return entries


def build_wheel(out: Path) -> Path:
    """Write the motionllm wheel into `out` and return its path."""
    return out / wheel_backend.build_wheel(str(out))


def link_wheel(out: Path) -> Path:
    """Write a wheel that links an environment to this checkout, its packs included."""
    return out / wheel_backend.build_editable(str(out))


def check(manifest: dict, entries: dict[str, Path | bytes]) -> list[str]:
    """Return what is wrong with the extension and Blender's validator would let pass."""
    problems = []
    version = wheel_backend.project()["version"]
    if manifest.get("version") != version:
        problems.append(f"manifest {manifest.get('version')}, backend {version}: not one version")
    for wheel in manifest.get("wheels", []):
        if wheel.removeprefix("./") not in entries:
            problems.append(f"the manifest names {wheel}, which is not in the zip")
    if not manifest.get("wheels"):
        problems.append("the manifest does not name the motionllm wheel")
    for licence in manifest.get("license", []):
        if not licence.startswith("SPDX:"):
            problems.append(f"licence {licence} does not begin with SPDX:")
    problems += [f"unknown tag {tag}" for tag in manifest.get("tags", []) if tag not in TAGS]
    needed = ("__init__.py", "data/packs/default/pack.json")
    problems += [f"{name} is missing" for name in needed if name not in entries]
    return problems


def fetch_backbone(python: Path) -> Path:
    """Return the backbone's file in the user's cache, fetched if it is not there yet."""
    environment = dict(os.environ, PYTHONPATH=str(ROOT / "backend" / "src"))
    watched = sys.stderr.isatty()  # its percentages are for someone who sees them change
    done = subprocess.run(
        [str(python), "-m", "motionllm.pack.backbone"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=None if watched else subprocess.PIPE,
        text=True,
        check=False,
    )
    path = Path(done.stdout.strip().splitlines()[-1]) if done.stdout.strip() else None
    if done.returncode or path is None or not path.is_file():
        said = (done.stderr or "see above").strip().splitlines()[-1]
        raise SetupError(f"The language model's file could not be fetched: {said}")
    return path


def blender_tool() -> Path | None:
    """Return Blender's own extension tool from an environment with bpy, or None."""
    inside = "bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"
    for folder in (ROOT / ".venv", *sorted(environments.FOLDER.glob("bpy-*"), reverse=True)):
        for pattern in (f"lib/python3*/site-packages/{inside}", f"Lib/site-packages/{inside}"):
            for path in sorted(folder.glob(pattern)):
                return path
    return None


def _write(path: Path, entries: dict[str, Path | bytes], say: Say) -> None:
    """Write one zip, sorted and with a fixed date, check it, then put it in its place."""
    unfinished = path.with_suffix(".unfinished.zip")
    with zipfile.ZipFile(unfinished, "w") as archive:
        for name in sorted(entries):
            content = entries[name]
            entry = zipfile.ZipInfo(name, DATE)
            stored = Path(name).suffix in STORED
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            data = content if isinstance(content, bytes) else content.read_bytes()
            archive.writestr(entry, data)
    tool = blender_tool()
    if tool is not None:
        done = subprocess.run(
            [sys.executable, str(tool), "validate", str(unfinished)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SetupError(f"Blender refuses {path.name}:\n{done.stdout}{done.stderr}")
    unfinished.replace(path)
    checked = "checked by Blender" if tool else "not checked by Blender: no bpy here yet"
    say(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB, {checked}")


if __name__ == "__main__":
    sys.exit(main())
