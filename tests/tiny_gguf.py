"""Tiny GGUFs with random weights and the real keys, special tokens and chat templates of models.

llama.cpp loads and decodes them in a fraction of a second. They know nothing: whatever they write
well is the app's doing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WIDTH, LAYERS, HEADS, KV_HEADS, HIDDEN = 64, 2, 4, 2, 128

INTERNLM_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + "
    "message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|im_start|>assistant\n' }}{% endif %}"
)
OPENCHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{{ 'GPT4 Correct ' + message['role'].title() + "
    "': ' + message['content'] + '<|end_of_turn|>'}}{% endfor %}{% if add_generation_prompt %}"
    "{{ 'GPT4 Correct Assistant:' }}{% endif %}"
)
GEMMA_TEMPLATE = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}"
    "{{ '<start_of_turn>' + message['role'] + '\n' + message['content'] | trim + "
    "'<end_of_turn>\n' }}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<start_of_turn>model\n' }}{% endif %}"
)


@dataclass(frozen=True)
class TinyModel:
    """What a tiny GGUF says of itself. `tokenizer` is `llama` (SPM) or `gpt2` (BPE)."""

    name: str
    profile: str
    tokenizer: str = "llama"
    control: tuple[str, ...] = ()
    eos: str = "</s>"
    template: str = ""
    context: int = 4096
    rope_base: float = 10_000.0
    architecture: str = "llama"
    bos: str | None = None  # None: the tokenizer's usual one; "": there is none
    extra: Mapping[str, Any] = field(default_factory=dict)


ILM3 = TinyModel(
    "ILM3 8B Ruby Music", "chatml", eos="<|im_end|>", template=INTERNLM_TEMPLATE, context=32_768,
    rope_base=50_000_000.0,
    control=("<|im_start|>", "<|im_end|>", "<|action_start|>", "<|action_end|>", "<|interpreter|>",
             "<|plugin|>"),
)  # fmt: skip
SCRAPEGOAT = TinyModel(
    "ScrapeGoat Music Stage2", "codec", eos="<EOA>", context=8192,
    control=("<EOD>", "<SOA>", "<EOA>", "<xcodec>", "<stage_1>", "<stage_2>",
             *(f"<|code_{number}|>" for number in range(64))),
)  # fmt: skip
MUSIC_GENERATION = TinyModel(
    "Music_Generation_Model", "openchat", eos="<|end_of_turn|>", template=OPENCHAT_TEMPLATE,
    context=8192, control=("<|end_of_turn|>", "<|pad_0|>"),
)  # fmt: skip
CHATMUSICIAN = TinyModel("ChatMusician", "chatmusician", context=2048)
LLAMA_MIDI = TinyModel(
    "Llama Midi", "llama-midi", tokenizer="gpt2", eos="<|end_of_text|>", rope_base=500_000.0,
    control=("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>",
             "<|eot_id|>"),
)  # fmt: skip
CHAT = TinyModel(
    "Some chat model", "chat", template=GEMMA_TEMPLATE, control=("<start_of_turn>", "<end_of_turn>")
)
BASE = TinyModel("Some base model", "completion")
STARTER = TinyModel("Starter", "starter", extra={"llm_music_gen.dialect": "3"})
FIRST_STARTER = TinyModel(
    "The first starter", "first starter", extra={"llm_music_gen.dialect": "1"}
)
SECOND_STARTER = TinyModel(
    "The second starter", "second starter", extra={"llm_music_gen.dialect": "2"}
)
NO_BOS = TinyModel(
    "Some model without a beginning", "chatml", tokenizer="gpt2", eos="<|im_end|>",
    template=INTERNLM_TEMPLATE, control=("<|endoftext|>", "<|im_start|>", "<|im_end|>"), bos="",
)  # fmt: skip
# A recurrent model: it remembers all that it has read, or nothing; there is no way back in it.
STATE_WIDTH, STATE_SIZE, STATE_STEPS, STATE_KERNEL = 2 * WIDTH, 4, 4, 4
MAMBA = TinyModel(
    "Some state space model", "completion", architecture="mamba",
    extra={"mamba.ssm.conv_kernel": STATE_KERNEL, "mamba.ssm.inner_size": STATE_WIDTH,
           "mamba.ssm.state_size": STATE_SIZE, "mamba.ssm.time_step_rank": STATE_STEPS},
)  # fmt: skip
# It reads texts and cannot write any: llama.cpp loads it all the same.
BERT = TinyModel(
    "Some encoder", "", architecture="bert",
    extra={"bert.attention.causal": False, "bert.attention.layer_norm_epsilon": 1e-12,
           "bert.pooling_type": 1, "tokenizer.ggml.token_type_count": 2},
)  # fmt: skip

NAMED = (ILM3, SCRAPEGOAT, MUSIC_GENERATION, CHATMUSICIAN, LLAMA_MIDI)
ALL = (*NAMED, CHAT, BASE, STARTER, FIRST_STARTER)
WRITERS = (*ALL, NO_BOS, MAMBA)


def words_of(model: TinyModel) -> list[str]:
    """Return a tiny model's vocabulary."""
    words, _ = _spm_words() if model.tokenizer == "llama" else _bpe_words()
    return [*words, *model.control]


