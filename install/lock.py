"""Write install/locks/<name>.txt from <name>.in: exact versions with hashes. Standard library only.

    python3 install/lock.py [NAME ...] [--constraint FILE]

pip's own resolver chooses on this machine; nothing is installed. Hashes of the wheels for other
systems are added where such wheels exist, so a lock made on Linux x86-64 holds on macOS and
Windows too, as far as no package there needs others besides. Run it to take newer versions, then
run the tests.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import environments
from system import SetupError

OTHER_SYSTEMS = ("win_amd64", "macosx_14_0_arm64")
HERE = 'sys_platform == "linux" and platform_machine == "x86_64"'
ELSEWHERE = 'sys_platform != "linux" or platform_machine != "x86_64"'


def main() -> int:
    """Lock the environments named on the command line, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Plain)
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: every environment")
    parser.add_argument("--constraint", help="versions to keep where they fit (pip freeze)")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(environments.ENVIRONMENTS)
    if unknown:
        parser.error(f"no such environment: {', '.join(sorted(unknown))}")
    try:
        for name in arguments.names or environments.ENVIRONMENTS:
            lock(environments.ENVIRONMENTS[name], arguments.constraint)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


class _Plain(argparse.RawDescriptionHelpFormatter):
    """Keep the docstring's lines."""


def lock(environment: environments.Environment, constraint: str | None) -> None:
    """Resolve one environment and write its lock."""
    base = environments.find_python(environment.python)
    if base is None:
        raise SetupError(f"{environment.name} needs Python {environment.python}: not found.")
    wanted = environment.lock.with_suffix(".in")
    with tempfile.TemporaryDirectory() as scratch:
        venv = Path(scratch) / "venv"
        subprocess.run([str(base), "-m", "venv", str(venv)], check=True)
        python = environments.python_in(venv)
        options = ["--constraint", constraint] if constraint else []
        resolved = _report(python, ["-r", str(wanted), *options])
        if resolved is None:
            raise SetupError(f"pip could not resolve {wanted.name}.")
        pins = dict(sorted(resolved.items()))
        others = [_elsewhere(python, system, environment.python, pins) for system in OTHER_SYSTEMS]
    lines = [
        f"# Made by install/lock.py from {wanted.name} for Python {environment.python}: "
        "change that file, not this one.",
    ]
    for name, (version, digest) in pins.items():
        found = sorted({other[name] for other in others if name in other} - {digest})
        if "+" in version:
            # A local version such as torch's +cpu: the plain one is another build on this system
            # (several gigabytes of CUDA) and the same one on the others.
            lines += _entry(f"{name}=={version} ; {HERE}", [digest])
            plain = version.partition("+")[0]
            if found:
                lines += _entry(f"{name}=={plain} ; {ELSEWHERE}", found)
        else:
            lines += _entry(f"{name}=={version}", [digest, *found])
    environment.lock.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{environment.lock.name}: {len(pins)} packages")


def _entry(requirement: str, digests: list[str]) -> list[str]:
    hashes = [f"    --hash=sha256:{digest}" for digest in digests]
    return " \\\n".join([requirement, *hashes]).split("\n")


def _elsewhere(
    python: Path, system: str, version: str, pins: dict[str, tuple[str, str]]
) -> dict[str, str]:
    """Return the hash of each pinned package's wheel for another system, where there is one."""
    found = {}
    with tempfile.TemporaryDirectory() as target:
        options = ["--platform", system, "--python-version", version, "--target", target]
        for name, (number, _) in pins.items():
            plain = number.partition("+")[0]
            report = _report(python, [f"{name}=={plain}", "--no-deps", *options])
            if report:
                found[name] = report[name][1]
    return found


def _report(python: Path, arguments: list[str]) -> dict[str, tuple[str, str]] | None:
    """Return name -> (version, sha256) of what pip would install, or None if it would not."""
    command = [str(python), "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        options = ["--only-binary", ":all:", "--report", str(report)]
        done = subprocess.run(
            [*command, *options, *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(done.stderr.strip().splitlines()[-1][:200], file=sys.stderr)
            return None
        items = json.loads(report.read_text())["install"]
    return {
        re.sub(r"[-_.]+", "-", item["metadata"]["name"]).lower(): (
            item["metadata"]["version"],
            item["download_info"]["archive_info"]["hashes"]["sha256"],
        )
        for item in items
    }


if __name__ == "__main__":
    sys.exit(main())
