"""`motionllm benchmark`. Standard library at import."""

from __future__ import annotations


def benchmark(arguments: list[str]) -> int:
    """Run `motionllm benchmark` with its own arguments."""
    from motionllm.benchmark.engines import main

    return main(arguments) or 0
