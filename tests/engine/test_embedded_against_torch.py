"""The numpy decode loops against transformers and PEFT on the same weights."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from motionllm.engine.embedded.backbone_model import BackboneModel  # noqa: E402
from motionllm.engine.embedded.caption_decoder import CaptionDecoder  # noqa: E402
from motionllm.engine.embedded.destination import Destinations  # noqa: E402
from motionllm.engine.embedded.gguf import GgufFile  # noqa: E402
from motionllm.engine.embedded.motion_decoder import MotionDecoder, MotionTask  # noqa: E402
from motionllm.engine.embedded.rows_and_heads import MotionRows  # noqa: E402
from motionllm.engine.embedded.token_heads import TokenHeads  # noqa: E402
from motionllm.tokens import destination, prompts  # noqa: E402
from motionllm.tokens.sampling import guide, make_generator, plan_windows  # noqa: E402
from motionllm.tokens.vocabulary import Vocabulary  # noqa: E402
from tests.helpers.packs import LEVELS, WIDTH  # noqa: E402

ENTRY = 15
VOCABULARY = Vocabulary()
NOTHING = np.zeros((0, LEVELS), int)
PROMPTS = [
    "a person walks forward",
    "an exhausted old man drags himself along, turns left and waves with both hands",
    "run",
]


class Reference:
    """transformers' own layers, run as the specification says, without a cache."""

    def __init__(self, backbone, tokenizer, pack, tables, books, path):
        from peft import PeftModel
        from transformers import AutoModelForCausalLM

        self.tokenizer = tokenizer
        model = AutoModelForCausalLM.from_pretrained(
            backbone.parent, gguf_file=backbone.name, dtype=torch.float32,
            attn_implementation="eager",
        )  # fmt: skip
        model.eval().requires_grad_(False)
        self.model = PeftModel.from_pretrained(model, str(pack / "t2m"), adapter_name="t2m")
        self.model.load_adapter(str(pack / "m2t"), adapter_name="m2t")
        self.llama = self.model.base_model.model.model
        self.embedding = self.llama.embed_tokens.weight
        self.tables = {name: torch.from_numpy(value) for name, value in tables.items()}
        self.books = torch.from_numpy(books)
        self.path = path

    def run(self, states, layers):
        """Run states (columns, width) through a range of layers, causally."""
        columns = len(states)
        states = states[None]
        positions = torch.arange(columns)[None]
        mask = torch.full((columns, columns), -torch.inf).triu(1)[None, None]
        angles = self.llama.rotary_emb(states, positions)
        for index in layers:
            states = self.llama.layers[index](
                states, attention_mask=mask, position_embeddings=angles, position_ids=positions
            )
        return states[0]

    def text_states(self, text):
        ids = torch.tensor(text if isinstance(text, list) else self.tokenizer.encode(text))
        return self.run(self.embedding[ids], range(ENTRY))

    def upper(self, states, adapter):
        self.model.set_adapter(adapter)
        return self.llama.norm(self.run(states, range(ENTRY, 30)))

    def rows(self, codes, length, prefix=""):
        """What enters for the first tokens (n, levels) of a window of a length."""
        where = torch.from_numpy(self.path.numbers(codes, length))
        codes = torch.from_numpy(codes)
        further = sum(self.books[level][codes[:, level]] for level in range(1, len(self.books)))
        enter = self.tables[f"{prefix}residual_in.weight"]
        row = self.tables[f"{prefix}input"][codes[:, 0]] + further @ enter.T
        return row + where @ self.tables[f"{prefix}trail_in.weight"].T

    @torch.no_grad()
    def t2m_states(self, text, length, codes, end=None):
        """States at the start row, the end's if there is one, and every token (n, levels)."""
        start = VOCABULARY.start(length)
        own = self.rows(codes, length)
        if end is not None:
            places = np.concatenate([np.zeros((1, 3)), self.path.places(codes)])
            left = length - np.arange(len(places), dtype=float)
            told = torch.from_numpy(destination.numbers(end, places, left))
            told = told @ self.tables["goal_in.weight"].T
            own = torch.cat([told[:1] + self.tables["goal_row"], own + told[1:]])
        rows = torch.cat([self.tables["input"][[start]], own])
        states = torch.cat([self.text_states(prompts.t2m_prompt(text)), rows])
        return self.upper(states, "t2m")[-len(rows) :]

    def logits(self, state, drawn):
        """Logits of the code that follows those drawn of one token, given its state (width,)."""
        if not drawn:
            return (self.tables["head.weight"] @ state + self.tables["head.bias"]).numpy()
        said = sum(self.books[level][code] for level, code in enumerate(drawn))
        head = {
            name.split(".", 2)[2]: value
            for name, value in self.tables.items()
            if name.startswith(f"residual_heads.{len(drawn) - 1}.")
        }
        mixed = head["state.weight"] @ state + head["said.weight"] @ said + head["said.bias"]
        mixed = torch.nn.functional.silu(mixed)
        return (head["out.weight"] @ mixed + head["out.bias"]).numpy()

    def end(self, text, length):
        """The likeliest codes of where a motion ends."""
        state = self.tables["goal_head.state.weight"] @ self.t2m_states(text, length, NOTHING)[0]
        drawn = []
        for part in range(len(destination.SIZES)):
            scores = self.tables[f"goal_head.out.{part}.weight"] @ torch.nn.functional.silu(state)
            drawn.append(int((scores + self.tables[f"goal_head.out.{part}.bias"]).argmax()))
            if part + 1 < len(destination.SIZES):
                state = state + self.tables[f"goal_head.said.{part}.weight"][drawn[-1]]
        return np.array(drawn)

    @torch.no_grad()
    def m2t_logits(self, codes, answer):
        """Logits that follow the motion (n, levels) and each token of the answer."""
        start, end = self.tables["m2t_input"][[VOCABULARY.start(), VOCABULARY.end]]
        rows = self.rows(codes, len(codes), "m2t_")
        prompt = self.tokenizer.encode(prompts.CAPTION_PROMPT)
        text = self.text_states(prompt + answer)
        states = torch.cat([text[: len(prompt)], start[None], rows, end[None], text[len(prompt) :]])
        hidden = self.upper(states, "m2t")[-1 - len(answer) :]
        return (hidden @ self.embedding.T).numpy()


