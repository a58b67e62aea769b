"""A page of motion strips: prompts of the suite, taken by rule and not by result. Needs Pillow."""

from __future__ import annotations

from pathlib import Path

from motionllm.engine.interface import Engine
from motionllm.evaluation.expectations import Prompt, Suite, load
from motionllm.evaluation.predicates import Motion
from motionllm.evaluation.prompt_suite import BEST_OF
from motionllm.files import write_whole
from motionllm.judge import choose
from motionllm.motion.clip import Clip
from motionllm.pictures.films import contact_sheet
from motionllm.requests import GenerateRequest

COUNT = 30
ROWS = 6  # strips a picture
COLUMNS = 9  # poses a strip
SEED = 0
# Six sentences for two people, chosen before any of them was drawn; the first asks for what no
# recording here shows.
TOGETHER = (
    "two people greet each other and shake hands",
    "two people bow to each other",
    "two people walk side by side",
    "one person chases the other",
    "a couple dances salsa",
    "one person punches and the other blocks",
)


def chosen(suite: Suite, count: int = COUNT) -> list[Prompt]:
    """Return the first prompt of each group, then the second ones, until there are enough.

    Prompts of what the data does not hold are a group as well; no text is taken twice.
    """
    groups: dict[str, list[Prompt]] = {}
    for prompt in [*suite.prompts, *suite.unheld]:
        groups.setdefault(prompt.group, []).append(prompt)
    found: list[Prompt] = []
    while len(found) < count and any(groups.values()):
        for rest in groups.values():
            texts = {prompt.text for prompt in found}
            fresh = next((prompt for prompt in rest if prompt.text not in texts), None)
            if fresh is not None and len(found) < count:
                found.append(fresh)
                rest.remove(fresh)
            else:
                rest.clear()
    order = list(groups)
    return sorted(found, key=lambda prompt: order.index(prompt.group))


def draw(engine: Engine, page: Path) -> list[Path]:
    """Generate, draw and write the page and its pictures; return the files written.

    Args:
        page: the Markdown file; pictures go to `pictures` beside it.
    """
    suite = load()
    prompts = chosen(suite)
    requests = [
        GenerateRequest(prompt.text, prompt.seconds, SEED, best_of=BEST_OF) for prompt in prompts
    ]
    clips: list[Clip] = []
    for first in range(0, len(requests), ROWS):
        clips += choose.generate(engine, requests[first : first + ROWS])
    folder = page.parent / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        "# Gallery", "",
        f"{len(prompts)} prompts of the suite that the pack `{engine.pack.name}` is measured with, "
        f"all with seed {SEED} and the best of {BEST_OF} takes, as the panel makes them: the first "
        "of each group, then the second ones. The choice is made "
        "by this rule and not by looking; failures stay. *Shown* is what the measurement says.", "",
        "Written by `motionllm gallery`.", "",
    ]  # fmt: skip
    written = [page]
    for number, first in enumerate(range(0, len(prompts), ROWS), 1):
        some = list(zip(prompts, clips, strict=True))[first : first + ROWS]
        picture = folder / f"gallery_{number}.png"
        contact_sheet(
            [(f"{prompt.text}  ({_verdict(suite, prompt, clip)})", clip) for prompt, clip in some],
            picture, COLUMNS,
        )  # fmt: skip
        written.append(picture)
        alt = "; ".join(prompt.text for prompt, _ in some)
        lines += [f"![{alt}](pictures/{picture.name})", ""]
        lines += ["| prompt | s | measured |", "|---|---:|---|"]
        lines += [
            f"| {prompt.text} | {clip.seconds:.1f} | {_verdict(suite, prompt, clip)} |"
            for prompt, clip in some
        ]
        lines.append("")
    write_whole(page, "\n".join(lines).encode())
    return written


def draw_people(engine: Engine, page: Path) -> list[Path]:
    """Draw TOGETHER from the side and from above; return the picture written.

    Args:
        page: as `draw`; it is not written, docs/people.md shows the picture.
    """
    from motionllm.people.generate import generate_people
    from motionllm.pictures import people
    from motionllm.requests import PeopleRequest

    rows = []
    for text in TOGETHER:
        made = generate_people(engine, PeopleRequest(GenerateRequest(text, 4.0, SEED)))
        rows.append((f"{text}  ({made.how})", made.clips))
    picture = page.parent / "pictures" / "people.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    people.draw(rows, picture)
    return [picture]


def _verdict(suite: Suite, prompt: Prompt, clip: Clip) -> str:
    if not prompt.expect:
        return "not in the data"
    met = suite.expectations[prompt.expect].met(Motion.of(clip))
    return "shown" if met else "not shown"
