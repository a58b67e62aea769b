"""`motionllm serve`. Standard library at import."""

from __future__ import annotations

import argparse

from motionllm.cli.options import Commands, add_command
from motionllm.engine.options import add_arguments, engines_of


def register(commands: Commands) -> None:
    """Add the command."""
    summary = "answer programs on stdin and stdout (JSON-RPC with Content-Length)"
    parser = add_command(commands, "serve", summary)
    add_arguments(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Answer until stdin closes."""
    from motionllm.serve.server import serve

    serve(engines_of(options))
    return 0
