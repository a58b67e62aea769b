"""The engine's process: answers the protocol on stdin and stdout until stdin closes.

Start it as `python -m motionllm.serve` or `motionllm serve`. Numpy-only modules at import; the
engine itself is loaded by the first request that needs it. The main thread works, a second one
reads, so a cancellation is heard while tokens are being decoded.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from motionllm.engine.choose import torch_installed
from motionllm.engine.options import add_arguments, engines_of
from motionllm.errors import MotionError
from motionllm.link import protocol
from motionllm.requests import MAX_SECONDS, MAX_TEXT, MIN_SECONDS
from motionllm.serve.queue import Job, JobQueue
from motionllm.serve.streams import die_with_parent, leave, log, private_pipe

if TYPE_CHECKING:
    from motionllm.engine.interface import Engine
    from motionllm.engine.loaded import LoadedEngines
    from motionllm.motion.clip import Clip

MAX_BATCH = 16  # clips decoded together; more would only raise the memory needed
_PARSE, _INVALID, _UNKNOWN = -32700, -32600, -32601  # JSON-RPC's own numbers


class Server:
    """Reads messages from one file descriptor, writes answers to another."""

    def __init__(self, source: int, sink: int, engines: LoadedEngines) -> None:
        """Keep the pipe's ends; `engines` opens what is asked for."""
        self._source = source
        self._sink = sink
        self._engines = engines
        self._write_lock = threading.Lock()
        self._jobs = JobQueue(self._send)

    def run(self) -> None:
        """Serve for ever; the process ends by itself when the other side does."""
        threading.Thread(target=self._read, name="reader", daemon=True).start()
        while True:
            job = self._jobs.next()
            self._check(job) if job.kind == "check" else self._work(job)

    def _send(self, message: dict) -> None:
        try:
            data = memoryview(protocol.encode(message))
        except MotionError as error:
            data = memoryview(protocol.encode(protocol.failure(message.get("id"), error)))
        try:
            with self._write_lock:
                while data:
                    data = data[os.write(self._sink, data) :]
        except OSError:
            leave(0)  # nobody listens any more

    # ---- the reader thread

    def _read(self) -> None:
        try:
            for message in protocol.read_messages(lambda: os.read(self._source, 1 << 16)):
                self._receive(message)
        except OSError as error:
            log(f"reading failed: {error}")
        leave(0)

    def _receive(self, message: dict | protocol.Garbage) -> None:
        if isinstance(message, protocol.Garbage):
            log(f"not a message: {message.reason}: {message.sample!r}")
            error = MotionError(
                "protocol",
                f"This is not a message of the protocol: {message.reason}.",
                "Each message is a Content-Length header, an empty line and JSON.",
            )
            self._send(protocol.failure(None, error, _PARSE))
            return
        identity, method = message.get("id"), message.get("method")
        params = message.get("params")
        params = {} if params is None else params
        if not isinstance(identity, (int, str)) or isinstance(identity, bool):
            identity = None
        if not isinstance(method, str) or not isinstance(params, dict):
            error = MotionError("protocol", "A message needs a method and an object of params.")
            self._send(protocol.failure(identity, error, _INVALID))
        elif method == protocol.CANCEL:
            self._jobs.cancel(params.get("id"))
        elif identity is None:
            log(f"a notification was ignored: {method}")
        else:
            try:
                self._dispatch(identity, method, params)
            except MotionError as error:
                number = _UNKNOWN if error.code == "protocol" else None
                self._send(protocol.failure(identity, error, number))
            except Exception as error:
                self._send(protocol.failure(identity, _internal(error)))

    def _dispatch(self, identity: int | str, method: str, params: dict) -> None:
        # Imported here, after the reader has begun to listen: numpy takes a moment.
        from motionllm.serve import messages

        if method == "initialize":
            _check_version(params)
            self._send(protocol.result(identity, describe(self._engines)))
            if params.get("load") is True:
                self._jobs.add(Job(None, "load", None, []))
        elif method == "packs":
            self._send(protocol.result(identity, {"packs": pack_table()}))
        elif method == "generate" and messages.asks_for_people(params):
            work = [messages.people_work(params)]
            self._jobs.add(Job(identity, "people", messages.pack_name(params), work))
        elif method == "generate":
            work = messages.generate_requests(params)
            self._jobs.add(Job(identity, "generate", messages.pack_name(params), work))
        elif method == "caption":
            clips = messages.caption_clips(params)
            self._jobs.add(Job(identity, "caption", messages.pack_name(params), clips))
        elif method == "check":
            self._jobs.add(Job(identity, "check", None, messages.check_work(params)))
        elif method == "shutdown":
            self._send(protocol.result(identity, None))
            leave(0)
        else:
            known = ", ".join(protocol.METHODS)
            raise MotionError("protocol", f"There is no method {method!r}.", f"Known are: {known}.")

    # ---- the worker, on the main thread

    def _work(self, first: Job) -> None:
        if first.cancelled.is_set():
            return
        try:
            engine = self._engines.get(
                first.pack, lambda: self._jobs.progress(first, "loading", 0, 1)
            )
        except Exception as error:
            self._fail(first, error)
            return
        batch = [first]
        try:
            if first.kind == "generate":
                # Only now, so that requests made during loading come along.
                batch = self._jobs.take_like(first, MAX_BATCH)
                self._generate(engine, batch)
            elif first.kind == "people":
                self._people(engine, first)
            elif first.kind == "caption":
                self._caption(engine, first)
        except Exception as error:
            if len(batch) == 1:
                self._fail(first, error)
                return
            # Together they failed, perhaps for want of memory: each by itself, then.
            log(f"a batch of {len(batch)} failed: {error!r}")
            for job in batch:
                self._work_alone(engine, job)

    def _work_alone(self, engine: Engine, job: Job) -> None:
        try:
            self._generate(engine, [job])
        except Exception as error:
            self._fail(job, error)

    def _fail(self, job: Job, error: Exception) -> None:
        problem = error if isinstance(error, MotionError) else _internal(error)
        if job.identity is None:
            log(f"loading in advance failed: {problem}")
        self._jobs.fail(job, problem)

    def _generate(self, engine: Engine, batch: list[Job]) -> None:
        from motionllm.judge import choose
        from motionllm.motion.clip import clip_to_bytes
        from motionllm.motion.lead import told

        batch = [job for job in batch if not job.cancelled.is_set()]
        if not batch:
            return
        started = time.perf_counter()
        work = [request for job in batch for request in job.work]
        chunks = [work[start : start + MAX_BATCH] for start in range(0, len(work), MAX_BATCH)]
        clips = []
        for index, chunk in enumerate(chunks):

            def progress(done: int, total: int, before: int = index) -> None:
                for job in batch:
                    self._jobs.progress(
                        job, "generating", before * total + done, len(chunks) * total
                    )

            clips += choose.generate(engine, chunk, progress, _all_cancelled(batch))
        taken = time.perf_counter() - started
        for job in batch:
            own, clips = clips[: len(job.work)], clips[len(job.work) :]
            if not job.cancelled.is_set():
                value = {
                    "clips": [protocol.pack_bytes(clip_to_bytes(clip)) for clip in own],
                    "warnings": [
                        " ".join(filter(None, (_unsure(engine, clip), told(clip, ask.end))))
                        for clip, ask in zip(own, job.work, strict=True)
                    ],
                    **_provenance(engine, taken),
                }
                self._jobs.finish(job, value)

    def _people(self, engine: Engine, job: Job) -> None:
        from motionllm.motion.clip import clip_from_bytes, clip_to_bytes
        from motionllm.people.generate import generate_people, own_words

        started = time.perf_counter()
        (wanted,) = job.work
        asked = wanted.request
        if wanted.leader is not None:
            asked = replace(asked, leader=clip_from_bytes(protocol.unpack_bytes(wanted.leader)))
        made = generate_people(
            engine,
            asked,
            lambda done, total: self._jobs.progress(job, "generating", done, total),
            job.cancelled.is_set,
        )
        taken = time.perf_counter() - started
        value = {
            "clips": [protocol.pack_bytes(clip_to_bytes(clip)) for clip in made.clips],
            "how": made.how,
            "why": made.why,
            "warnings": [engine.pack.unlearnt(own_words(asked, made.how))],
            **_provenance(engine, taken),
        }
        self._jobs.finish(job, value)

    def _caption(self, engine: Engine, job: Job) -> None:
        from motionllm.judge import tell
        from motionllm.motion.clip import clip_from_bytes

        started = time.perf_counter()
        clips = [clip_from_bytes(protocol.unpack_bytes(text)) for text in job.work]
        captions = tell.caption(
            engine,
            clips,
            lambda done, total: self._jobs.progress(job, "captioning", done, total),
            job.cancelled.is_set,
        )
        taken = time.perf_counter() - started
        self._jobs.finish(job, {"captions": captions, **_provenance(engine, taken)})

    def _check(self, job: Job) -> None:
        """Do a job for which no model is needed."""
        from motionllm.judge.judge import judged
        from motionllm.motion.clip import clip_from_bytes

        text, *clips = job.work
        verdicts = []
        try:
            for done, clip in enumerate(clips):
                self._jobs.progress(job, "checking", done, len(clips))
                if job.cancelled.is_set():
                    return
                verdict = judged(clip_from_bytes(protocol.unpack_bytes(clip)), text)
                verdicts.append(verdict.to_table())
        except Exception as error:
            self._fail(job, error)
            return
        self._jobs.finish(job, {"text": text, "verdicts": verdicts})


