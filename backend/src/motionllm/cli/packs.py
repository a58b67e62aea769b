"""`motionllm packs`. Standard library at import."""

from __future__ import annotations

import argparse
import json

from motionllm.cli.options import Commands, add_command
from motionllm.errors import MotionError


def register(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "packs", "list the model packs found, with their licences")
    parser.add_argument("--json", action="store_true", help="print one JSON object a pack")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print a line a pack."""
    from motionllm.serve.server import pack_table

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