def build(
    path: Path, model: TinyModel, seed: int = 0, tensors_in_a_file: int = 0, **override: Any
) -> Path:
    """Write a tiny model; `override` puts other values for keys of its metadata (None: no key).

    With `tensors_in_a_file` it becomes several files, which gguf names.
    """
    import gguf

    inner = gguf.GGUFWriter(None, model.architecture, split_max_tensors=tensors_in_a_file)
    writer = _Writer(inner, override)
    writer.put("general.name", model.name)
    writer.put("general.file_type", 1)
    for key, value in model.extra.items():
        writer.put(key, value)
    _add_shape(writer, model)
    size = _add_tokenizer(writer, model)
    _add_weights(writer.inner, size, seed, _LAYERS.get(model.architecture, _llama_layer)())
    writer.inner.write_header_to_file(path)
    writer.inner.write_kv_data_to_file()
    writer.inner.write_tensors_to_file()
    writer.inner.close()
    return path


class _Writer:
    """Passes metadata on to the `gguf` package, with a test's own values in their places."""

    def __init__(self, inner: Any, override: Mapping[str, Any]) -> None:
        self.inner = inner
        self._override = {key.replace("__", "."): value for key, value in override.items()}

    def put(self, key: str, value: Any) -> None:
        value = self._override.get(key, value)
        add = {
            bool: self.inner.add_bool,
            int: self.inner.add_uint32,
            float: self.inner.add_float32,
            str: self.inner.add_string,
            list: self.inner.add_array,
        }
        if value is not None:
            add[type(value)](key, value)


def _add_shape(writer: _Writer, model: TinyModel) -> None:
    head = model.architecture
    writer.put(f"{head}.context_length", model.context)
    writer.put(f"{head}.embedding_length", WIDTH)
    writer.put(f"{head}.block_count", LAYERS)
    writer.put(f"{head}.feed_forward_length", HIDDEN)
    writer.put(f"{head}.attention.head_count", HEADS)
    writer.put(f"{head}.attention.head_count_kv", KV_HEADS)
    writer.put(f"{head}.attention.layer_norm_rms_epsilon", 1e-5)
    writer.put(f"{head}.rope.dimension_count", WIDTH // HEADS)
    writer.put(f"{head}.rope.freq_base", model.rope_base)


def _add_tokenizer(writer: _Writer, model: TinyModel) -> int:
    """Write the vocabulary; return its size."""
    words, kinds = _spm_words() if model.tokenizer == "llama" else _bpe_words()
    words += model.control
    kinds += [3] * len(model.control)  # control tokens
    usual = "<s>" if model.tokenizer == "llama" else "<|begin_of_text|>"
    bos = usual if model.bos is None else model.bos
    writer.put("tokenizer.ggml.model", model.tokenizer)
    writer.put("tokenizer.ggml.tokens", words)
    writer.put("tokenizer.ggml.token_type", kinds)
    if model.tokenizer == "llama":
        writer.put("tokenizer.ggml.scores", [-float(i) for i in range(len(words))])
        writer.put("tokenizer.ggml.add_space_prefix", True)
    else:
        writer.put("tokenizer.ggml.pre", "llama-bpe")
        writer.put("tokenizer.ggml.merges", ["1 2", "3 4", "p i", "d r"])
    writer.put("tokenizer.ggml.bos_token_id", words.index(bos) if bos else None)
    writer.put("tokenizer.ggml.eos_token_id", words.index(model.eos))
    writer.put("tokenizer.ggml.add_bos_token", bool(bos))
    writer.put("tokenizer.chat_template", model.template or None)
    return len(words)


def _spm_words() -> tuple[list[str], list[int]]:
    """Three special words, the bytes, and the printable characters with a few pairs."""
    letters = ["▁", *(chr(code) for code in range(33, 127)), "||", "2|", "4|", "c2", "▁A"]
    words = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *letters]
    return words, [2, 3, 3, *[6] * 256, *[1] * len(letters)]