def _all_cancelled(batch: list[Job]) -> Callable[[], bool]:
    return lambda: all(job.cancelled.is_set() for job in batch)


def _unsure(engine: Engine, clip: Clip) -> str:
    """Return what the pack never learnt of a clip's words; "" of a recording, which shows them."""
    return "" if clip.source else engine.pack.warning(clip.text)


def _provenance(engine: Engine, taken: float) -> dict:
    return {
        "engine": engine.name,
        "device": engine.device,
        "pack": engine.pack.name,
        "licence": engine.pack.licence,
        "took": round(taken, 3),  # seconds
    }


def _check_version(params: dict) -> None:
    theirs = params.get("protocol")
    if theirs != protocol.VERSION:
        raise MotionError(
            "protocol",
            f"The caller speaks protocol {theirs}, this engine protocol {protocol.VERSION}.",
            "Install the same version of MotionLLM on both sides.",
        )


def _internal(error: Exception) -> MotionError:
    log("".join(traceback.format_exception(error)))
    if isinstance(error, MemoryError):
        return MotionError(
            "internal", "There is not enough memory.", "Ask for fewer or shorter motions at a time."
        )
    kind = type(error).__name__
    first = (str(error).splitlines() or [""])[0][:200]
    return MotionError("internal", f"The engine failed ({kind}: {first}).", "Its log tells more.")


