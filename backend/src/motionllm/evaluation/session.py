"""One run of the evaluation: a pack, a training set, and what several parts need of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from motionllm.data.dataset import Dataset
from motionllm.data.pieces import Piece, piece_clip, read
from motionllm.engine.choose import torch_installed
from motionllm.engine.embedded.engine import EmbeddedEngine
from motionllm.engine.embedded.motion_tokenizer import MotionTokenizer
from motionllm.engine.interface import Engine
from motionllm.evaluation import (
    captions,
    everyday_on_recordings,
    everyday_suite,
    expectations,
    judge_on_recordings,
    physics_table,
    predicates_on_recordings,
    prompt_suite,
)
from motionllm.evaluation.nearest import NearestCaption, Rival
from motionllm.evaluation.reconstruction import tokenizer_table
from motionllm.evaluation.tables import Table
from motionllm.motion.clip import Clip

PIECES_OF_A_KIND = 4  # held-out pieces that show the same


class Session:
    """Every public method measures the part of its name and returns its tables.

    Args:
        engine: with the pack to measure.
        data: folder of the training set.
        seeds: clips of each prompt.
        say: takes a line of progress.
        evaluator: folder of a run of `motionllm train evaluator`.
        rivals: folder with runs of `motionllm train t2m --recipe`, by the recipes' names.
        backbone: the language model's file, for the evaluator's texts.
        kept_takes: where takes of the everyday suite are kept, so that they are drawn once.
    """

    def __init__(
        self,
        engine: Engine,
        data: Path,
        seeds: int,
        say: Callable[[str], None],
        evaluator: Path,
        rivals: Path,
        backbone: Path,
        kept_takes: Path,
    ) -> None:
        self._engine = engine
        self._dataset = Dataset(data)
        self._seeds = seeds
        self._say = say
        self._evaluator = evaluator
        self._rivals = rivals
        self._backbone = backbone
        self._kept_takes = kept_takes
        self._all_pieces = read(data)

    @cached_property
    def _recordings(self) -> predicates_on_recordings.Recordings:
        return predicates_on_recordings.Recordings(self._dataset)

    @cached_property
    def _tokenizer(self) -> MotionTokenizer:
        return MotionTokenizer.from_pack(self._engine.pack)

    @cached_property
    def _others(self) -> list[Rival]:
        nearest = NearestCaption(self._dataset, self._all_pieces)
        if not torch_installed():
            return [nearest]
        from motionllm.evaluation.trained_rivals import trained_rivals

        return [
            nearest,
            *trained_rivals(self._rivals, self._engine.pack, self._backbone, self._say),
        ]

    @cached_property
    def _held(self) -> list[Piece]:
        return physics_table.held_out_pieces(self._dataset, self._all_pieces, PIECES_OF_A_KIND)

    @cached_property
    def _real(self) -> list[Clip]:
        return [piece_clip(self._dataset, piece) for piece in self._held]

    @cached_property
    def _generated(self) -> list[Clip]:
        """One clip for each held-out piece, from its caption, not cleaned."""
        wanted = [
            (piece.captions[-1], clip.seconds)
            for piece, clip in zip(self._held, self._real, strict=True)
        ]
        made = prompt_suite.generate(self._engine, wanted, 1, self._say, cleanup=False)
        return [clips[0] for clips in made]

    def predicates(self) -> list[Table]:
        """Try the predicates on recordings."""
        table = Table(
            "Predicates on recordings",
            ["expectation", "right accepted", "wrong rejected", "at 95 %"],
            "Recordings by their labels, up to 150 right and 300 wrong ones each, and joined ones "
            "for sequences. What names a side is tried on the mirrored clips as well.",
        )
        trials = predicates_on_recordings.try_all(
            expectations.load().expectations, self._dataset, self._say
        )
        for trial in trials:
            table.add(
                trial.name.replace("_", " "),
                f"{trial.accepted} of {trial.right}",
                f"{trial.rejected} of {trial.wrong}",
                "yes" if trial.passes else "no",
            )
        right, wrong = sum(t.right for t in trials), sum(t.wrong for t in trials)
        accepted, rejected = sum(t.accepted for t in trials), sum(t.rejected for t in trials)
        table.add(
            "**all**",
            f"{100 * accepted / right:.1f} %",
            f"{100 * rejected / wrong:.1f} %",
            f"{sum(t.passes for t in trials)} of {len(trials)}",
        )
        return [table]

    def tokenizer(self) -> list[Table]:
        """Rebuild held-out recordings."""
        physics_table.held_out_pieces(self._dataset, self._all_pieces, 1)  # there must be some
        return [tokenizer_table(self._tokenizer, self._dataset)]

    def prompts(self) -> list[Table]:
        """Run the prompt suite."""
        return prompt_suite.prompt_tables(
            expectations.load(),
            self._engine,
            self._recordings,
            self._others,
            self._seeds,
            self._say,
        )

    def everyday_predicates(self) -> list[Table]:
        """Try the everyday suite's predicates on recordings."""
        trials = everyday_on_recordings.try_all(
            expectations.load("everyday"), self._recordings, self._all_pieces, self._say
        )
        return [everyday_on_recordings.trial_table(trials)]

    def everyday(self) -> list[Table]:
        """Run the everyday suite."""
        return everyday_suite.everyday_tables(
            expectations.load("everyday"), self._engine, self._seeds, self._kept_takes, self._say
        )

    def physics(self) -> list[Table]:
        """Compare how real, rebuilt and made motion moves."""
        return [
            physics_table.physics_table(
                self._real, self._generated, self._tokenizer, self._engine.pack.name
            )
        ]

    def captions(self) -> list[Table]:
        """Caption held-out recordings."""
        human = [
            piece
            for piece in self._all_pieces
            if self._dataset.records[piece.clip].held_out
            and piece.human >= captions.WRITTEN
            and not piece.mirrored
        ]
        trained = Counter(
            piece.key for piece in self._all_pieces
            if not self._dataset.records[piece.clip].held_out
        )  # fmt: skip
        return captions.caption_tables(
            self._engine, self._dataset, self._held, human, trained, self._backbone, self._say
        )

    def judge(self) -> list[Table]:
        """Try the judge on recordings."""
        return [
            judge_on_recordings.recordings_table(self._dataset, self._all_pieces, human)
            for human in (False, True)
        ]

    def people(self) -> list[Table]:
        """Compare people made for recorded ones with those who were recorded with them."""
        from motionllm.data.people.groups import FILE
        from motionllm.evaluation.people import fitting_table, people_tables

        engine, recorded = self._engine, (self._dataset.folder / FILE).is_file()
        if not recorded or not isinstance(engine, EmbeddedEngine) or not engine.knows_people:
            self._say("people: the pack or the training set has none")
            return [fitting_table()]
        return [*people_tables(engine, self._dataset, self._say), fitting_table()]

    def matching(self) -> list[Table]:
        """Compare distributions and texts by the trained evaluator."""
        from motionllm.evaluation.matching import matching_tables

        return matching_tables(
            self._evaluator, self._backbone, self._engine, self._tokenizer, self._dataset,
            self._all_pieces, self._others, self._say,
        )  # fmt: skip