@pytest.fixture(scope="module")
def reference(backbone_path, text_tokenizer, random_pack, tables, books, path):
    return Reference(backbone_path, text_tokenizer, random_pack, tables, books, path)


@pytest.fixture(scope="module")
def model(backbone_path):
    return BackboneModel(backbone_path, ENTRY)


@pytest.fixture(scope="module")
def motion(model, adapters, tables, books, path):
    return MotionDecoder(
        model, adapters["t2m"], VOCABULARY, MotionRows(tables, books, VOCABULARY, WIDTH, path),
        TokenHeads(model, tables, books, VOCABULARY), Destinations(tables, WIDTH, path),
    )  # fmt: skip


@pytest.fixture(scope="module")
def captions(model, adapters, tables, books, path):
    rows = MotionRows(tables, books, VOCABULARY, WIDTH, path, "m2t_")
    return CaptionDecoder(model, adapters["m2t"], VOCABULARY, rows)


def greedy(text, tokens, guidance=1.0):
    return MotionTask(text, plan_windows(tokens, 50), make_generator(0), 0.0, 1.0, guidance)


def decode(motion, *tasks):
    motion.decode(tasks, lambda *_: None, lambda: False)
    return [np.stack(task.codes).tolist() for task in tasks]


def relative_error(found, expected):
    return np.abs(found - expected).max() / np.abs(expected).max()


def reference_greedy(reference, text, count, guidance, given=()):
    codes = list(given)
    end = None if given else reference.end(text, count)
    while len(codes) < count:
        read = np.array(codes, int).reshape(-1, LEVELS)
        state = reference.t2m_states(text, count, read, end)[-1]
        plain = reference.t2m_states("", count, read, end)[-1] if guidance != 1 else state
        token = []
        for _ in range(LEVELS):
            logits = guide(reference.logits(state, token), reference.logits(plain, token), guidance)
            token.append(int(logits[:512].argmax()))
        codes.append(token)
    return codes[len(given) :]


