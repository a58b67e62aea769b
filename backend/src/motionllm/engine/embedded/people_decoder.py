"""The decode loop for several people: one leader, followers with places. numpy only.

The rows are those of model.people, in the same order; see motionllm.tokens.partner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from motionllm.engine.embedded.backbone_model import Backbone
from motionllm.engine.embedded.motion_decoder import stop_if
from motionllm.engine.embedded.rows_and_heads import ChainHead, MotionRows, table
from motionllm.engine.embedded.token_heads import GuidedRows, TokenHeads
from motionllm.engine.embedded.weights import Adapter
from motionllm.motion.root import put_to, seen_from
from motionllm.progress import Cancelled, Progress
from motionllm.tokens import partner, place, prompts
from motionllm.tokens.codes import look_up
from motionllm.tokens.path import Trail
from motionllm.tokens.sampling import plan_windows
from motionllm.tokens.vocabulary import Vocabulary

ROOM = 0.7  # metres between two followers at the start
TRIES = 16  # drawn starts before one is taken that is nearer to another follower
TEMPERATURE = 0.5  # of places, at most


@dataclass
class PeopleTask:
    """A group to decode.

    Attributes:
        text: what the people do together.
        people: how many.
        length: tokens of everyone's motion.
        begun: codes (n, levels) that each person begins with, where they are known; n may be 0.
        roots_at_start: where those followers who have begun are (3,), as the leader sees them.
        codes: of each person, filled in.
        places: of each follower, place codes by token number, filled in.
        roots_seen: of each follower, the root before each token as the leader sees it, filled in.
    """

    text: str
    people: int
    length: int
    generator: np.random.Generator
    temperature: float
    top_p: float
    guidance: float
    begun: list[np.ndarray] = field(default_factory=list)
    roots_at_start: list[np.ndarray] = field(default_factory=list)
    codes: list[list[np.ndarray]] = field(default_factory=list)
    places: list[dict[int, np.ndarray]] = field(default_factory=list)
    roots_seen: list[list[np.ndarray]] = field(default_factory=list)

    def known(self, person: int) -> np.ndarray:
        """Return the codes (n, levels) that a person begins with."""
        return self.begun[person] if person < len(self.begun) else np.zeros((0, 1), np.int64)


class PeopleDecoder:
    """Text to the tokens of several people, one group at a time.

    Args:
        tables: the arrays of a pack's people/tables.
        books: codebooks in units of the encodings' spread, (levels, codes, code_dim).
        path: the net movement of the codes.
    """

    def __init__(
        self, model: Backbone, adapter: Adapter, vocabulary: Vocabulary,
        tables: Mapping[str, np.ndarray], books: np.ndarray, path: Trail,
    ) -> None:  # fmt: skip
        self._model, self._vocabulary, self._path = model, vocabulary, path
        self._layers = model.upper_layers(adapter)
        width, code_dim = model.shape.width, books.shape[2]
        self._rows = MotionRows(tables, books, vocabulary, width, path)
        self._heads = TokenHeads(model, tables, books, vocabulary)
        self._books = books
        self._follower = table(tables, "follower", width)
        self._place_rows = [
            table(tables, f"place_rows.{i}.weight", size, width)
            for i, size in enumerate(place.SIZES)
        ]
        self._place_head = ChainHead(tables, "place_head", width, place.SIZES, own_states=True)
        state = self._place_head.state
        self._place_state = model.head(state, np.zeros(len(state), np.float32))
        self._beside_in = table(tables, "beside_in.weight", width, partner.SIZE)
        around = len(partner.AROUND) * code_dim
        self._partner_in = table(tables, "partner_in.weight", width, around)

    def decode(self, task: PeopleTask, progress: Progress, cancelled: Cancelled) -> None:
        """Fill in the codes and places of a group, window by window where it is long.

        Raises:
            MotionError: "cancelled" soon after `cancelled()` turns true.
        """
        others = task.people - 1
        given = task.known(0)
        codes: list[list[np.ndarray]] = [[] for _ in range(task.people)]
        task.places = [{} for _ in range(others)]
        task.roots_seen = [[] for _ in range(others)]
        done = 0
        for window in plan_windows(task.length, self._vocabulary.max_tokens):
            begin = done - window.context
            begun = [
                np.stack(row[begin:done]) if begin < done else np.zeros((0, 1), np.int64)
                for row in codes
            ]
            if len(given):
                begun[0] = given[begin : begin + window.limit]
            starts = [seen[begin] for seen in task.roots_seen] if begin < done else []
            part = replace(task, length=window.limit, begun=begun, roots_at_start=starts)
            before = done * task.people
            self._decode_window(
                part, lambda now, before=before: progress(before + now, task.length * task.people),
                cancelled,
            )  # fmt: skip
            for row, found in zip(codes, part.codes, strict=True):
                row += found[window.context :]
            for follower in range(others):
                task.places[follower] |= {
                    begin + number: drawn
                    for number, drawn in part.places[follower].items()
                    if number >= window.context
                }
                task.roots_seen[follower][begin:] = part.roots_seen[follower]
            done = begin + window.limit
        task.codes = codes

    def _decode_window(self, task: PeopleTask, progress, cancelled: Cancelled) -> None:
        """Decode what fits into one window; `progress` gets the tokens done."""
        prefixes = [prompts.t2m_prompt(task.text)]
        if task.guidance != 1:
            prefixes.append(prompts.t2m_prompt(""))
        encode = self._model.tokenizer.encode
        read = self._model.read_prompts(self._layers, [encode(text) for text in prefixes])
        most = 2 * task.length + 4 + task.length // place.EVERY  # rows of the first and another one
        longest = max(keys.shape[2] for keys, _ in read)
        cache = self._model.upper_cache(len(read), longest + most)
        cache.fill(read)

        def run(rows: np.ndarray):
            """Append rows (n, width) to all of the cache; return the last one's state."""
            stop_if(cancelled)
            progress(sum(map(len, task.codes)))
            states = np.repeat(rows[None].astype(np.float32), len(read), axis=0)
            return self._model.run_upper(self._layers, states, cache)

        task.codes, task.places, task.roots_seen = [[]], [], []
        self._lead(task, run)
        led = cache.length
        for person in range(1, task.people):
            cache.length = led  # each further person answers the first one, as was learnt of pairs
            task.codes.append([])
            task.places.append({})
            task.roots_seen.append([])
            self._follow(task, person, run)

    def _lead(self, task: PeopleTask, run) -> None:
        """Fill in the first person's codes; all their rows are in the cache then."""
        start = self._rows.marks([self._vocabulary.start(task.length)])
        codes = task.codes[0]
        codes += list(task.known(0))
        known = [self._rows.tokens(np.stack(codes), task.length)] if codes else []
        hidden = run(np.concatenate([start, *known]))
        while len(codes) < task.length:
            codes.append(self._draw(task, hidden))
            hidden = run(self._rows.tokens(np.stack(codes), task.length, len(codes) - 1))

    def _follow(self, task: PeopleTask, person: int, run) -> None:
        """Fill in a follower's codes and places."""
        leader = np.stack(task.codes[0])
        encodings = look_up(self._books, leader)
        ahead = np.concatenate([np.zeros((1, 3)), self._path.places(leader)])
        codes, places = task.codes[person], task.places[person - 1]
        seen = task.roots_seen[person - 1]
        known = task.known(person)
        hidden, base, since = None, np.zeros(3), 0  # the way counts from `base` at token `since`
        for kind, number in partner.schedule(task.length, place.EVERY):
            if kind == "start":
                row = self._rows.marks([self._vocabulary.start(task.length)])[0] + self._follower
            elif kind == "place":
                own = self._own(codes, since, base)
                if number == 0:
                    if len(known):
                        base = task.roots_at_start[person - 1]
                        places[0] = place.encode(base)
                    else:
                        places[0] = self._draw_start(task, hidden)
                        base = place.decode(places[0])
                    seen.append(base)
                else:
                    now = seen_from(ahead[number], own)
                    places[number] = (
                        self._draw_place(task, hidden, place.leaning(now[None]))
                        if number >= len(known) else place.encode(now)
                    )  # fmt: skip
                    base = put_to(ahead[number], place.pulled_inside(now, places[number]))
                since = number
                row = self._place_row(places[number])
            else:
                codes.append(known[number] if number < len(known) else self._draw(task, hidden))
                if number == task.length - 1:
                    return
                row = self._rows.tokens(np.stack(codes), task.length, number)[0]
            at = number + (kind == "token")  # the token to be drawn next
            told = partner.around(encodings, np.array([at]))
            row = row + np.einsum("k,wk->w", told[0], self._partner_in)
            if kind != "start":
                at = min(at, task.length - 1)
                own = self._own(codes[:at], since, base)
                if kind == "token" and at == len(seen):
                    seen.append(seen_from(ahead[at], own))
                numbers = partner.numbers(ahead[at][None], own[None])
                row = row + np.einsum("k,wk->w", numbers[0], self._beside_in)
            hidden = run(row[None])

    def _own(self, codes: list[np.ndarray], since: int, base: np.ndarray) -> np.ndarray:
        """Return the root after some codes, of which those from `since` on started at `base`."""
        if len(codes) <= since:
            return base
        return put_to(base, self._path.places(np.stack(codes[since:]))[-1])

    def _place_row(self, codes: np.ndarray) -> np.ndarray:
        """Return the row (width,) of a place's codes (3,)."""
        first, *more = (rows[code] for rows, code in zip(self._place_rows, codes, strict=True))
        return sum(more, first)

    def _draw(self, task: PeopleTask, hidden) -> np.ndarray:
        """Draw a token (levels,); it is never the end."""
        return self._heads.draw_token([task], GuidedRows([task]), hidden, [False])[0]

    def _draw_start(self, task: PeopleTask, hidden) -> np.ndarray:
        """Draw where a follower begins: where no other one does, if that can be."""
        taken = [place.decode(places[0])[:2] for places in task.places if places]
        drawn, tries = self._draw_place(task, hidden), 1
        while tries < TRIES and not _is_free(place.decode(drawn)[:2], taken):
            drawn, tries = self._draw_place(task, hidden), tries + 1
        return drawn

    def _draw_place(
        self, task: PeopleTask, hidden, leaning: list[np.ndarray] | None = None
    ) -> np.ndarray:
        """Draw a place: yaw, x, z. Guidance would push people apart or through each other.

        Args:
            leaning: as place.leaning gives it for one root.
        """
        return self._place_head.draw(
            self._place_state(hidden)[0],
            task.generator,
            min(task.temperature, TEMPERATURE),
            task.top_p,
            leaning=None if leaning is None else [part[0] for part in leaning],
        )


def _is_free(spot: np.ndarray, taken: list[np.ndarray]) -> bool:
    return all(np.linalg.norm(spot - other) > ROOM for other in taken)
