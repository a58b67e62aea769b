"""The prompt suite: what is asked for in words, and what a motion must then show.

Standard library only, besides the predicates. Reads `expectations.toml` and `prompts.toml`,
and those of the everyday suite.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from motionllm.errors import MotionError
from motionllm.evaluation.motion import Motion
from motionllm.evaluation.predicates import all_hold

FOLDER = Path(__file__).parent
_SIDE = re.compile("left|right")


@dataclass(frozen=True)
class Expectation:
    """What a motion must show.

    Attributes:
        name: in the data file; "right" in place of "left" is the mirror image.
        ask: questions for predicates.holds; all must be answered with yes.
        accept, reject: patterns of labels of recordings that are, and are not, such a motion.
        joined: patterns of labels; clips of these one after the other are such a motion.
        over: two patterns of labels; the lower body of a clip of the first under the upper body of
            one of the second is such a motion.
        like: patterns of labels that may be such a motion: neither right nor wrong.
        told: patterns found in what people wrote of a recording that is such a motion.
        opposite: name of the same action the wrong way round, or "".
    """

    name: str
    ask: list[dict]
    accept: tuple[str, ...]
    reject: tuple[str, ...]
    joined: tuple[str, ...]
    opposite: str
    over: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    told: tuple[str, ...] = ()

    def met(self, motion: Motion) -> bool:
        """Say whether a motion shows it."""
        return all_hold(self.ask, motion)


@dataclass(frozen=True)
class Prompt:
    """A sentence, how long the motion shall be, and what is expected of it ("" is not judged)."""

    text: str
    group: str
    seconds: float
    expect: str


@dataclass(frozen=True)
class Suite:
    """Every expectation by name, every prompt, and the groups that are told apart.

    Attributes:
        expectations: by name, mirror images among them.
        prompts: those that are judged.
        unheld: prompts of things that the data does not hold.
        paraphrases: name of the group whose words are in no caption, "" where there is none.
    """

    expectations: dict[str, Expectation]
    prompts: list[Prompt]
    unheld: list[Prompt]
    paraphrases: str

    @property
    def groups(self) -> list[str]:
        """Names of the judged groups, in order."""
        return list(dict.fromkeys(prompt.group for prompt in self.prompts))


Nested = TypeVar("Nested", str, list, dict)


def mirror(value: Nested) -> Nested:
    """Swap left and right in every string of a nested value of a data file; numbers stay."""
    if isinstance(value, str):
        return _SIDE.sub(lambda match: "right" if match[0] == "left" else "left", value)
    if isinstance(value, list):
        return [mirror(item) for item in value]
    if isinstance(value, dict):
        return {key: mirror(item) for key, item in value.items()}
    return value


def _expectations(path: Path) -> dict[str, Expectation]:
    found: dict[str, Expectation] = {}
    for name, table in tomllib.loads(path.read_text("utf-8")).items():
        both = [(name, table)]
        if "left" in name or "right" in name:
            both = [
                (name, table | {"opposite": mirror(name)}),
                (mirror(name), mirror(table) | {"opposite": name}),
            ]
        for key, content in both:
            found[key] = Expectation(
                key,
                content["ask"],
                tuple(content.get("accept", ())),
                tuple(content.get("reject", ())),
                tuple(content.get("joined", ())),
                content.get("opposite", ""),
                *(tuple(content.get(key, ())) for key in ("over", "like", "told")),
            )
    return found


@lru_cache(maxsize=2)
def load(name: str = "") -> Suite:
    """Read the prompt suite, or the one whose files begin with a name: "everyday".

    Raises:
        MotionError: "bad_file", if a prompt expects what is not described.
    """
    begin = f"{name}_" if name else ""
    expectations = _expectations(FOLDER / f"{begin}expectations.toml")
    table = tomllib.loads((FOLDER / f"{begin}prompts.toml").read_text("utf-8"))
    judged: list[Prompt] = []
    unheld: list[Prompt] = []
    for group in table["group"]:
        for entry in group["prompts"]:
            expect = entry.get("expect", "")
            if expect and expect not in expectations:
                raise MotionError("bad_file", f"No expectation is named {expect!r}.")
            prompt = Prompt(entry["text"], group["name"], float(entry["seconds"]), expect)
            (judged if expect else unheld).append(prompt)
    return Suite(expectations, judged, unheld, table.get("paraphrases", ""))
