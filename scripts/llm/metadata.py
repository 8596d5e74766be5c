"""What a GGUF says about itself, read without its weights.

Format: the GGUF specification, versions 2 and 3. The `gguf` package's own reader was measured on
the vocabulary of 262,144 words: 18 s and 740 MB, against 0.3 s and 40 MB here; and a damaged file
ends it in any of a dozen exceptions. So this is a small bounded reader instead: nothing is read
that the file is too short for, and no number in the file decides how much memory is taken.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from scripts.temporary import (
    DIALECT_KEY,
    FILE_TYPES,
    GGUF_MAGIC,
    TELLING_TOKENS,
    TENSOR_TYPES,
    ModelError,
    ModelFacts,
)

# Kinds of values: number -> the letter of Python's struct module.
_SCALARS = dict(zip((0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12), "BbHhIif?Qqd"))
_STRING, _ARRAY = 8, 9
_TOKENS_KEY = "tokenizer.ggml.tokens"

_PART_NAME = re.compile(r"(.+)-00001-of-(\d{5})\.gguf", re.IGNORECASE)
_LATER_PART = "is a later part of a model in several files; choose the first part."

# Bounds far above any real file, far below what would hurt.
_KEYS_AT_MOST = 10_000
_TENSORS_AT_MOST = 100_000
_WORDS_AT_MOST = 4_000_000  # of one list: Gemma's 515,000 merges are the longest seen
_TEXT_AT_MOST = 8 * 2**20  # bytes of one text; a longer one is passed over
_KEPT_AT_MOST = 64 * 2**20  # bytes of all texts and words together
_NUMBERS_KEPT = 4096  # of a list, such as heads per layer; a longer one is passed over
_LAYERS_AT_MOST = 512  # llama.cpp ends the whole process above


class Damage(Exception):
    """What is wrong with a file, as the end of the sentence `"name" ...`."""


@dataclass
class _Contents:
    """Everything of a file's head that is worth keeping."""

    values: dict[str, Any] = field(default_factory=dict)
    words: list[bytes] = field(default_factory=list)
    tensors: list[tuple[int, int, int]] = field(default_factory=list)  # type, elements, offset
    head_bytes: int = 0


def read_facts(path: Path) -> ModelFacts:
    """Return what a GGUF says about itself; an unchanged file is read once in a run.

    Raises ModelError, in one sentence, for a file that is no whole GGUF or that lies.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise ModelError(
            f'"{path.name}" cannot be read ({error.strerror}); choose another model in Options.'
        ) from error
    result = _facts_or_damage(str(path), stat.st_size, stat.st_mtime_ns)
    if isinstance(result, str):
        raise ModelError(f'"{path.name}" {result}')
    return result


def other_parts(path: Path, facts: ModelFacts) -> list[Path]:
    """Return the further files of a model in several parts, which llama.cpp finds by their names.

    Raises ModelError when one of them is missing or damaged.
    """
    if facts.split_files < 2:
        return []
    name = _PART_NAME.fullmatch(path.name)
    if name is None or int(name[2]) != facts.split_files:
        raise ModelError(
            f'"{path.name}" is the first of {facts.split_files} parts and must be called '
            f"...-00001-of-{facts.split_files:05}.gguf; give all parts their own names again."
        )
    numbers = range(2, facts.split_files + 1)
    parts = [path.with_name(f"{name[1]}-{number:05}-of-{name[2]}.gguf") for number in numbers]
    for part in parts:
        if not part.is_file():
            raise ModelError(f'"{part.name}" is missing: put it beside "{path.name}".')
        stat = part.stat()
        damage = _facts_or_damage(str(part), stat.st_size, stat.st_mtime_ns)
        if damage != _LATER_PART:
            raise ModelError(f'"{part.name}" is damaged; download it again.')
    return parts


@lru_cache(maxsize=256)
def _facts_or_damage(path: str, size: int, modified: int) -> ModelFacts | str:
    """Return the facts or what is wrong; size and time of change (ns) make the cache's key."""
    try:
        with Path(path).open("rb", buffering=2**20) as file:
            return _facts(_Reader(file, size).read(), size)
    except Damage as damage:
        return str(damage)
    except (OSError, MemoryError) as error:
        return f"cannot be read ({error}); choose another model in Options."


