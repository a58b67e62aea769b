"""`motionllm crowd`: from prompts to a scene full of people. Standard library at import."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from motionllm.batch.prompt_list import Line, read_all
from motionllm.cli.file_names import file_named
from motionllm.cli.options import Commands, add_command
from motionllm.engine.options import add_arguments, engines_of
from motionllm.errors import MotionError

MOST = 2000  # characters
EPILOG = """\
Makes a .blend from nothing: every character has its own motion (seed), length and start, walkers
are steered so that all stay inside the area and apart from each other, feet stay planted. What was
placed is measured in Blender over all frames. Who could not be placed is said, the others are.

--prompts takes the lines of `motionllm generate --prompts`; "weight" is a prompt's share.

examples:
  motionllm crowd "a person walks" --count 50 --area 12x12 --out crowd.blend
  motionllm crowd --prompts market.jsonl --count 30 --area 20x8 --loop --seconds 12 --out m.blend
  motionllm crowd "a person claps" --count 200 --takes 10 --area 30x20 --facing 0,15 --out f.blend
"""


def register(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "crowd", "fill a Blender scene with people", EPILOG)
    parser.add_argument("text", nargs="?", metavar="TEXT", help="what the people do")
    parser.add_argument("--prompts", metavar="FILE", help="a list: .jsonl, .txt or .csv")
    parser.add_argument("--count", type=int, required=True, help="number of characters")
    parser.add_argument("--area", required=True, metavar="WxD", help="metres, for example 12x12")
    parser.add_argument("--out", required=True, metavar="FILE", help="the .blend to write")
    parser.add_argument("--seconds", type=float, default=5.0,
                        help="length of the scene (default: 5)")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="(default: 0)")
    parser.add_argument("--distance", type=float, default=0.5,
                        help="metres that people keep from each other (default: 0.5)")  # fmt: skip
    parser.add_argument("--facing", metavar="X,Y",
                        help="point that standing people face (default: anywhere)")  # fmt: skip
    parser.add_argument("--loop", action="store_true",
                        help="seamless loops that repeat to the scene's end")  # fmt: skip
    parser.add_argument("--takes", type=int, default=0,
                        help="motions shared by all (default: each an own one)")  # fmt: skip
    parser.add_argument("--blender", metavar="PROGRAM", help="Blender, or a Python that has bpy")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--require", action="store_true",
        help="exit code 1 where a motion does not show a clause of its text (see motionllm check)",
    )  # fmt: skip
    add_arguments(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command: 1 if somebody could not be placed or generated."""
    from motionllm.cli import blender
    from motionllm.cli.status import Status
    from motionllm.crowd.cast import cast
    from motionllm.files import check_folder

    started = time.perf_counter()
    out = Path(options.out)
    size = _check(options, out)
    check_folder(out.resolve().parent)
    blender.find_blender(options.blender)
    lines = _lines(options)
    requests, roles = cast(
        lines, options.count, options.seconds, options.seed, options.loop, options.takes
    )
    status = Status()
    try:
        clips = _generate(options, requests, status)
        generated = time.perf_counter()
        people, answer = _place(options, size, clips, roles, status)
        planned = time.perf_counter()
        status.show("writing the scene")
        with tempfile.TemporaryDirectory(prefix="motionllm-") as folder:
            job = _job(people, size, out, Path(folder))
            answer.update(blender.run(job, options.blender))
    finally:
        status.clear()
    ended = time.perf_counter()
    answer["seconds"] = {
        "generate": round(generated - started, 1),
        "place": round(planned - generated, 1),
        "blender": round(ended - planned, 1),
        "all": round(ended - started, 1),
    }
    answer["out"] = str(out)
    answer["motions"] = table = _shown(requests, clips, roles)
    print(json.dumps(answer, ensure_ascii=False) if options.json else report(answer), flush=True)
    lacking = [row for row in table if options.require and row["shown"] < row["asked"]]
    for row in lacking:
        told = f"{row['clauses']}, seed {row['seed']}"
        print(f"motionllm: {row['text']}: {told}", file=sys.stderr)
    return 1 if answer["failed"] or lacking else 0


