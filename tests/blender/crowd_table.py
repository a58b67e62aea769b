"""The table of docs/crowd.md: `motionllm crowd` for growing numbers of people, measured.

    python tests/blender/crowd_table.py PYTHON_WITH_BPY [OUT_FOLDER]

Runs with any Python that has motionllm (or the sources on PYTHONPATH). Prints a line a crowd.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Name, number of people, metres of each side of the area, further arguments.
CROWDS = (
    ("walks", 10, 12, ["a person walks"]),
    ("walks", 50, 12, ["a person walks"]),
    ("walks", 200, 24, ["a person walks"]),
    ("claps", 50, 12, ["a person claps", "--loop"]),
    ("claps, 8 motions shared", 50, 12, ["a person claps", "--loop", "--takes", "8"]),
    ("claps", 200, 24, ["a person claps", "--loop"]),
    ("claps, 8 motions shared", 200, 24, ["a person claps", "--loop", "--takes", "8"]),
)
HEAD = (
    "| what | people | area | seconds in all | generating | placing | in Blender | CPU seconds "
    "| actions | file | closest | outside | skate, single clips |\n" + "|---" * 13 + "|"
)


def main(blender: str, folder: Path) -> None:
    """Make every crowd and print its line."""
    print(HEAD, flush=True)
    for name, count, side, arguments in CROWDS:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        out = folder / f"crowd_{count}_{'shared' if 'shared' in name else name}.blend"
        done = subprocess.run(
            [
                sys.executable, "-m", "motionllm", "crowd", *arguments, "--count", str(count),
                "--area", f"{side}x{side}", "--out", str(out), "--blender", blender, "--json",
            ],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if not done.stdout:
            sys.exit(done.stderr)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        answer = json.loads(done.stdout)
        took = answer["seconds"]
        print(
            f"| {name} | {answer['characters']} of {answer['asked']} | {side} x {side} m "
            f"| {took['all']} | {took['generate']} | {took['place']} | {took['blender']} "
            f"| {cpu:.0f} | {answer['actions']} | {answer['megabytes']} MB "
            f"| {answer['closest']:.2f} m | {answer['outside']} "
            f"| {answer['skate_cm_s']:.1f}, {answer['single_skate_cm_s']:.1f} cm/s |",
            flush=True,
        )


if __name__ == "__main__":
    started = time.strftime("%Y-%m-%d %H:%M")
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(scratch)
        target.mkdir(parents=True, exist_ok=True)
        main(sys.argv[1], target)
    print(f"\nbegun {started}")
