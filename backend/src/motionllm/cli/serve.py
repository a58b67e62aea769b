"""`motionllm serve`. Standard library at import."""

from __future__ import annotations

import argparse

from motionllm.engine.options import engines_of


def serve(options: argparse.Namespace) -> int:
    """Run `motionllm serve` until stdin closes."""
    from motionllm.serve.server import serve as serve_pipe

    serve_pipe(engines_of(options))
    return 0
