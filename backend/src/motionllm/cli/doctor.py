"""`motionllm doctor`: what is installed, what is missing, what to do about it. Standard library at
import; nothing heavy is ever imported, packages are looked up by their metadata."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import motionllm
from motionllm import advice
from motionllm.cli.options import Commands, add_command
from motionllm.errors import MotionError

OK, MISSING, OPTIONAL = "ok", "missing", "optional"


def register(commands: Commands) -> None:
    """Add the command."""
    summary = "tell what is installed, what is missing and what to do"
    parser = add_command(commands, "doctor", summary)
    parser.add_argument("--pack", default="default", help="name or folder of a model pack")
    parser.add_argument("--backbone", help="the language model's GGUF file")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the report; 3 if motions cannot be made."""
    findings = list(examine(options.pack, options.backbone))
    print(report(findings))
    return 3 if any(finding.state == MISSING for finding in findings) else 0


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    state: str  # OK; MISSING: motions cannot be made without; OPTIONAL: missing, but needed rarely
    subject: str
    text: str
    advice: str = ""


def examine(pack_name: str = "default", backbone: str | None = None) -> Iterator[Finding]:
    """Yield findings, most needed first; none of the checks raises."""
    yield Finding(
        OK,
        "motionllm",
        f"{motionllm.__version__}, Python {platform.python_version()} at {sys.executable}",
    )
    yield _package("numpy", "numpy", MISSING, "everything", "pip install numpy")
    pack = None
    try:
        from motionllm.pack.folders import find_pack
        from motionllm.pack.pack import list_packs, load_pack

        pack = load_pack(find_pack(pack_name))
        yield Finding(OK, "model pack", f"{pack.name} ({pack.licence})")
        others = [other.name for other in list_packs() if other.name != pack.name]
        if others:
            yield Finding(OK, "other packs", ", ".join(others))
    except MotionError as error:
        yield Finding(MISSING, "model pack", error.message, error.hint)
    except ImportError as error:
        yield Finding(MISSING, "model pack", str(error))
    yield _backbone(pack, backbone)
    yield Finding(OK, "embedded engine", "numpy only: always there")
    yield _torch()
    preview = "pictures and films of motions"
    yield _package("PIL", "pillow", OPTIONAL, f"{preview} (.png, .gif)", "pip install pillow")
    yield _package(
        "imageio_ffmpeg", "imageio-ffmpeg", OPTIONAL, "films (.mp4)", "pip install imageio-ffmpeg"
    )
    yield _package(
        "bpy", "bpy", OPTIONAL, "Blender without a window",
        "python3 install/quickstart.py makes an environment that has it",
    )  # fmt: skip
    yield _package("peft", "peft", OPTIONAL, "training", advice.install("train"))
    yield _package("ray", "ray", OPTIONAL, "--cluster ray", advice.install("ray"))


def report(findings: list[Finding]) -> str:
    """Return the findings as lines for people."""
    width = max(len(finding.subject) for finding in findings)
    lines = []
    for finding in findings:
        mark = {OK: "ok      ", MISSING: "MISSING ", OPTIONAL: "optional"}[finding.state]
        lines.append(f"{mark}  {finding.subject:<{width}}  {finding.text}")
        if finding.advice:
            lines.append(" " * (width + 12) + finding.advice)
    missing = [finding.subject for finding in findings if finding.state == MISSING]
    lines.append("")
    lines.append(
        f"Not ready: {' and '.join(missing)} missing." if missing else "Ready to make motions."
    )
    return "\n".join(lines)


def _package(module: str, package: str, absent: str, purpose: str, advice: str) -> Finding:
    if not _present(module):
        return Finding(absent, package, f"not installed; needed for {purpose}", advice)
    return Finding(OK, package, _version(package))


def _backbone(pack, path: str | None) -> Finding:
    try:
        from motionllm.pack.backbone import check_backbone, find_backbone

        found = find_backbone(pack, path)
        if pack is not None:
            check_backbone(found, pack.backbone_sha256)
        return Finding(OK, "language model", f"{found} ({found.stat().st_size / 1e6:.0f} MB)")
    except MotionError as error:
        return Finding(MISSING, "language model", error.message, error.hint)
    except OSError as error:
        return Finding(MISSING, "language model", str(error))


def _torch() -> Finding:
    absent = [name for name in ("torch", "transformers") if not _present(name)]
    if absent:
        return Finding(
            OPTIONAL,
            "torch engine",
            f"{' and '.join(absent)} not installed; needed for GPUs, large batches and training",
            advice.install("torch"),
        )
    return Finding(OK, "torch engine", f"torch {_version('torch')}")


def _present(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "version unknown"
