"""The embedded engine: sentences to clips and back with numpy alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from motionllm.engine.embedded.backbone_model import Backbone, BackboneModel
from motionllm.engine.embedded.caption_decoder import CaptionDecoder
from motionllm.engine.embedded.destination import Destinations
from motionllm.engine.embedded.motion_decoder import MotionDecoder, MotionTask
from motionllm.engine.embedded.motion_tokenizer import MotionTokenizer
from motionllm.engine.embedded.people_decoder import PeopleDecoder, PeopleTask
from motionllm.engine.embedded.rows_and_heads import MotionRows
from motionllm.engine.embedded.token_heads import TokenHeads
from motionllm.engine.embedded.weights import Adapter, read_adapter
from motionllm.engine.interface import Take
from motionllm.errors import MotionError
from motionllm.motion import features
from motionllm.motion.clip import Clip
from motionllm.motion.feet import clean
from motionllm.motion.lead import reached
from motionllm.motion.root import placed
from motionllm.pack.backbone import check_backbone
from motionllm.pack.pack import Pack
from motionllm.progress import Cancelled, Progress, never_cancelled, no_progress
from motionllm.requests import PEOPLE_SECONDS, GenerateRequest, PeopleRequest, check_request
from motionllm.tokens import steer
from motionllm.tokens.place import together
from motionllm.tokens.sampling import make_generator, plan_windows, token_count
from motionllm.tokens.vocabulary import Vocabulary

ASTRAY = 0.5  # metres off the end that a metre gone sideways is worth
TOGETHER = 64  # motions or captions decoded at once: more take no less time each


class EmbeddedEngine:
    """One pack on its backbone, in float32 on the CPU.

    Loading takes a few seconds and about 600 MB; the captioner's layers (300 MB more) are loaded
    when the first caption is asked for.

    Attributes:
        name, device, pack: as in `motionllm.engine.interface.Engine`.

    Raises:
        MotionError: "no_backbone", "bad_file" or "bad_pack" for files that do not fit.
    """

    name = "embedded"
    device = "cpu"
    _tokenizer_type = MotionTokenizer

    def __init__(self, pack: Pack, backbone: Path) -> None:
        self.pack = pack
        config = pack.config
        with ThreadPoolExecutor(1) as pool:
            checked = pool.submit(check_backbone, backbone, pack.backbone_sha256)
            self._model = self._open_model(Path(backbone), config["entry_layer"])
            checked.result()
        self._vocabulary = Vocabulary(config["codes"], config["max_tokens"])
        self._tokenizer = self._tokenizer_type.from_pack(pack)
        tables, books = pack.tensors("motion_embeddings"), self._tokenizer.books
        width, path = self._model.shape.width, self._tokenizer.trail
        self._caption_rows = MotionRows(tables, books, self._vocabulary, width, path, "m2t_")
        self._motion = MotionDecoder(
            self._model,
            self._adapter("t2m"),
            self._vocabulary,
            MotionRows(tables, books, self._vocabulary, width, path),
            TokenHeads(self._model, tables, books, self._vocabulary),
            Destinations(tables, width, path),
        )
        self._captions: CaptionDecoder | None = None
        self._people: PeopleDecoder | None = None
        self._later_lock = threading.Lock()  # of what is loaded when it is first asked for

    def _open_model(self, backbone: Path, entry: int) -> Backbone:
        """Load the backbone; the torch engine has its own, as it has its own tokenizer."""
        return BackboneModel(backbone, entry)

    def generate(
        self,
        requests: list[GenerateRequest],
        progress: Progress = no_progress,
        cancelled: Cancelled = never_cancelled,
    ) -> list[Clip]:
        """Decode one take of each request as one batch, in order; see `Engine.generate`."""
        drawn = self.draw(requests, range(1), progress, cancelled)
        return [
            self.finished(takes[0].clip, request)
            for request, takes in zip(requests, drawn, strict=True)
        ]

    def draw(
        self,
        requests: list[GenerateRequest],
        numbers: range,
        progress: Progress = no_progress,
        cancelled: Cancelled = never_cancelled,
    ) -> list[list[Take]]:
        """Decode takes of every request as one batch; see `Engine.draw`."""
        requests = [check_request(request) for request in requests]
        tasks = [self._task(request, number) for request in requests for number in numbers]
        total = sum(task.planned for task in tasks)
        for first in range(0, len(tasks), TOGETHER):
            before = sum(len(task.codes) for task in tasks[:first])
            self._motion.decode(
                tasks[first : first + TOGETHER],
                lambda done, _, before=before: progress(before + done, total), cancelled,
            )  # fmt: skip
        codes = [np.stack(task.codes) for task in tasks]
        clips = self._tokenizer.decode_many(codes)
        takes = [
            Take(task_codes, clip, self._off(task))
            for task, task_codes, clip in zip(tasks, codes, clips, strict=True)
        ]
        count = len(numbers)
        return [takes[index * count : (index + 1) * count] for index in range(len(requests))]

    def decoded(self, codes: np.ndarray) -> Take:
        """Return motion tokens as a take; see `Engine.decoded`."""
        return Take(codes, self._tokenizer.decode_tokens(codes))

    def encoded(self, clip: Clip) -> Take:
        """Return a clip as a take; see `Engine.encoded`."""
        return Take(self._tokenizer.encode_clip(clip), clip)

    def likelihoods(
        self, takes: list[Take], text: str, cancelled: Cancelled = never_cancelled
    ) -> list[float]:
        """Return how likely a text is as each take's caption; see `Engine.likelihoods`."""
        pieces = [self._pieces(take.codes) for take in takes]
        every = [piece for some in pieces for piece in some]
        scores = iter(self._caption_decoder().likelihoods(every, [text] * len(every), cancelled))
        return [float(np.mean([next(scores) for _ in some])) for some in pieces]

    def finished(self, clip: Clip, request: GenerateRequest) -> Clip:
        """Return a drawn clip as it is handed out; see `Engine.finished`."""
        if request.end is not None:
            clip = reached(clip, request.end)
        return (clean(clip) if request.cleanup else clip).labelled(
            text=request.text, seed=request.seed, pack=self.pack.name, licence=self.pack.licence
        )

    def _off(self, task: MotionTask) -> float:
        """Return how far a task's codes are off the end that it is given: metres and radians.

        Ways gone backward by who should have turned count as well.
        """
        end = task.asked_end
        if end is None:
            return 0.0
        places = self._tokenizer.trail.places(np.stack(task.codes))
        x, z, yaw = (float(value) for value in places[-1])
        off = 0.0 if end.turn is None else abs(yaw - end.turn)
        if end.place is not None:
            off += float(np.hypot(x - end.place[0], z - end.place[1]))
            off += ASTRAY * steer.astray(places, task.steering.goes if task.steering else 0.0)
        return off

    def caption(
        self,
        clips: list[Clip],
        progress: Progress = no_progress,
        cancelled: Cancelled = never_cancelled,
    ) -> list[str]:
        """Describe each clip in one sentence; see `Engine.caption`.

        A clip longer than the model's window is described piece by piece.
        """
        pieces, owners = [], []
        for owner, clip in enumerate(clips):
            for piece in self._pieces(self._tokenizer.encode_clip(clip)):
                pieces.append(piece)
                owners.append(owner)
        if not pieces:
            return []
        texts = self._caption_decoder().decode(pieces, progress, cancelled)
        sentences: list[list[str]] = [[] for _ in clips]
        for owner, ids in zip(owners, texts, strict=True):
            sentence = " ".join(self._model.tokenizer.decode(ids).split())
            if sentence and sentence not in sentences[owner][-1:]:
                sentences[owner].append(sentence)
        return [" then ".join(parts) for parts in sentences]

    def caption_takes(
        self, clips: list[Clip], takes: range, cancelled: Cancelled = never_cancelled
    ) -> list[list[str]]:
        """Draw several descriptions of each clip; see `Engine.caption_takes`."""
        pieces = [self._pieces(self._tokenizer.encode_clip(clip))[0] for clip in clips]
        together = max(1, TOGETHER // len(takes))
        found: list[list[str]] = []
        for first in range(0, len(pieces), together):
            some = pieces[first : first + together]
            generators = [make_generator(0, take) for _ in some for take in takes]
            drawn = self._caption_decoder().decode(some, no_progress, cancelled, generators)
            texts = [" ".join(self._model.tokenizer.decode(ids).split()) for ids in drawn]
            found += [texts[at : at + len(takes)] for at in range(0, len(texts), len(takes))]
        return found

    @property
    def knows_people(self) -> bool:
        """Whether the pack has learnt people together; see `Engine.knows_people`."""
        return self.pack.has_people

    def people(
        self,
        wanted: PeopleRequest,
        progress: Progress = no_progress,
        cancelled: Cancelled = never_cancelled,
    ) -> list[Clip]:
        """Decode people who answer each other; see `Engine.people`."""
        return self.people_places(wanted, progress, cancelled)[0]

    @property
    def frames_per_token(self) -> int:
        """Frames of a motion token."""
        return self._tokenizer.frames_per_token

    def people_places(
        self,
        wanted: PeopleRequest,
        progress: Progress = no_progress,
        cancelled: Cancelled = never_cancelled,
    ) -> tuple[list[Clip], list[dict[int, np.ndarray]]]:
        """Return what `people` does, and the place codes of each follower by token number."""
        request, leader, given = wanted.request, None, []
        seconds = PEOPLE_SECONDS if request.seconds is None else request.seconds
        length = token_count(seconds, features.FPS, self.frames_per_token)
        if wanted.leader is not None:
            leader = placed(wanted.leader.at_rate(features.FPS), np.zeros(3))
            given = [self._tokenizer.encode_clip(leader)]
            length = len(given[0])
        task = PeopleTask(
            request.text, wanted.people, length, make_generator(request.seed),
            *self._sampling(request), begun=given,
        )  # fmt: skip
        self._people_decoder().decode(task, progress, cancelled)
        clips = [
            self._tokenizer.decode_tokens(np.stack(codes)).labelled(
                text=request.text, seed=request.seed, pack=self.pack.name, licence=self.pack.licence
            )
            for codes in task.codes
        ]
        if leader is not None:
            clips[0] = leader
        return together(clips, task.places, self.frames_per_token), task.places

    def _task(self, request: GenerateRequest, take: int = 0) -> MotionTask:
        config = self.pack.config
        tokens = None
        if request.seconds is not None:
            tokens = token_count(request.seconds, config["fps"], config["frames_per_token"])
        return MotionTask(
            request.text, plan_windows(tokens, self._vocabulary.max_tokens),
            make_generator(request.seed, take), *self._sampling(request), asked_end=request.end,
        )  # fmt: skip

    def _sampling(self, request: GenerateRequest) -> tuple[float, float, float]:
        """Return temperature, top_p and guidance: as the request says, else as the pack does."""
        asked = {name: getattr(request, name) for name in ("temperature", "top_p", "guidance")}
        temperature, top_p, guidance = (
            float(self.pack.config[name] if value is None else value)
            for name, value in asked.items()
        )
        return temperature, top_p, guidance

    def _people_decoder(self) -> PeopleDecoder:
        with self._later_lock:
            if self._people is None:
                self._people = PeopleDecoder(
                    self._model, self._adapter("people"), self._vocabulary,
                    self.pack.tensors("people/tables"), self._tokenizer.books,
                    self._tokenizer.trail,
                )  # fmt: skip
            return self._people

    def _pieces(self, codes: np.ndarray) -> list[np.ndarray]:
        """Cut a clip's codes into the fewest pieces of about one length that the model can read."""
        if not len(codes):
            raise MotionError("bad_request", "The motion is too short to describe.")
        count = -(-len(codes) // self._vocabulary.max_tokens)
        edges = [round(len(codes) * index / count) for index in range(count + 1)]
        return [codes[begin:end] for begin, end in zip(edges, edges[1:], strict=False)]

    def _caption_decoder(self) -> CaptionDecoder:
        with self._later_lock:
            if self._captions is None:
                self._captions = CaptionDecoder(
                    self._model, self._adapter("m2t"), self._vocabulary, self._caption_rows
                )
            return self._captions

    def _adapter(self, direction: str) -> Adapter:
        return read_adapter(
            self.pack.adapter_config(direction),
            self.pack.tensors(f"{direction}/adapter_model"),
        )
