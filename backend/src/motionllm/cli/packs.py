"""`motionllm packs` and `motionllm fetch-backbone`. Standard library at import."""

from __future__ import annotations

import argparse
import json

from motionllm.cli.status import status_line
from motionllm.errors import MotionError


def _print_json(value: dict) -> None:
    print(json.dumps(value, ensure_ascii=False), flush=True)


def packs(options: argparse.Namespace) -> int:
    """Run `motionllm packs`."""
    from motionllm.serve.server import pack_table

    table = pack_table()
    if options.json:
        for pack in table:
            _print_json(pack)
    elif not table:
        raise MotionError("no_pack", "There is no model pack.", "See: motionllm doctor")
    else:
        width = max(len(pack["name"]) for pack in table)
        for pack in table:
            use = "commercial use allowed" if pack["commercial"] else "non-commercial use only"
            print(f"{pack['name']:<{width}}  {use}; {pack['licence']}")
    return 0


def fetch_backbone(options: argparse.Namespace) -> int:
    """Run `motionllm fetch-backbone`."""
    from motionllm.pack.backbone import fetch_backbone as fetch

    with status_line() as status:
        path = fetch(
            lambda done, total: status.show(f"fetching {done / 1e6:.0f} of {total / 1e6:.0f} MB")
        )
    print(path)
    return 0
