"""`motionllm packs`. Standard library at import."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from motionllm.cli.options import Commands, add_command
from motionllm.errors import MotionError


def register(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "packs", "list the model packs found, with their licences")
    parser.add_argument("--json", action="store_true", help="print one JSON object a pack")
    parser.add_argument(
        "--install", metavar="PATH", help="first copy a pack, a folder or a zip, to where all look"
    )
    parser.add_argument(
        "--replace", action="store_true", help="in the place of an installed one of that name"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print a line a pack."""
    from motionllm.serve.server import pack_table

    if options.install:
        from motionllm.pack.install import install_pack

        pack = install_pack(Path(options.install), options.replace)
        print(f"Installed {pack.folder}", file=sys.stderr)
    table = pack_table()
    if options.json:
        for pack in table:
            print(json.dumps(pack, ensure_ascii=False), flush=True)
    elif not table:
        raise MotionError("no_pack", "There is no model pack.", "See: motionllm doctor")
    else:
        width = max(len(pack["name"]) for pack in table)
        for pack in table:
            use = "commercial use allowed" if pack["commercial"] else "non-commercial use only"
            print(f"{pack['name']:<{width}}  {use}; {pack['licence']}")
    return 0
