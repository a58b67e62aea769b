"""`motionllm data`: the training set. Standard library at import."""

import argparse


def _build(options: argparse.Namespace) -> int:
    from motionllm.data import build, joined, pieces
    from motionllm.data.captions.write import HumanCaptions
    from motionllm.data.sources import humanml3d

    build.build(options.mocap, options.out, commercial_only=options.commercial)
    if options.captions:
        human = HumanCaptions(options.captions)
    else:
        human = humanml3d.TextFolder(options.mocap) if humanml3d.is_layout(options.mocap) else None
    pieces.build(options.out, human)
    joined.build(options.out)
    return 0


def _pictures(options: argparse.Namespace) -> int:
    from motionllm.data.pictures import draw_families

    draw_families(options.data, options.out)
    return 0


def _people(options: argparse.Namespace) -> int:
    from motionllm.data.people.build import build

    build(options.data, options.mocap, options.composed)
    return 0