def _shown(requests: list, clips: list, roles: list) -> list[dict]:
    """Return what each motion shows of its text, as it was drawn: a row for the table."""
    from motionllm.judge.clause import Verdict

    people = Counter(role.take for role in roles)
    rows = []
    for take, (request, clip) in enumerate(zip(requests, clips, strict=True)):
        verdict = Verdict() if isinstance(clip, MotionError) else Verdict.from_json(clip.ticks)
        rows.append({
            "text": request.text, "seed": request.seed, "people": people[take],
            "shown": verdict.shown, "asked": len(verdict.ticks), "clauses": verdict.told(),
            "not checked": list(verdict.unread),
        })  # fmt: skip
    return rows


def _check(options: argparse.Namespace, out: Path) -> tuple[float, float]:
    if (options.text is None) == (options.prompts is None):
        raise MotionError(
            "bad_request", "Give either a text or --prompts FILE.", "See: motionllm crowd --help"
        )
    if not 1 <= options.count <= MOST:
        raise MotionError("bad_request", f"--count must lie between 1 and {MOST:,}.")
    if not 1.0 <= options.seconds <= 60.0:
        raise MotionError("bad_request", "--seconds must lie between 1 and 60.")
    if not 0.4 <= options.distance <= 10.0:
        raise MotionError("bad_request", "--distance must lie between 0.4 and 10 metres.")
    if options.takes < 0:
        raise MotionError("bad_request", "--takes must be zero or more.")
    if out.suffix.lower() != ".blend":
        raise MotionError("bad_request", f"A crowd is written as .blend, not as {out.name!r}.")
    if out.is_dir():
        raise MotionError("bad_request", f"{out} is a folder.", "Give the name of a file.")
    return _numbers(options.area, "x", "--area must be width x depth in metres, as in 12x12.")


def _numbers(text: str, between: str, problem: str) -> tuple[float, float]:
    try:
        first, second = (float(part) for part in text.lower().split(between))
    except ValueError as error:
        raise MotionError("bad_request", problem) from error
    if not (abs(first) < 1000.0 and abs(second) < 1000.0):
        raise MotionError("bad_request", problem)
    return first, second


def _lines(options: argparse.Namespace) -> list:
    from motionllm.requests import GenerateRequest, check_request

    defaults = check_request(GenerateRequest(options.text or "motion", None, options.seed))
    if options.prompts is None:
        return [Line(defaults)]
    try:
        with file_named(options.prompts).open("rb") as file:
            return read_all(file, defaults, Path(options.prompts).suffix)
    except OSError as error:
        raise MotionError(
            "bad_request", f"{options.prompts} cannot be read: {error.strerror}."
        ) from error


def _generate(options: argparse.Namespace, requests: list, status) -> list:
    """Return each request's clip, or the error that it met."""
    from motionllm.serve.server import MAX_BATCH

    engines = engines_of(options)
    engine = engines.get(None, lambda: status.show("loading the model"))
    # Clips of a like length together: a batch takes as long as its longest.
    order = sorted(range(len(requests)), key=lambda index: requests[index].seconds or 0.0)
    results: list = [None] * len(requests)
    for start in range(0, len(order), MAX_BATCH):
        some = order[start : start + MAX_BATCH]
        status.show(f"generating {start} of {len(order)}")
        for index, result in zip(some, _batch(engine, [requests[k] for k in some]), strict=True):
            results[index] = result
    return results


def _batch(engine, requests: list) -> list:
    from motionllm.batch.worker import HOPELESS
    from motionllm.judge import choose

    try:
        return choose.generate(engine, requests)
    except MotionError as error:
        if error.code in HOPELESS:
            raise
        if len(requests) == 1:
            return [error]
        return [_batch(engine, [request])[0] for request in requests]


