"""`motionllm fetch-backbone`. Standard library at import."""

from __future__ import annotations

import argparse

from motionllm.cli.options import Commands, add_command
from motionllm.cli.status import status_line


def register(commands: Commands) -> None:
    """Add the command."""
    summary = "download the language model (93 MB, once)"
    add_command(commands, "fetch-backbone", summary).set_defaults(run=run)


def run(_options: argparse.Namespace) -> int:
    """Fetch the file unless it is there, and print its path."""
    from motionllm.pack.backbone import fetch_backbone

    with status_line() as status:
        path = fetch_backbone(
            lambda done, total: status.show(f"fetching {done / 1e6:.0f} of {total / 1e6:.0f} MB")
        )
    print(path)
    return 0