class _Reader:
    """Reads the head of one file, and no byte past its end."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._left = size
        self._size = size
        self._kept = 0

    def read(self) -> _Contents:
        """Read keys and the list of tensors."""
        contents = _Contents()
        tensors, keys = self._header()
        for _ in range(keys):
            name = self._text(2**16).decode("utf-8", "replace")
            if name in contents.values:
                raise Damage("is damaged (a key stands in it twice); download it again.")
            kind = self._number("I")
            keep_words = name == _TOKENS_KEY
            value = self._list(contents, keep_words) if kind == _ARRAY else self._value(kind)
            contents.values[name] = value
        for _ in range(tensors):
            contents.tensors.append(self._tensor())
        contents.head_bytes = self._size - self._left
        return contents

    def _header(self) -> tuple[int, int]:
        """Check magic and version; return the numbers of tensors and keys."""
        if self._size == 0:
            raise Damage("is empty (0 bytes); download it again.")
        if self._take(min(4, self._size)) != GGUF_MAGIC:
            raise Damage("is not a GGUF model, whatever its name says; choose another.")
        version = self._number("I")
        if version & 0xFFFF == 0:
            raise Damage("was made for another kind of computer (big-endian); choose another.")
        if version not in (2, 3):
            raise Damage(f"is of GGUF version {version}; versions 2 and 3 can be read.")
        tensors, keys = self._number("Q"), self._number("Q")
        if tensors > _TENSORS_AT_MOST or keys > _KEYS_AT_MOST:
            raise Damage(
                f"is damaged (it claims {keys} keys and {tensors} tensors); download it again."
            )
        return tensors, keys

    def _take(self, count: int) -> bytes:
        self._count_off(count)
        data = self._file.read(count)
        if len(data) != count:  # it shrank while it was read
            raise Damage("is being changed by another program; try again when that is done.")
        return data

    def _skip(self, count: int) -> None:
        self._count_off(count)
        self._file.seek(count, os.SEEK_CUR)

    def _count_off(self, count: int) -> None:
        if count > self._left:
            raise Damage("is cut off or damaged; download it again.")
        self._left -= count

    def _number(self, code: str) -> Any:
        return struct.unpack("<" + code, self._take(struct.calcsize(code)))[0]

    def _text(self, at_most: int = _TEXT_AT_MOST) -> bytes:
        """Read a text; one that is longer than `at_most` bytes is passed over."""
        length = self._number("Q")
        if length > at_most:
            self._skip(length)
            return b""
        self._kept += length
        if self._kept > _KEPT_AT_MOST:
            raise Damage("is damaged (its texts are absurdly long); download it again.")
        return self._take(length)

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self._text().decode("utf-8", "replace")
        if kind not in _SCALARS:
            raise Damage(f"is damaged (a value of kind {kind}); download it again.")
        return self._number(_SCALARS[kind])

    def _list(self, contents: _Contents, keep_words: bool) -> Any:
        """Read a list: the vocabulary's words go to `contents`, short lists of numbers are kept."""
        kind, count = self._number("I"), self._number("Q")
        if kind == _STRING:
            self._words(count, contents.words if keep_words else None)
            return count
        if kind not in _SCALARS:
            raise Damage(f"is damaged (a list of kind {kind}); download it again.")
        size = struct.calcsize(_SCALARS[kind])
        if count > _NUMBERS_KEPT:
            self._skip(count * size)
            return count
        return list(struct.unpack(f"<{count}{_SCALARS[kind]}", self._take(count * size)))

    def _words(self, count: int, words: list[bytes] | None) -> None:
        if count > min(_WORDS_AT_MOST, self._left // 8):
            raise Damage(f"is damaged (a list of {count} words); download it again.")
        for _ in range(count):
            (length,) = struct.unpack("<Q", self._take(8))
            word = self._take(min(length, self._left + 1))
            if words is not None:
                self._kept += length
                words.append(word)
        if self._kept > _KEPT_AT_MOST:
            raise Damage("is damaged (its vocabulary is absurdly long); download it again.")

    def _tensor(self) -> tuple[int, int, int]:
        """Return a tensor's type, number of elements, and offset in the data (bytes)."""
        self._text(2**10)
        dimensions = self._number("I")
        if dimensions > 4:
            raise Damage(f"is damaged (a tensor of {dimensions} dimensions); download it again.")
        elements = 1
        for _ in range(dimensions):
            elements *= self._number("Q")
        return self._number("I"), elements, self._number("Q")


def _facts(contents: _Contents, size: int) -> ModelFacts:
    """Make sense of a file's keys; wrong kinds of values count as missing.

    Raises Damage for what llama.cpp must not be handed.
    """
    values, words = contents.values, contents.words
    vocabulary = frozenset(words)
    architecture = _typed(values, "general.architecture", str, "")
    context = _whole(values, f"{architecture}.context_length", 0, 2**31)
    known = (token for token in TELLING_TOKENS if token.encode() in vocabulary)
    facts = ModelFacts(
        architecture=architecture,
        kind=_typed(values, "general.type", str, "model"),
        name=_typed(values, "general.name", str, ""),
        basename=_typed(values, "general.basename", str, ""),
        finetune=_typed(values, "general.finetune", str, ""),
        size_label=_typed(values, "general.size_label", str, ""),
        quantisation=_quantisation(contents),
        parameters=sum(elements for _, elements, _ in contents.tensors),
        context=context,
        vocabulary=len(words),
        tokenizer=_typed(values, "tokenizer.ggml.model", str, ""),
        chat_template=_typed(values, "tokenizer.chat_template", str, ""),
        bos=_word(contents, "tokenizer.ggml.bos_token_id"),
        eos=_word(contents, "tokenizer.ggml.eos_token_id"),
        eot=_word(contents, "tokenizer.ggml.eot_token_id"),
        add_bos=_typed(values, "tokenizer.ggml.add_bos_token", bool, None),
        dialect=_typed(values, DIALECT_KEY, str, ""),
        telling=frozenset(known),
        context_bytes=_context_bytes(values, architecture),
        split_files=_whole(values, "split.count", 0, 2**16),
        split_number=_whole(values, "split.no", 0, 2**16),
    )
    _check_whole(contents, size)
    _check_sense(facts, contents)
    return facts


def _typed(values: dict[str, Any], key: str, kind: type, default: Any) -> Any:
    value = values.get(key)
    return value if isinstance(value, kind) else default


def _whole(values: dict[str, Any], key: str, low: int, high: int, default: int = 0) -> int:
    value = values.get(key)
    fine = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    return value if fine else default  # type: ignore[return-value]


def _word(contents: _Contents, key: str) -> tuple[int, str] | None:
    """Return the id and the text of a special token, or None where there is none."""
    number = _whole(contents.values, key, 0, len(contents.words) - 1, default=-1)
    return None if number < 0 else (number, contents.words[number].decode("utf-8", "replace"))


def _quantisation(contents: _Contents) -> str:
    """Return a name such as Q6_K: the file's own word, or the type of most of its weights."""
    stated = FILE_TYPES.get(_whole(contents.values, "general.file_type", 0, 10**6, default=-1))
    if stated:
        return stated
    weights: dict[int, int] = {}
    for kind, elements, _ in contents.tensors:
        weights[kind] = weights.get(kind, 0) + elements
    most = max(weights, key=lambda kind: weights[kind], default=-1)
    return TENSOR_TYPES[most][0] if most in TENSOR_TYPES else "unknown"


def _context_bytes(values: dict[str, Any], architecture: str) -> int:
    """Return the bytes that llama.cpp keeps for each token of the context (keys and values, F16).

    Windowed and recurrent layers keep less, so this is what is needed at most. A file without
    layers or width gives -1.
    """
    layers = _whole(values, f"{architecture}.block_count", 1, _LAYERS_AT_MOST)
    width = _whole(values, f"{architecture}.embedding_length", 1, 2**20)
    if not layers or not width:
        return -1
    heads = _each(values, f"{architecture}.attention.head_count", layers)
    kept = _each(values, f"{architecture}.attention.head_count_kv", layers) or heads
    size = width // max([1, *heads])
    keys = _whole(values, f"{architecture}.attention.key_length", 1, 2**16, default=size)
    tones = _whole(values, f"{architecture}.attention.value_length", 1, 2**16, default=size)
    return sum(kept) * (keys + tones) * 2


def _each(values: dict[str, Any], key: str, layers: int) -> list[int]:
    """Return a number for each layer, whether the file has one for all or a list."""
    value = values.get(key)
    numbers: list[Any] = value if isinstance(value, list) else [value] * layers
    fine = all(isinstance(number, int) and 0 <= number <= 2**16 for number in numbers)
    return numbers if fine else []


# Complaint of a file that llama.cpp must not be handed -> when it holds. The first one is told.
_NONSENSE: tuple[tuple[Callable[[ModelFacts, _Contents], bool], str], ...] = (
    (lambda facts, _: not facts.architecture, "does not say what kind of model it is; choose"),
    (lambda facts, _: facts.kind != "model", "is an addition to a model ({facts.kind}); choose"),
    (lambda _, contents: not contents.tensors, "holds no weights; choose"),
    (lambda facts, _: not facts.tokenizer or facts.tokenizer == "none" or not facts.vocabulary,
     "has no tokenizer, so nothing can be said to it; choose"),
    (lambda facts, _: facts.context < 1, "says that its context is 0 tokens; choose"),
    (lambda facts, _: facts.context_bytes < 0, "does not say how large its layers are; choose"),
    (lambda facts, contents: contents.values.get(f"{facts.architecture}.attention.causal") is False,
     "is made to read texts, not to write them; choose"),
    (lambda facts, contents: facts.tokenizer == "llama" and not _spells_all(contents.words),
     "has a vocabulary that cannot write every character; choose"),
)  # fmt: skip


def _spells_all(words: list[bytes]) -> bool:
    """Tell whether every byte can be written: llama.cpp ends the process at one that cannot."""
    known = frozenset(words)
    return all(b"<0x%02X>" % byte in known or bytes([byte]) in known for byte in range(256))


def _check_sense(facts: ModelFacts, contents: _Contents) -> None:
    if facts.split_number:
        raise Damage(_LATER_PART)
    for holds, complaint in _NONSENSE:
        if holds(facts, contents):
            raise Damage(complaint.format(facts=facts) + " another model in Options.")


def _check_whole(contents: _Contents, size: int) -> None:
    """See that every tensor lies inside the file: llama.cpp must not read past its end."""
    alignment = _whole(contents.values, "general.alignment", 1, 2**16, default=32)
    start = -(-contents.head_bytes // alignment) * alignment
    for kind, elements, offset in contents.tensors:
        _, block, block_bytes = TENSOR_TYPES.get(kind, ("", 1, 0))  # a new type: its start at least
        end = start + offset + elements // block * block_bytes
        if end > size:
            raise Damage(f"is cut off ({end - size:,} bytes are missing); download it again.")
