"""Write the best weights as the GGUF that llama.cpp loads, and check it there against PyTorch.

python -m models.starter export
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType, TokenType

from models.starter.checkpoint import load_model, load_state
from models.starter.dialect import DIALECT, read_tunes
from models.starter.model import Llama, Shape
from models.starter.options import FILE_NAME
from models.starter.tokenizer import BOS, EOS, UNK, VOCABULARY, encode

NAME, LICENSE = "Llm-Music-Gen Starter", "MIT"
LAYER_TENSORS = {
    "attention_norm": "attn_norm", "hidden_norm": "ffn_norm",
    "attention.q": "attn_q", "attention.k": "attn_k", "attention.v": "attn_v",
    "attention.o": "attn_output", "gate": "ffn_gate", "up": "ffn_up", "down": "ffn_down",
}  # fmt: skip
LARGEST_ERROR = 0.15  # of llama.cpp's logits against PyTorch's, on average (8-bit weights)
CHECKED_TUNES = 40


def tensor_name(name: str) -> str:
    """Return llama.cpp's name of a PyTorch weight."""
    if name == "embedding":
        return "token_embd.weight"  # also the output matrix: llama.cpp ties them if that is absent
    if name == "norm.weight":
        return "output_norm.weight"
    _, layer, rest = name.split(".", 2)
    return f"blk.{layer}.{LAYER_TENSORS[rest.removesuffix('.weight')]}.weight"


def add_shape(writer: gguf.GGUFWriter, shape: Shape) -> None:
    """Write the model's sizes."""
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_rope_freq_base(shape.rope_base)


def add_tokenizer(writer: gguf.GGUFWriter) -> None:
    """Write the tokens as user-defined ones, which llama.cpp never splits, then 256 byte tokens.

    The model never learnt the bytes; without them llama.cpp would end the process at a character
    that no token has.
    """
    kinds = [TokenType.USER_DEFINED] * len(VOCABULARY)
    kinds[UNK], kinds[BOS], kinds[EOS] = TokenType.UNKNOWN, *[TokenType.CONTROL] * 2
    names = VOCABULARY + [f"<0x{byte:02X}>" for byte in range(256)]
    writer.add_vocab_size(len(names))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(names)
    writer.add_token_scores([0.0] * len(names))
    writer.add_token_types([*kinds, *[TokenType.BYTE] * 256])
    writer.add_unk_token_id(UNK)
    writer.add_bos_token_id(BOS)
    writer.add_eos_token_id(EOS)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)


def export(model: Llama, path: Path) -> None:
    """Write the file: matrices in Q8_0, norms in F32."""
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name(NAME)
    writer.add_license(LICENSE)
    writer.add_description("Tunes with chord symbols as one line of text, one bar after another.")
    writer.add_string("llm_music_gen.dialect", DIALECT)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    add_shape(writer, model.shape)
    add_tokenizer(writer)
    add_tensors(writer, model)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add_tensors(writer: gguf.GGUFWriter, model: Llama) -> None:
    """Write the weights of the first member."""
    weights = {**model.state_dict(), "embedding": model.token_embedding().detach()}
    for name, weight in weights.items():
        if name == "feature_embedding":
            continue  # it is in the embedding now
        table = weight[0].float().numpy()
        if name == "embedding":
            # <unk> never occurs, so the model says it as good as never; nor shall it the bytes.
            table = np.concatenate([table, np.repeat(table[UNK][None], 256, axis=0)])
        if table.ndim == 2:
            packed = gguf.quants.quantize(np.ascontiguousarray(table), GGMLQuantizationType.Q8_0)
            writer.add_tensor(tensor_name(name), packed, raw_dtype=GGMLQuantizationType.Q8_0)
        else:
            writer.add_tensor(tensor_name(name), table)


@torch.no_grad()
def verify(model: Llama, path: Path, tunes: list[str]) -> None:
    """Compare the file in llama.cpp with PyTorch: token ids, logits and the likeliest next token.

    Exit if the token ids differ, or the logits by more than LARGEST_ERROR on average.
    """
    from llama_cpp import Llama as LlamaCpp

    exported = LlamaCpp(str(path), n_ctx=model.shape.context, logits_all=True, verbose=False)
    error, agreed, count = 0.0, 0, 0
    for tune in tunes:
        ids = [BOS, *encode(tune)][: model.shape.context]
        if exported.tokenize(tune.encode("ascii"), add_bos=True)[: len(ids)] != ids:
            raise SystemExit(f"llama.cpp tokenizes this tune otherwise: {tune}")
        exported.reset()
        exported.eval(ids)
        theirs = np.array(exported.scores[: len(ids), : model.shape.vocabulary])
        ours = model(torch.tensor([ids]))[0, 0].numpy()
        error += float(np.abs(ours - theirs).mean()) * len(ids)
        agreed += int((ours.argmax(-1) == theirs.argmax(-1)).sum())
        count += len(ids)
    exported.close()
    print(f"{len(tunes)} tunes: same token ids; logits differ by {error / count:.4f} on average; "
          f"same likeliest token {agreed / count:.2%}")  # fmt: skip
    if error / count > LARGEST_ERROR:
        raise SystemExit("llama.cpp does not compute what PyTorch does")


def run(options: Namespace) -> None:
    """Export the best weights, and verify the file on held-out tunes."""
    torch.set_num_threads(1)
    path = options.out or options.work / FILE_NAME
    saved = load_state(options.work / "best.pt", torch.device("cpu"))
    print(f"{saved['of']} {saved['loss']:.4f} at step {saved['step']}")
    model = load_model(saved)
    export(model, path)
    print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")
    verify(model, path, read_tunes(options.work / "valid.txt")[:CHECKED_TUNES])