def _place(
    options: argparse.Namespace, size: tuple[float, float], clips: list, roles: list, status
) -> tuple[list, dict]:
    """Return who was placed, with what others share, and the figures so far."""
    import numpy as np

    from motionllm.crowd.area import rectangle
    from motionllm.crowd.members import Member, Rules
    from motionllm.crowd.plan import plan
    from motionllm.motion.axes import floor_from_blender
    from motionllm.motion.features import FPS
    from motionllm.motion.physics import figures

    facing = None
    if options.facing:
        x, y = _numbers(options.facing, ",", "--facing must be a point, as in 0,15.")
        facing = floor_from_blender([x, y])
    rules = Rules(
        rectangle(*size), round(options.seconds * FPS), options.distance, facing, options.loop,
        FPS, options.seed,
    )  # fmt: skip
    failed = {str(clip): 0 for clip in clips if isinstance(clip, MotionError)}
    doing = []
    for role in roles:
        clip = clips[role.take]
        if isinstance(clip, MotionError):
            failed[str(clip)] += 1
        else:
            doing.append((role, clip))
    placed = plan(
        [Member(clip, shared=role.shared) for role, clip in doing], rules,
        progress=lambda done, total: status.show(f"placing {done} of {total}"),
    )  # fmt: skip
    people, before, after = [], [], []
    for (role, clip), person in zip(doing, placed, strict=True):
        if isinstance(person, MotionError):
            failed[str(person)] = failed.get(str(person), 0) + 1
            continue
        people.append((person, role.take if role.shared else None))
        before.append(figures(clip)["skate_cm_s"])
        after.append(figures(person.clip)["skate_cm_s"])
    if not people:
        raise MotionError("bad_request", "Nobody could be placed.", next(iter(failed), ""))
    answer = {
        "asked": options.count,
        "area": list(size),
        "skate_cm_s": round(float(np.mean(after)), 3),
        "single_skate_cm_s": round(float(np.mean(before)), 3),
        "failed": failed,
    }
    return people, answer


def _job(people: list, size: tuple[float, float], out: Path, folder: Path) -> dict:
    import numpy as np

    from motionllm.motion.clip import save_clip

    entries, files = [], {}
    for number, (person, share) in enumerate(people):
        name = files.get(id(person.clip))
        if name is None:
            name = files[id(person.clip)] = str(folder / f"{number:04d}.npz")
            save_clip(person.clip, name)
        entries.append({
            "clip": name, "place": [float(x) for x in person.place],
            "heading": person.heading, "start": person.start, "cyclic": person.cyclic,
            "share": share if person.as_is else None,
        })  # fmt: skip
    joints = folder / "joints.npy"
    np.save(joints, np.stack([person.joints for person, _ in people]).astype(np.float32))
    return {
        "kind": "crowd", "people": entries, "joints": str(joints), "area": list(size),
        "out": str(out.resolve()),
    }  # fmt: skip


def report(answer: dict) -> str:
    """Return what happened, in words."""
    took = answer["seconds"]
    width, depth = answer["area"]
    lines = [
        f"{answer['out']}: {answer['characters']} of {answer['asked']} characters, "
        f"{answer['frames']} frames, {answer['actions']} actions, {answer['megabytes']} MB",
        f"  closest {answer['closest']:.2f} m over all frames, bodies {answer['gap']:.2f} m; "
        f"{answer['outside']} outside {width:g} x {depth:g} m",
        f"  feet slide {answer['skate_cm_s']:.2f} cm/s, the single clips "
        f"{answer['single_skate_cm_s']:.2f}",
        f"  {took['all']} s: {took['generate']} generating, {took['place']} placing, "
        f"{took['blender']} in Blender",
    ]
    checked = [row for row in answer["motions"] if row["asked"]]
    if checked:
        whole = sum(row["shown"] == row["asked"] for row in checked)
        lines.append(f"  {whole} of {len(checked)} motions show every clause of their text")
    lines += [f"  {number} not placed: {reason}" for reason, number in answer["failed"].items()]
    return "\n".join(lines)
