"""Builds the groups of a training set: `motionllm data people`. numpy only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from motionllm.data import pieces
from motionllm.data.dataset import Dataset
from motionllm.data.people import groups
from motionllm.data.people.captured import captured_groups
from motionllm.data.people.composed import Composer
from motionllm.people.rules import load_rules

COMPOSED, HELD_OUT = 3200, 400  # groups asked for
SEED = 9


def build(
    data: Path, mocap: Path | None, composed: int = COMPOSED, say: Callable[[str], None] = print
) -> None:
    """Write people.jsonl beside a training set.

    Args:
        data: folder written by data.build, with its pieces.
        mocap: the folder it was made from, for what was recorded together; None leaves that out.
        composed: groups to compose from recordings that are trained on.
        say: takes a line of report.
    """
    dataset = Dataset(data)
    captioned = pieces.read(data)
    rules = load_rules()
    found = list(captured_groups(mocap, dataset, say)) if mocap else []
    for held_out, count in ((False, composed), (True, min(HELD_OUT, composed))):
        found += Composer(dataset, captioned, rules, held_out, SEED + held_out).groups(count)
    groups.write(found, data / groups.FILE)
    for held_out, name in ((False, "to train on"), (True, "held out")):
        some = [group for group in found if group.held_out == held_out]
        counts = Counter(group.rule for group in some)
        captured = counts.pop("captured", 0)
        say(f"{name}: {captured} captured windows, {sum(counts.values())} composed groups; "
            + ", ".join(f"{rule} {number}" for rule, number in sorted(counts.items())))  # fmt: skip
