"""The GGUF reader: finds the metadata, and refuses a false or damaged file in one sentence."""

from __future__ import annotations

import struct
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.llm.metadata import read_metadata
from scripts.tables.models import ModelMetadata
from scripts.tables.program import ModelError
from scripts.temporary import application, gguf_format
from tests import tiny_gguf

STARTER = Path(__file__).resolve().parents[2] / "models" / application.STARTER_MODEL


def sentence(path: Path) -> str:
    with pytest.raises(ModelError) as refused:
        read_metadata(path)
    return str(refused.value)


def metadata_or_sentence(path: Path) -> ModelMetadata | str:
    try:
        return read_metadata(path)
    except ModelError as error:
        return str(error)


def built(path: Path, model: tiny_gguf.TinyModel = tiny_gguf.BASE, **override: Any) -> Path:
    return tiny_gguf.build(path / "model.gguf", model, 0, **override)


def header(keys: int, tensors: int, body: bytes = b"", version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, keys) + body


def text(value: bytes) -> bytes:
    return struct.pack("<Q", len(value)) + value


def test_a_file_tells_what_it_is(tmp_path: Path) -> None:
    metadata = read_metadata(built(tmp_path, tiny_gguf.ILM3))
    assert metadata.architecture == "llama"
    assert metadata.name == "ILM3 8B Ruby Music"
    assert metadata.quantisation == "F16"
    assert metadata.context == 32_768
    assert metadata.chat_template == tiny_gguf.INTERNLM_TEMPLATE
    assert metadata.bos == (1, "<s>")
    assert metadata.eos is not None
    assert metadata.eos[1] == "<|im_end|>"
    assert {"<|im_start|>", "<|im_end|>"} == metadata.marker_tokens
    assert metadata.add_bos is True
    width = tiny_gguf.WIDTH // tiny_gguf.HEADS
    assert metadata.kv_bytes_per_token == tiny_gguf.LAYERS * tiny_gguf.KV_HEADS * width * 2 * 2


def test_the_independent_reader_agrees_on_every_model(tmp_path: Path) -> None:
    gguf = pytest.importorskip("gguf")
    for number, model in enumerate(tiny_gguf.ALL):
        path = tiny_gguf.build(tmp_path / f"{number}.gguf", model)
        metadata, reader = read_metadata(path), gguf.GGUFReader(path)
        assert metadata.parameters == sum(tensor.n_elements for tensor in reader.tensors)
        assert metadata.vocabulary == len(reader.fields["tokenizer.ggml.tokens"].data)
        assert metadata.name == reader.fields["general.name"].contents()


def test_the_tables_are_those_of_the_gguf_package() -> None:
    constants = pytest.importorskip("gguf.constants")
    for kind, (name, block, size) in gguf_format.TENSOR_TYPES.items():
        assert constants.GGMLQuantizationType(kind).name == name
        assert constants.GGML_QUANT_SIZES[kind] == (block, size)
    for kind, name in gguf_format.FILE_TYPES.items():
        if kind in constants.LlamaFileType._value2member_map_:
            assert name in constants.LlamaFileType(kind).name


def test_an_unstated_quantisation_is_that_of_most_weights(tmp_path: Path) -> None:
    assert read_metadata(built(tmp_path, general__file_type=None)).quantisation == "F16"


NONSENSE: dict[str, dict[str, Any]] = {
    "context": {"llama__context_length": 0},
    "context of text": {"llama__context_length": "long"},
    "no tokenizer": {"tokenizer__ggml__model": None},
    "a tokenizer called none": {"tokenizer__ggml__model": "none"},
    "no words": {"tokenizer__ggml__tokens": None},
    "no bytes": {"tokenizer__ggml__tokens": ["<unk>", "<s>", "</s>", "a", "b"]},
    "no layers": {"llama__block_count": 0},
    "too many layers": {"llama__block_count": 513},
    "no width": {"llama__embedding_length": None},
}