def random_codes(seed, count):
    return np.random.default_rng(seed).integers(0, 512, (count, LEVELS))


def test_every_tensor_equals_the_gguf_package(backbone_path):
    gguf = pytest.importorskip("gguf")
    ours = GgufFile(backbone_path)
    tensors = gguf.GGUFReader(backbone_path).tensors
    assert {tensor.name for tensor in tensors} == set(ours.tensors)
    for tensor in tensors:
        expected = gguf.dequantize(tensor.data, tensor.tensor_type)
        assert np.array_equal(ours.tensor(tensor.name), expected), tensor.name
    rows = [5, 49151, 0]
    embedding = ours.tensor("token_embd.weight")
    assert np.array_equal(ours.rows("token_embd.weight", rows), embedding[rows])


def test_plain_layers_equal_transformers(model, reference):
    ids = np.array([reference.tokenizer.encode("a person walks, then 3 people run.\n")])
    cache = model.lower_cache(1, ids.shape[1])
    found = model.run_text(ids, cache)[0]
    with torch.no_grad():
        expected = reference.text_states(ids[0].tolist()).numpy()
    assert relative_error(found, expected) < 1e-4


@pytest.mark.parametrize("text", PROMPTS)
def test_motion_logits_equal_transformers(model, motion, reference, text):
    codes = random_codes(3, 20)
    expected = reference.t2m_states(text, 21, codes)
    ids = model.tokenizer.encode(prompts.t2m_prompt(text))
    cache = model.upper_cache(1, len(ids) + 21)
    cache.fill(model.read_prompts(motion._layers, [ids]))
    rows = [motion._rows.marks([VOCABULARY.start(21)]), *motion._rows.tokens(codes, 21)[:, None]]
    for row, token, state in zip(rows, [*codes, codes[0]], expected, strict=True):
        hidden = model.run_upper(motion._layers, row[None], cache)  # through the cache
        assert relative_error(motion._heads.first(hidden)[0], reference.logits(state, [])) < 1e-3
        for level, (head, score) in enumerate(motion._heads.further, start=1):
            found = score(hidden, head.said_by(token[None]))[0]
            assert relative_error(found, reference.logits(state, list(token[:level]))) < 1e-3


@pytest.mark.parametrize("guidance", [1.0, 2.0])
def test_greedy_motion_equals_transformers(motion, reference, guidance):
    counts = [12, 5, 8]  # rows of other lengths, prompts of other lengths, in one batch
    tasks = [greedy(text, count, guidance) for text, count in zip(PROMPTS, counts, strict=True)]
    expected = [
        reference_greedy(reference, text, count, guidance)
        for text, count in zip(PROMPTS, counts, strict=True)
    ]
    assert decode(motion, *tasks) == expected


def test_second_window_sees_the_end_of_the_first(motion, reference):
    (codes,) = decode(motion, greedy(PROMPTS[0], 54))
    rest = reference_greedy(reference, PROMPTS[0], 14, 1.0, codes[40:50])
    assert len(codes) == 54
    assert codes[50:] == rest


def test_caption_logits_and_tokens_equal_transformers(captions, reference):
    motions = [random_codes(5, count) for count in (20, 7, 33)]
    texts = captions.decode(motions, lambda *_: None, lambda: False)
    for codes, ids in zip(motions, texts, strict=True):
        logits = reference.m2t_logits(codes, ids)
        best = logits.argmax(axis=1).tolist()
        assert best[: len(ids)] == ids
        assert len(ids) == 40 or best[len(ids)] == 2


def test_likelihoods_of_texts_equal_transformers(captions, reference):
    motions = [random_codes(6, count) for count in (20, 7)]
    texts = ["a person walks", "an old man waves with both hands"]
    found = captions.likelihoods(motions, texts, lambda: False)
    for codes, text, value in zip(motions, texts, found, strict=True):
        ids = reference.tokenizer.encode(prompts.m2t_answer(text))
        logits = torch.from_numpy(reference.m2t_logits(codes, ids)).double().log_softmax(-1)
        expected = sum(float(row[token]) for row, token in zip(logits, [*ids, 2], strict=True))
        assert abs(value - expected) < 1e-2 * abs(expected)
