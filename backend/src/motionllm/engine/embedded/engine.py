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
from motionllm.errors import MotionError
from motionllm.motion import features
from motionllm.motion.clip import Clip
from motionllm.motion.feet import clean
from motionllm.motion.lead import End, reached
from motionllm.motion.root import placed
from motionllm.pack.backbone import check_backbone
from motionllm.pack.pack import Pack
from motionllm.progress import Cancelled, Progress, never_cancelled, no_progress
from motionllm.requests import PEOPLE_SECONDS, GenerateRequest, PeopleRequest, check_request
from motionllm.tokens import steer
from motionllm.tokens.place import together
from motionllm.tokens.sampling import make_generator, plan_windows, token_count
from motionllm.tokens.vocabulary import Vocabulary

MISSED = 3.0  # nats that a metre, or a radian, beside the end that is asked for counts
ASTRAY = 0.5  # metres off the end that a metre gone sideways is worth
ENDS = 8  # motions drawn at least where an end is asked for: not every one gets there
TOGETHER = 64  # motions decoded at once: more take no less time each


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
        """Decode all requests as one batch, in order; see `Engine.generate`."""
        requests = [check_request(request) for request in requests]
        takes = [[self._task(request, take) for take in range(_drawn(request))]
                 for request in requests]  # fmt: skip
        tasks = [task for some in takes for task in some]
        total = sum(task.planned for task in tasks)
        for first in range(0, len(tasks), TOGETHER):
            before = sum(len(task.codes) for task in tasks[:first])
            self._motion.decode(
                tasks[first : first + TOGETHER],
                lambda done, _, before=before: progress(before + done, total), cancelled,
            )  # fmt: skip
        return [
            self._clip(self._best(request, some, cancelled), request)
            for request, some in zip(requests, takes, strict=True)
        ]

    def _best(
        self, request: GenerateRequest, takes: list[MotionTask], cancelled: Cancelled
    ) -> MotionTask:
        """Return the take that the text describes best, as far as the captioner can tell.

        Where an end is asked for, among those that come nearest to it.
        """
        off = np.zeros(len(takes))
        if request.end is not None:  # the nearer to it, the less the steps must be bent
            off = np.array([self._off(task, request.end) for task in takes])
            nearest = np.argsort(off, kind="stable")[: request.best_of]
            takes, off = [takes[int(i)] for i in nearest], off[nearest]
        if len(takes) == 1:
            return takes[0]
        pieces = [self._pieces(np.stack(task.codes)) for task in takes]
        every = [piece for some in pieces for piece in some]
        scores = iter(
            self._caption_decoder().likelihoods(every, [request.text] * len(every), cancelled)
        )
        means = [np.mean([next(scores) for _ in some]) for some in pieces]
        return takes[int(np.argmax(means - MISSED * off))]

    def _off(self, task: MotionTask, end: End) -> float:
        """Return how far a task's codes are off an end: metres, and as many radians.

        Ways gone backward by who should have turned count as well.
        """
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

    def _clip(self, task: MotionTask, request: GenerateRequest) -> Clip:
        """Return the clip of a decoded task."""
        clip = self._tokenizer.decode_tokens(np.stack(task.codes))
        if request.end is not None:
            clip = reached(clip, request.end)
        return (clean(clip) if request.cleanup else clip).labelled(
            text=request.text, seed=request.seed, pack=self.pack.name, licence=self.pack.licence
        )

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


def _drawn(request: GenerateRequest) -> int:
    """Return how many motions are drawn, of which one is kept."""
    return request.best_of if request.end is None else max(request.best_of, ENDS)
