"""Draw docs/pictures/rooms.svg: the rooms of the sources and what they import, from the imports.

    python3 install/rooms.py [--check]

Floors are those of the contract in pyproject.toml; a room's text is the first sentence of its
docstring. An arrow that others imply (crowd to people to motion: no arrow from crowd to motion) is
left out. Standard library only. With --check nothing is written; 1 if the picture is out of date.
"""

from __future__ import annotations

import argparse
import ast
import html
import sys
import textwrap
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "backend" / "src" / "motionllm"
ADDON = ROOT / "motionllm_blender"
OUT = ROOT / "docs" / "pictures" / "rooms.svg"
WIDTH, BOX, HIGH, GAP, FLOOR = 1280, 238, 74, 16, 118  # pixels; FLOOR from floor to floor
TOP = 30
LETTERS = 33  # of a line in a box
SHADES = ("#eef3f8", "#f7f7f2")
ADDON_ROOM = "motionllm_blender"


def main() -> int:
    """Write or compare the picture."""
    parser = argparse.ArgumentParser(description="Draw the rooms of the sources.")
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    check = parser.parse_args().check
    text = picture()
    if check:
        same = OUT.is_file() and OUT.read_text("utf-8") == text
        if not same:
            print(f"{OUT.relative_to(ROOT)} is out of date: run python3 install/rooms.py")
        return 0 if same else 1
    OUT.write_text(text, encoding="utf-8")
    print(OUT)
    return 0


def floors() -> list[list[str]]:
    """Return the rooms of each floor, topmost first; the add-on stands above all."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    layers = next(
        contract["layers"] for contract in tools["importlinter"]["contracts"]
        if contract["type"] == "layers" and contract["containers"] == ["motionllm"]
    )  # fmt: skip
    return [[ADDON_ROOM]] + [[name.strip() for name in layer.split("|")] for layer in layers]


def imports() -> dict[str, set[str]]:
    """Return the rooms that each room imports, anywhere in its files."""
    found: dict[str, set[str]] = {}
    for folder in (SOURCES, ADDON):
        for path in folder.rglob("*.py"):
            room = ADDON_ROOM if folder == ADDON else path.relative_to(SOURCES).parts[0]
            room = room.removesuffix(".py")
            if room.startswith("__"):
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                for name in _modules(node):
                    found.setdefault(room, set()).add(name)
    for room, others in found.items():
        others.discard(room)
    return found


def _modules(node: ast.AST) -> list[str]:
    """Return the rooms that an import statement names."""
    if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        whole = [f"{node.module}.{alias.name}" for alias in node.names]
    elif isinstance(node, ast.Import):
        whole = [alias.name for alias in node.names]
    else:
        return []
    parts = [name.split(".") for name in whole]
    return [part[1] for part in parts if part[0] == "motionllm" and _is_room(part)]


def _is_room(part: list[str]) -> bool:
    return len(part) > 1 and ((SOURCES / part[1]).is_dir() or (SOURCES / f"{part[1]}.py").is_file())


def plain(arrows: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return the arrows that no others imply."""

    def reached(room: str) -> set[str]:
        below = arrows.get(room, set())
        return below | {far for near in below for far in reached(near)}

    return {
        room: {
            other for other in below
            if not any(other in reached(near) for near in below if near != other)
        }
        for room, below in arrows.items()
    }  # fmt: skip


def sentence(room: str) -> str:
    """Return the first sentence of a room's docstring."""
    if room == ADDON_ROOM:
        path = ADDON / "__init__.py"
    else:
        path = SOURCES / room
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = " ".join((ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").split())
    return text.split(". ")[0].rstrip(".")


def picture() -> str:
    """Return the SVG."""
    rows = floors()
    middle: dict[str, tuple[float, float]] = {}
    boxes = []
    for number, row in enumerate(rows):
        top = TOP + number * FLOOR
        wide = len(row) * BOX + (len(row) - 1) * GAP
        start = GAP if row == [ADDON_ROOM] else (WIDTH - wide) / 2
        for place, room in enumerate(row):
            left = start + place * (BOX + GAP)
            middle[room] = (left + BOX / 2, top)
            boxes += _box(room, left, top, SHADES[number % 2])
    lines = []
    for room, others in sorted(plain(imports()).items()):
        for other in sorted(others):
            lines.append(_arrow(middle[room], middle[other]))
    height = TOP + len(rows) * FLOOR
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">',
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
            'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#5b7083"/></marker>'
            "</defs>",
            *lines,
            *boxes,
            "</svg>",
            "",
        ]
    )


def _box(room: str, left: float, top: float, shade: str) -> list[str]:
    told = textwrap.wrap(sentence(room), LETTERS)[:3]
    return [
        f'<rect x="{left:g}" y="{top:g}" width="{BOX}" height="{HIGH}" rx="6" fill="{shade}" '
        'stroke="#5b7083"/>',
        f'<text x="{left + 10:g}" y="{top + 19:g}" font-size="14" font-weight="bold">{room}</text>',
        *(
            f'<text x="{left + 10:g}" y="{top + 36 + 15 * line:g}" font-size="12">'
            f"{html.escape(text)}</text>"
            for line, text in enumerate(told)
        ),
    ]


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x, y), (to_x, to_y) = start, end
    y += HIGH
    bend = (to_y - y) / 2
    return (
        f'<path d="M{x:g} {y:g}C{x:g} {y + bend:g} {to_x:g} {to_y - bend:g} {to_x:g} {to_y - 2:g}" '
        'fill="none" stroke="#5b7083" stroke-opacity="0.7" marker-end="url(#tip)"/>'
    )


if __name__ == "__main__":
    sys.exit(main())
