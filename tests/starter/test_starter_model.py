"""The bundled model: its file is what its card says, and llama.cpp loads it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.starter import dialect, tokenizer
from models.starter.prepare import can_be_encoded
from tests.starter.test_starter_dialect import random_song

FILE = Path(dialect.__file__).with_name("Llm-Music-Gen-Starter.Q8_0.gguf")
MOST_BYTES = 12_000_000


@pytest.fixture(scope="module")
def vocabulary() -> Iterator[Any]:
    """Load metadata and tokenizer, without weights."""
    llama_cpp = pytest.importorskip("llama_cpp")
    model = llama_cpp.Llama(str(FILE), vocab_only=True, verbose=False)
    yield model
    model.close()


def test_it_is_there_and_small() -> None:
    assert FILE.read_bytes()[:4] == b"GGUF"
    assert FILE.stat().st_size <= MOST_BYTES


def test_it_says_what_it_is(vocabulary: Any) -> None:
    said = vocabulary.metadata
    assert said["general.architecture"] == "llama"
    assert said["general.name"] == "Llm-Music-Gen Starter"
    assert said["general.license"] == "MIT"
    assert said["llm_music_gen.dialect"] == dialect.DIALECT
    assert said["tokenizer.ggml.add_bos_token"] == "true"
    assert said["tokenizer.ggml.add_space_prefix"] == "false"
    assert "tokenizer.chat_template" not in said


@pytest.mark.parametrize(
    "text",
    [
        '[R:reel][M:4/4][K:C][P:A][N:6][H:74][E:4]"C"G4c4e4g4|"F"a6g2f4e4|"G"g4f2e2d8|"C"c16||',
        "".join(f"[R:{kind}]" for kind in dialect.KINDS),
        "".join(f"[M:{metre}]" for metre in dialect.METRES),
        "".join(f"[K:{name}]" for name, _ in dialect.MODES.values()),
        "".join(f'"{dialect.write_chord((r, q))}"' for r in range(12) for q in dialect.QUALITIES),
        "".join(dialect.write_pitch(midi) for midi in range(55, 89)) + "z0123456789",
        "Notmusicatall:\n\t\u00e9\u20ac",
    ],
)
def test_every_text_comes_back_from_its_tokens(vocabulary: Any, text: str) -> None:
    tokenizer = vocabulary.tokenize(text.encode(), add_bos=False)
    pieces = b"".join(vocabulary.detokenize([token]) for token in tokenizer)
    assert pieces == text.encode()


def test_llama_cpp_cuts_a_text_as_training_did(vocabulary: Any) -> None:
    songs = [song for song in map(random_song, range(100)) if can_be_encoded(song)]
    assert len(songs) > 50
    for text in map(dialect.write_song, songs):
        assert vocabulary.tokenize(text.encode(), add_bos=False) == tokenizer.encode(text)


def test_dictated_structure_has_its_own_tokens(vocabulary: Any) -> None:
    """So it is wherever a text is cut, even before a capital note."""
    texts = ("[P:A]", "[N:2][H:65][B:4]", '"C"', "C4c", "|", '"Am"', "A", "^c'12", "||")
    apart = [vocabulary.tokenize(text.encode(), add_bos=False) for text in texts]
    whole = vocabulary.tokenize("".join(texts).encode(), add_bos=False)
    assert whole == [token for part in apart for token in part]
