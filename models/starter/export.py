"""Write the GGUF that llama.cpp loads, and check it there against PyTorch.

python export.py --work work --out Llm-Music-Gen-Starter.Q8_0.gguf
"""

from __future__ import annotations

import argparse
from pathlib import Path

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Type
from gguf import TokenType

from dialect import DIALECT
from model import Llama, Shape
from tokens import BEGIN, END, PIECES, UNKNOWN, encode

NAME, LICENSE = "Llm-Music-Gen Starter", "MIT"
BLOCK_NAMES = {
    "attention_norm": "attn_norm", "hidden_norm": "ffn_norm",
    "attention.q": "attn_q", "attention.k": "attn_k", "attention.v": "attn_v",
    "attention.o": "attn_output", "gate": "ffn_gate", "up": "ffn_up", "down": "ffn_down",
}  # fmt: skip
CLOSE = 0.15  # logits of llama.cpp and PyTorch may differ by so much on average (8-bit weights)


def tensor_name(name: str) -> str:
    """Translate a PyTorch weight's name into llama.cpp's."""
    if name == "embedding":
        return "token_embd.weight"  # also the output matrix: llama.cpp ties them if that is absent
    if name == "norm.weight":
        return "output_norm.weight"
    _, layer, rest = name.split(".", 2)
    return f"blk.{layer}.{BLOCK_NAMES[rest.removesuffix('.weight')]}.weight"


def add_shape(writer: gguf.GGUFWriter, shape: Shape) -> None:
    """Write the sizes."""
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
    """Write the pieces as tokens of a user's own, which llama.cpp finds whole, then the 256 bytes.

    The model never learnt the bytes; they stand there because llama.cpp ends the process at a
    character that has neither piece nor byte.
    """
    kinds = [TokenType.USER_DEFINED] * len(PIECES)
    kinds[UNKNOWN], kinds[BEGIN], kinds[END] = TokenType.UNKNOWN, *[TokenType.CONTROL] * 2
    names = PIECES + [f"<0x{byte:02X}>" for byte in range(256)]
    writer.add_vocab_size(len(names))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(names)
    writer.add_token_scores([0.0] * len(names))
    writer.add_token_types([*kinds, *[TokenType.BYTE] * 256])
    writer.add_unk_token_id(UNKNOWN)
    writer.add_bos_token_id(BEGIN)
    writer.add_eos_token_id(END)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)


def export(model: Llama, out: Path) -> None:
    """Write the file: matrices in Q8_0, norms in F32."""
    writer = gguf.GGUFWriter(str(out), "llama")
    writer.add_name(NAME)
    writer.add_license(LICENSE)
    writer.add_description("Tunes with chord symbols as one line of text, one bar after another.")
    writer.add_string("llm_music_gen.dialect", DIALECT)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    add_shape(writer, model.shape)
    add_tokenizer(writer)
    weights = {**model.state_dict(), "embedding": model.table().detach()}
    for name, weight in weights.items():
        if name == "shared":
            continue  # it is in the embedding now
        table = weight[0].float().numpy()
        if name == "embedding":
            # <unk> never occurs, so the model says it as good as never; nor shall it the bytes.
            table = np.concatenate([table, np.repeat(table[UNKNOWN][None], 256, axis=0)])
        if table.ndim == 2:
            packed = gguf.quants.quantize(np.ascontiguousarray(table), Type.Q8_0)
            writer.add_tensor(tensor_name(name), packed, raw_dtype=Type.Q8_0)
        else:
            writer.add_tensor(tensor_name(name), table)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@torch.no_grad()
def prove(model: Llama, out: Path, lines: list[str]) -> None:
    """Load the file in llama.cpp; compare token ids, logits and the likeliest next token."""
    from llama_cpp import Llama as LlamaCpp

    there = LlamaCpp(str(out), n_ctx=model.shape.context, logits_all=True, verbose=False)
    apart, agreed, count = 0.0, 0, 0
    for line in lines:
        ids = [BEGIN, *encode(line)][: model.shape.context]
        if there.tokenize(line.encode("ascii"), add_bos=True)[: len(ids)] != ids:
            raise SystemExit(f"llama.cpp cuts this line otherwise: {line}")
        there.reset()
        there.eval(ids)
        theirs = np.array(there.scores[: len(ids), : model.shape.vocabulary])
        ours = model(torch.tensor([ids]))[0, 0].numpy()
        apart += float(np.abs(ours - theirs).mean()) * len(ids)
        agreed += int((ours.argmax(-1) == theirs.argmax(-1)).sum())
        count += len(ids)
    there.close()
    print(f"{len(lines)} lines: same token ids; logits apart {apart / count:.4f} on average; "
          f"same likeliest token {agreed / count:.2%}")  # fmt: skip
    if apart / count > CLOSE:
        raise SystemExit("llama.cpp does not compute what PyTorch does")


def main() -> None:
    """Export the best weights and prove them on held-out tunes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--work", type=Path, default=Path("work"))
    parser.add_argument("--out", type=Path, default=Path("Llm-Music-Gen-Starter.Q8_0.gguf"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    saved = torch.load(options.work / "best.pt", map_location="cpu")
    print(f"{saved['of']} {saved['loss']:.4f} at step {saved['step']}")
    model = Llama(Shape(**saved["shape"]))
    model.load_state_dict(saved["model"])
    model.eval()
    export(model, options.out)
    print(f"{options.out.name}: {options.out.stat().st_size / 1e6:.2f} MB")
    lines = (options.work / "valid.txt").read_text(encoding="ascii").split()
    prove(model, options.out, lines[:40])


if __name__ == "__main__":
    main()
