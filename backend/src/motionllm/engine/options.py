"""The options that say which engine to use. Standard library at import."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from motionllm.engine.loaded import LoadedEngines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which engine to use."""
    parser.add_argument(
        "--engine", choices=("auto", "embedded", "torch"), default="auto",
        help="auto takes torch where it has a GPU, else the embedded engine (default: auto)",
    )  # fmt: skip
    parser.add_argument(
        "--device", default="auto", help="of the torch engine: auto, cpu, cuda, mps (default: auto)"
    )
    parser.add_argument(
        "--pack", default="default", help="name or folder of a model pack (default: default)"
    )
    parser.add_argument(
        "--backbone", help="the language model's GGUF file (default: wherever it is found)"
    )


def engines_of(options: argparse.Namespace) -> LoadedEngines:
    """Return what opens the engine that the options name; nothing is loaded yet."""
    from motionllm.engine.loaded import LoadedEngines

    return LoadedEngines(options.engine, options.device, options.pack, options.backbone)