def describe(engines: LoadedEngines) -> dict:
    """Return what `initialize` answers: plain data, without loading a model."""
    import motionllm
    from motionllm.motion import skeleton
    from motionllm.serve.messages import MAX_CLIPS

    return {
        "protocol": protocol.VERSION,
        "version": motionllm.__version__,
        "python": sys.version.split()[0],
        "pid": os.getpid(),
        "engine": engines.kind,
        "device": engines.device,
        "torch": torch_installed(),
        "pack": str(engines.pack),
        "packs": pack_table(),
        "skeleton": {
            "names": list(skeleton.JOINT_NAMES),
            "parents": list(skeleton.PARENTS),
            "offsets": [[round(float(x), 6) for x in row] for row in skeleton.OFFSETS],
        },
        "limits": {
            "text": MAX_TEXT,
            "seconds": [MIN_SECONDS, MAX_SECONDS],
            "clips": MAX_CLIPS,
        },
    }


def pack_table() -> list[dict]:
    """Return the packs found, as plain data; broken ones are left out."""
    from motionllm.pack.pack import list_packs

    return [
        {
            "name": pack.name,
            "licence": pack.licence,
            "commercial": bool(pack.commercial),
            "people": pack.has_people,
            "folder": str(pack.folder),
        }
        for pack in list_packs()
    ]


def serve(engines: LoadedEngines) -> None:
    """Answer the protocol on this process's stdin and stdout; returns never."""
    if sys.stdin is not None and sys.stdin.isatty():
        log("motionllm serve speaks a protocol on stdin; it is meant for programs. Ctrl-D ends it.")
    die_with_parent()
    source, sink = private_pipe()
    try:
        Server(source, sink, engines).run()
    except KeyboardInterrupt:
        leave(130)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `python -m motionllm.serve`."""
    parser = argparse.ArgumentParser(
        prog="motionllm.serve",
        description="Answer the protocol on stdin and stdout until stdin closes.",
    )
    add_arguments(parser)
    serve(engines_of(parser.parse_args(arguments)))
