"""`motionllm generate --people` and `--partner-of`. Standard library at import."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from motionllm.cli.options import add_fields
from motionllm.errors import MotionError
from motionllm.requests import GenerateRequest, PeopleRequest, check_people

if TYPE_CHECKING:
    from motionllm.cli.status import Status
    from motionllm.engine.loaded import LoadedEngines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of several people to `motionllm generate`."""
    add_fields(parser, PeopleRequest)
    parser.add_argument(
        "--partner-of", metavar="FILE",
        help="make the partner of this motion (.npz, .bvh ...), in its space; TEXT says what the "
        "two do",
    )  # fmt: skip
    parser.add_argument(
        "--action", default="", metavar="NAME",
        help="which animation of --partner-of's FILE, or which person of a .bvh, where it holds "
        "several",
    )  # fmt: skip


def asked(options: argparse.Namespace) -> bool:
    """Tell whether the options ask for several people."""
    return options.people is not None or options.partner_of is not None


def run(
    options: argparse.Namespace, request: GenerateRequest, engines: LoadedEngines, status: Status
) -> int:
    """Make the people and write a file each, and NAME.json, which says how they came about.

    Args:
        request: the checked request of the sentence.
        engines: opens the engine.
        status: shows what goes on.

    Raises:
        MotionError: "bad_request" and what generation and writing raise.
    """
    from motionllm.cli.clip_files import read_motion, tell, write_clip
    from motionllm.cli.file_names import file_named
    from motionllm.files import check_folder, write_whole
    from motionllm.people.generate import generate_people, own_words
    from motionllm.requests import PeopleRequest

    if options.count != 1:
        raise MotionError("bad_request", "--count does not go with several people.",
                          "Run it again with another --seed.")  # fmt: skip
    out = Path(options.out)
    leader = None
    if options.partner_of:
        file = file_named(options.partner_of)
        read = read_motion(file, options.action)
        tell(file, read.notes)
        leader = read.clip
    people = PeopleRequest.people if options.people is None else options.people
    wanted = check_people(PeopleRequest(request, people, leader))
    check_folder(out.parent)
    engine = engines.get(None, lambda: status.show("loading the model"))
    made = generate_people(engine, wanted, status.tokens("generating"))
    first = 0 if leader is None else 1
    paths = []
    if out.suffix.lower() == ".png":  # one picture of all, not one of each
        from motionllm.pictures import people as pictures

        pictures.draw([(f"{wanted.request.text}  ({made.how})", made.clips)], out)
        paths, first = [out], people
    for index, clip in list(enumerate(made.clips))[first:]:
        paths.append(out.with_name(f"{out.stem}.{index}{out.suffix}"))
        write_clip(clip, paths[-1])
    status.clear()
    facts = {
        "text": wanted.request.text, "seed": wanted.request.seed, "how": made.how, "why": made.why,
        "files": [path.name for path in paths], "pack": engine.pack.name,
        "licence": engine.pack.licence,
    }  # fmt: skip
    note = out.with_name(out.stem + ".json")
    write_whole(note, (json.dumps(facts, indent=1, ensure_ascii=False) + "\n").encode())
    for path in paths:
        print(path, flush=True)
    print(f"motionllm: {made.why}", file=sys.stderr)
    if warning := engine.pack.unlearnt(own_words(wanted, made.how)):
        print(warning, file=sys.stderr)
    return 0