@pytest.mark.parametrize("kind", sorted(NONSENSE))
def test_metadata_that_lies_are_refused_in_one_sentence(kind: str, tmp_path: Path) -> None:
    told = sentence(built(tmp_path, **NONSENSE[kind]))
    assert told.startswith('"model.gguf" ')
    assert told.endswith("another model in Options.")


ABSURD = {
    "nothing": b"",
    "magic alone": b"GGUF",
    "another file": b"MZ" + bytes(100),
    "big-endian": b"GGUF" + struct.pack(">IQQ", 3, 0, 0),
    "version 1": header(0, 0, version=1),
    "2^60 keys": header(2**60, 0),
    "2^60 tensors": header(0, 2**60),
    "a key of 2^60 letters": header(1, 0, struct.pack("<Q", 2**60)),
    "a text of 2^60 letters": header(1, 0, text(b"a") + struct.pack("<IQ", 8, 2**60)),
    "2^60 words": header(1, 0, text(b"a") + struct.pack("<IIQ", 9, 8, 2**60)),
    "2^60 numbers": header(1, 0, text(b"a") + struct.pack("<IIQ", 9, 4, 2**60)),
    "lists in lists": header(1, 0, text(b"a") + struct.pack("<IIQ", 9, 9, 2)),
    "an unknown kind": header(1, 0, text(b"a") + struct.pack("<I", 77)),
    "a key twice": header(2, 0, (text(b"a") + struct.pack("<II", 4, 1)) * 2),
    "a key of no letters": header(1, 0, text(b"\xff\xfe") + struct.pack("<I", 4)),
    "nine dimensions": header(0, 1, text(b"t") + struct.pack("<I", 9)),
    "no weights": header(0, 0),
}


@pytest.mark.parametrize("kind", sorted(ABSURD))
def test_absurd_files_are_refused_at_once(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(ABSURD[kind] + b"\0" * 64 if kind != "nothing" else b"")
    began = time.perf_counter()
    assert sentence(path).startswith('"model.gguf" ')
    assert time.perf_counter() - began < 1.0


def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    whole = built(tmp_path).read_bytes()
    path = tmp_path / "cut.gguf"
    for length in [*range(0, 400, 7), *range(400, len(whole), 4999), len(whole) - 1]:
        path.write_bytes(whole[:length])
        assert sentence(path).startswith('"cut.gguf" ')


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("whole"))


@given(
    damage=st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 255)), min_size=1, max_size=6)
)
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_a_damaged_file_is_read_or_refused(damage: list[tuple[int, int]], whole: Path) -> None:
    content = bytearray(whole.read_bytes())
    for place, byte in damage:
        content[place] = byte
    path = whole.with_name(f"{zlib.crc32(content)}.gguf")  # a new name, as metadata are cached
    path.write_bytes(content)
    found = metadata_or_sentence(path)
    assert isinstance(found, ModelMetadata) or found.startswith(f'"{path.name}" ')
    path.unlink()


def test_names_and_templates_need_not_be_text(tmp_path: Path) -> None:
    path = built(tmp_path, tiny_gguf.ILM3)
    path.write_bytes(path.read_bytes().replace(b"ILM3 8B", b"\xff\xfe\xfd\xfc 8B"))
    assert read_metadata(path).name.endswith("8B Ruby Music")


def test_an_unchanged_file_is_read_once_and_a_changed_one_again(tmp_path: Path) -> None:
    first = read_metadata(built(tmp_path))
    assert read_metadata(tmp_path / "model.gguf") is first
    assert read_metadata(built(tmp_path, tiny_gguf.ILM3)).name != first.name


def test_additions_to_models_are_no_models(tmp_path: Path) -> None:
    adapter = tiny_gguf.TinyModel("x", "completion", extra={"general.type": "adapter"})
    assert "an addition to a model (adapter)" in sentence(built(tmp_path, adapter))


def test_the_starter_is_read_in_a_blink() -> None:
    began = time.perf_counter()
    read_metadata(STARTER)
    assert time.perf_counter() - began < 0.5
