"""`motionllm benchmark`. Standard library at import."""

from __future__ import annotations

from collections.abc import Sequence

from motionllm.cli.options import Commands


def register(commands: Commands) -> None:
    """Add the command's name; what follows it is read by the program that it starts."""
    commands.add_parser("benchmark", help="measure speed and memory", add_help=False)


def run(arguments: Sequence[str]) -> int:
    """Run the benchmark with its own arguments."""
    from motionllm.benchmark.engines import main

    return main(arguments)