def _bpe_words() -> tuple[list[str], list[int]]:
    """The 256 bytes as GPT-2 writes them, and a few pairs."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    odd = [byte for byte in range(256) if byte not in plain]
    words = [chr(byte) for byte in plain] + [chr(256 + number) for number in range(len(odd))]
    words += ["12", "34", "pi", "dr"]
    return words, [1] * len(words)


Shapes = dict[str, tuple[int, ...]]


def _llama_layer() -> Shapes:
    kv_width = WIDTH // HEADS * KV_HEADS
    return {
        "attn_q.weight": (WIDTH, WIDTH), "attn_k.weight": (kv_width, WIDTH),
        "attn_v.weight": (kv_width, WIDTH), "attn_output.weight": (WIDTH, WIDTH),
        "ffn_gate.weight": (HIDDEN, WIDTH), "ffn_up.weight": (HIDDEN, WIDTH),
        "ffn_down.weight": (WIDTH, HIDDEN), "attn_norm.weight": (WIDTH,),
        "ffn_norm.weight": (WIDTH,),
    }  # fmt: skip


def _mamba_layer() -> Shapes:
    return {
        "attn_norm.weight": (WIDTH,), "ssm_in.weight": (2 * STATE_WIDTH, WIDTH),
        "ssm_conv1d.weight": (STATE_WIDTH, STATE_KERNEL), "ssm_conv1d.bias": (STATE_WIDTH,),
        "ssm_x.weight": (STATE_STEPS + 2 * STATE_SIZE, STATE_WIDTH),
        "ssm_dt.weight": (STATE_WIDTH, STATE_STEPS), "ssm_dt.bias": (STATE_WIDTH,),
        "ssm_a": (STATE_WIDTH, STATE_SIZE), "ssm_d": (STATE_WIDTH,),
        "ssm_out.weight": (WIDTH, STATE_WIDTH),
    }  # fmt: skip


def _bert_layer() -> Shapes:
    shapes: Shapes = {}
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        rows = WIDTH // HEADS * KV_HEADS if name in ("attn_k", "attn_v") else WIDTH
        shapes |= {f"{name}.weight": (rows, WIDTH), f"{name}.bias": (rows,)}
    for name, shape in (("ffn_up", (HIDDEN, WIDTH)), ("ffn_down", (WIDTH, HIDDEN))):
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    for name in ("attn_output_norm", "layer_output_norm"):
        shapes |= {f"{name}.weight": (WIDTH,), f"{name}.bias": (WIDTH,)}
    return shapes


_LAYERS = {"mamba": _mamba_layer, "bert": _bert_layer}
_BERT_HEAD: Shapes = {
    "token_types.weight": (2, WIDTH), "position_embd.weight": (4096, WIDTH),
    "token_embd_norm.weight": (WIDTH,), "token_embd_norm.bias": (WIDTH,),
}  # fmt: skip
# Tables that llama.cpp wants in full precision.
_EXACT = (
    "ssm_a",
    "ssm_conv1d.weight",
    "ssm_dt.weight",
    "token_types.weight",
    "position_embd.weight",
)


def _add_weights(writer: Any, vocabulary: int, seed: int, layer: Shapes) -> None:
    import numpy

    random = numpy.random.default_rng(seed)
    encoder = "layer_output_norm.weight" in layer
    shapes: Shapes = {"token_embd.weight": (vocabulary, WIDTH)}
    shapes |= _BERT_HEAD if encoder else {"output.weight": (vocabulary, WIDTH)}
    for number in range(LAYERS):
        shapes |= {f"blk.{number}.{name}": shape for name, shape in layer.items()}
    if not encoder:
        shapes["output_norm.weight"] = (WIDTH,)
    for name, shape in shapes.items():
        if len(shape) == 1:
            table = numpy.full(shape, float("bias" not in name), numpy.float32)
        elif name.endswith("ssm_a"):
            table = -numpy.tile(numpy.arange(1.0, shape[1] + 1), (shape[0], 1))
            table = table.astype(numpy.float32)
        else:
            kind = numpy.float32 if name.endswith(_EXACT) else numpy.float16
            table = random.normal(0.0, 0.2, shape).astype(kind)
        writer.add_tensor(name, table)
