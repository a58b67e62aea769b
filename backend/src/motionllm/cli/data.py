"""`motionllm data`: the training set. Standard library at import."""

from __future__ import annotations

import argparse
from pathlib import Path

from motionllm.cli.options import Commands
from motionllm.folder_lock import lock_folder

RUNS = Path("runs")
DATA = RUNS / "data"


def register(commands: Commands) -> None:
    """Add the subcommands; each sets `run`, a function of the parsed options."""
    data = commands.add_parser("data", help="build the training set").add_subparsers(
        dest="action", required=True
    )
    build = data.add_parser(
        "build", help="read motion capture, write the training set with its captions"
    )
    build.add_argument("mocap", type=Path, help="folder with clips.csv and its BVH files or zips, "
                       "or in HumanML3D's layout")  # fmt: skip
    build.add_argument("--captions", type=Path, help="folder with captions written by people")
    build.add_argument("--out", type=Path, default=DATA, help=f"folder to write ({DATA})")
    build.add_argument("--commercial", action="store_true",
                       help="leave out clips whose commercial_ok is not yes")  # fmt: skip
    build.set_defaults(run=_build)
    people = data.add_parser("people", help="put together who does something with whom")
    people.add_argument("mocap", type=Path, nargs="?",
                        help="folder that the training set was made from, for what was recorded "
                        "together")  # fmt: skip
    people.add_argument("--data", type=Path, default=DATA, help=f"training set ({DATA})")
    people.add_argument("--composed", type=int, default=3200, help="groups to compose (3200)")
    people.set_defaults(run=_people)
    recordings = data.add_parser(
        "recordings", help="write the recordings into a pack, to be taken where they show more"
    )
    recordings.add_argument("pack", help="name or folder of the pack, which is changed")
    recordings.add_argument("--data", type=Path, default=DATA, help=f"training set ({DATA})")
    recordings.set_defaults(run=_recordings)
    gestures = data.add_parser(
        "gestures", help="make gestures by rule over recordings of a training set, as build does"
    )
    gestures.add_argument("--data", type=Path, default=DATA, help=f"training set ({DATA})")
    gestures.set_defaults(run=_gestures)
    pictures = data.add_parser("pictures", help="draw clips of every skeleton family")
    pictures.add_argument("--data", type=Path, default=DATA)
    pictures.add_argument("--out", type=Path, default=Path("docs/pictures/families.png"))
    pictures.set_defaults(run=_pictures)


def _recordings(options: argparse.Namespace) -> int:
    from motionllm.data.recordings import write_recordings
    from motionllm.pack.folders import find_pack
    from motionllm.pack.pack import load_pack

    pack = load_pack(find_pack(options.pack))
    count, size = write_recordings(pack, options.data)
    print(f"{count} pieces, {size / 1e6:.1f} MB: {pack.folder / 'recordings.npz'}")
    return 0


def _build(options: argparse.Namespace) -> int:
    from motionllm.data import at_once, build, joined, pieces
    from motionllm.data.gestures.build import build as build_gestures
    from motionllm.data.sources import humanml3d
    from motionllm.data.sources.human_captions import HumanCaptions

    if options.captions:
        human = HumanCaptions(options.captions)
    else:
        human = humanml3d.TextFolder(options.mocap) if humanml3d.is_layout(options.mocap) else None
    with lock_folder(options.out):
        build.build(options.mocap, options.out, commercial_only=options.commercial)
        pieces.build(options.out, human)
        joined.build(options.out)
        at_once.build(options.out)
        build_gestures(options.out)
    return 0


def _gestures(options: argparse.Namespace) -> int:
    from motionllm.data.gestures.build import build

    with lock_folder(options.data):
        build(options.data)
    return 0


def _pictures(options: argparse.Namespace) -> int:
    from motionllm.data.pictures import draw_families

    draw_families(options.data, options.out)
    return 0


def _people(options: argparse.Namespace) -> int:
    from motionllm.data.people.build import build

    build(options.data, options.mocap, options.composed)
    return 0
