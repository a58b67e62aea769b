"""Set up every environment, run every test, close with one line of counts. Standard library only.

    python3 install/test.py [RING ...]

Rings, in this order: lint (style, form, layers, types), numpy (no torch, no Blender), torch,
quickstart (the README's first command), and one a Blender version: bpy-4.2, bpy-4.5, bpy-5.0,
bpy-5.2 (the last where a Python 3.13 is found). Without names, all of them. Reports lie in
build/test/.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import environments
import system
from environments import ENVIRONMENTS, ROOT

REPORTS = ROOT / "build" / "test"
BLENDERS = [name for name in ENVIRONMENTS if name.startswith("bpy-")]
RINGS = ["lint", "numpy", "torch", "quickstart", *BLENDERS]
# Seconds, tests alone: three times and more what they take on two quiet cores.
LIMITS = {"lint": 300, "numpy": 1500, "torch": 2100, "quickstart": 900}
BLENDER_LIMIT = 1200
PROMPT = "a person walks forward, then waves"


@dataclass
class Count:
    """Results of one ring or of all."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: Count) -> None:
        """Add another ring's results."""
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def main() -> int:
    """Run the rings named on the command line; 0 if nothing failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rings", nargs="*", metavar="RING", help=", ".join(RINGS))
    rings = parser.parse_args().rings or RINGS
    unknown = set(rings) - set(RINGS)
    if unknown:
        parser.error(f"no such ring: {', '.join(sorted(unknown))}")
    REPORTS.mkdir(parents=True, exist_ok=True)
    total = Count()
    for ring in rings:
        started = time.monotonic()
        print(f"\n== {ring}", flush=True)
        try:
            count = _run(ring)
        except system.SetupError as error:
            print(f"{ring}: {error}", flush=True)
            count = Count(failed=1)
        total.add(count)
        print(f"== {ring}: {count} in {time.monotonic() - started:.0f} s", flush=True)
    print(f"\n{total}", flush=True)
    return 1 if total.failed or not total.passed else 0


def _run(ring: str) -> Count:
    if ring == "lint":
        return _lint()
    if ring == "quickstart":
        return _quickstart()
    environment = ENVIRONMENTS[ring]
    if ring == "bpy-5.2" and environments.find_python(environment.python) is None:
        print("No Python 3.13 was found on the PATH: Blender 5.2 is not tested here.")
        return Count(skipped=1)
    python = environments.ensure(environment, environment.folder, _say)
    if ring in BLENDERS:
        return _blender(ring, python)
    if ring == "numpy":
        _must_lack_torch(python)
    return _pytest(ring, python, ["tests"], {"MOTIONLLM_RING": ring}, LIMITS[ring])


def _lint() -> Count:
    """Read the sources: style, form, layers, types. Types are those of the real torch."""
    tools, torch = (
        environments.ensure(ENVIRONMENTS[name], ENVIRONMENTS[name].folder, _say)
        for name in ("lint", "torch")
    )
    layers = environments.script_in(ENVIRONMENTS["lint"].folder, "lint-imports")
    checks = {
        "style": [str(tools), "-m", "ruff", "check", "."],
        "form": [str(tools), "-m", "ruff", "format", "--check", "."],
        "layers": [str(layers), "--no-cache"],
        "types": [str(tools), "-m", "basedpyright", "--pythonpath", str(torch)],
        "picture of the rooms": [str(tools), str(ROOT / "install" / "rooms.py"), "--check"],
    }
    variables = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "backend" / "src")])}
    count = Count()
    for name, command in checks.items():
        failed = _child(command, variables if name == "layers" else {}, LIMITS["lint"]) != 0
        _say(f"{name}: {'failed' if failed else 'passed'}")
        count.add(Count(failed=1) if failed else Count(passed=1))
    return count


def _quickstart() -> Count:
    """Run the README's first command, twice: the second run must find all its work done."""
    command = [sys.executable, str(ROOT / "install" / "quickstart.py"), PROMPT]
    count = Count()
    for limit in (LIMITS["quickstart"], 120):
        code = _child(command, {}, limit)
        count.add(Count(failed=1) if code else Count(passed=1))
    return count


def _blender(ring: str, python: Path) -> Count:
    import build_extension  # late: the other rings need no extension

    site_packages = environments.site_packages(python)
    system.need_bpy_libraries(site_packages, _say)
    zips = build_extension.build(python, say=_say)
    variables = {
        "MOTIONLLM_RING": "blender",
        "MOTIONLLM_ZIP": str(zips.full),
        "MOTIONLLM_LITE_ZIP": str(zips.lite),
        "LIBGL_ALWAYS_SOFTWARE": "1",
    }
    # `-o pythonpath=`: what is tested is the installed zip, not the sources beside it.
    return _pytest(ring, python, ["tests/blender", "-o", "pythonpath="], variables, BLENDER_LIMIT)


def _must_lack_torch(python: Path) -> None:
    code = "import importlib.util as u, sys; sys.exit(u.find_spec('torch') is not None)"
    if subprocess.run([str(python), "-c", code], check=False).returncode:
        raise system.SetupError(f"torch is installed beside {python}: this ring proves nothing.")


def _pytest(ring: str, python: Path, arguments: list[str], variables: dict, limit: int) -> Count:
    report = REPORTS / f"{ring}.xml"
    report.unlink(missing_ok=True)
    command = [str(python), "-u", "-m", "pytest", *arguments]
    options = ["-q", "--durations=5", "-p", "no:cacheprovider", f"--junitxml={report}"]
    code = _child([*command, *options], variables, limit)
    count = Count()
    if report.is_file():
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            number = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors")}
            failed = number["failures"] + number["errors"]
            skipped = int(suite.get("skipped", 0))
            count.add(Count(number["tests"] - failed - skipped, failed, skipped))
    if code not in (0, 5) and not count.failed:  # 5: there was nothing to run
        print(f"{ring}: pytest ended with code {code} though no test failed.")
        count.failed = 1
    return count


def _child(command: list[str], variables: dict, limit: int) -> int:
    """Run a command under a time limit; its whole process group ends with it."""
    environment = dict(os.environ, PYTHONUNBUFFERED="1", **variables)
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            print(f"Stopped after {limit} s: {' '.join(command[:6])}", flush=True)
            return 124
        finally:
            with contextlib.suppress(ProcessLookupError):  # nothing is left: as it should be
                os.killpg(process.pid, signal.SIGKILL)


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
