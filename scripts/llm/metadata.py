"""Read the metadata of GGUF files, without their weights.

Format: the GGUF specification, versions 2 and 3
(https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). The reader of the package `gguf` takes
18 s and 740 MB for a vocabulary of 262,144 tokens, this one 0.3 s and 40 MB (measured); and it
raises any of a dozen exceptions at a damaged file. This reader is bounded: it never reads past the
end of the file, and no number in the file decides how much memory is allocated.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from scripts.tables.models import ModelMetadata
from scripts.tables.program import ModelError
from scripts.temporary import gguf_format, prompting


class GgufError(Exception):
    """What is wrong with a file; the message continues the sentence `"name" ...`."""


@dataclass
class _GgufHeader:
    """The parsed head of a file: metadata, vocabulary and tensor list."""

    values: dict[str, Any] = field(default_factory=dict)  # by key; of long arrays only the length
    tokens: list[bytes] = field(default_factory=list)  # the vocabulary, by token id
    tensors: list[tuple[int, int, int]] = field(default_factory=list)  # type, elements, offset
    head_bytes: int = 0  # size of the head, before the tensor data


def read_metadata(path: Path) -> ModelMetadata:
    """Return a GGUF's metadata; cached until the file changes.

    Raises ModelError for a file that is no complete GGUF or has values llama.cpp cannot use.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise ModelError(
            f'"{path.name}" cannot be read ({error.strerror}); choose another model in Options.'
        ) from error
    result = _metadata_or_problem(str(path), stat.st_size, stat.st_mtime_ns)
    if isinstance(result, str):
        raise ModelError(f'"{path.name}" {result}')
    return result


def other_splits(path: Path, metadata: ModelMetadata) -> list[Path]:
    """Return the further files of a split model, which llama.cpp finds by their names.

    Raises ModelError when one of them is missing or damaged.
    """
    if metadata.split_files < 2:
        return []
    name = gguf_format.PART_NAME_PATTERN.fullmatch(path.name)
    if name is None or int(name[2]) != metadata.split_files:
        raise ModelError(
            f'"{path.name}" is the first of {metadata.split_files} parts and must be called '
            f"...-00001-of-{metadata.split_files:05}.gguf; give all parts their own names again."
        )
    numbers = range(2, metadata.split_files + 1)
    parts = [path.with_name(f"{name[1]}-{number:05}-of-{name[2]}.gguf") for number in numbers]
    for part in parts:
        if not part.is_file():
            raise ModelError(f'"{part.name}" is missing: put it beside "{path.name}".')
        stat = part.stat()
        problem = _metadata_or_problem(str(part), stat.st_size, stat.st_mtime_ns)
        if problem != gguf_format.LATER_PART_MESSAGE:
            raise ModelError(f'"{part.name}" is damaged; download it again.')
    return parts


@lru_cache(maxsize=256)
def _metadata_or_problem(path: str, size: int, modified: int) -> ModelMetadata | str:
    """Return the metadata or what is wrong. Size and modification time (ns) are cache keys only."""
    try:
        with Path(path).open("rb", buffering=2**20) as file:
            return _metadata_from(_GgufReader(file, size).read(), size)
    except GgufError as error:
        return str(error)
    except (OSError, MemoryError) as error:
        return f"cannot be read ({error}); choose another model in Options."


class _GgufReader:
    """Reads the head of one file; raises GgufError instead of reading past its end."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._left = size  # bytes of the file that are not read yet
        self._size = size
        self._kept = 0  # bytes of text in memory

    def read(self) -> _GgufHeader:
        """Read the metadata keys and the tensor list."""
        header = _GgufHeader()
        tensors, keys = self._counts()
        for _ in range(keys):
            name = self._text(2**16).decode("utf-8", "replace")
            if name in header.values:
                raise GgufError("is damaged (a key stands in it twice); download it again.")
            kind = self._number("I")
            keep_tokens = name == gguf_format.TOKENS_KEY
            value = (
                self._array(header, keep_tokens)
                if kind == gguf_format.ARRAY_TYPE
                else self._value(kind)
            )
            header.values[name] = value
        for _ in range(tensors):
            header.tensors.append(self._tensor())
        header.head_bytes = self._size - self._left
        return header

    def _counts(self) -> tuple[int, int]:
        """Check magic and version; return the number of tensors and of keys."""
        if self._size == 0:
            raise GgufError("is empty (0 bytes); download it again.")
        if self._take(min(4, self._size)) != gguf_format.GGUF_MAGIC:
            raise GgufError("is not a GGUF model, whatever its name says; choose another.")
        version = self._number("I")
        if version & 0xFFFF == 0:
            raise GgufError("was made for another kind of computer (big-endian); choose another.")
        if version not in (2, 3):
            raise GgufError(f"is of GGUF version {version}; versions 2 and 3 can be read.")
        tensors, keys = self._number("Q"), self._number("Q")
        if tensors > gguf_format.TENSORS_AT_MOST or keys > gguf_format.KEYS_AT_MOST:
            raise GgufError(
                f"is damaged (it claims {keys} keys and {tensors} tensors); download it again."
            )
        return tensors, keys

    def _take(self, count: int) -> bytes:
        self._count_off(count)
        data = self._file.read(count)
        if len(data) != count:  # it shrank while it was read
            raise GgufError("is being changed by another program; try again when that is done.")
        return data

    def _skip(self, count: int) -> None:
        self._count_off(count)
        self._file.seek(count, os.SEEK_CUR)

    def _count_off(self, count: int) -> None:
        if count > self._left:
            raise GgufError("is cut off or damaged; download it again.")
        self._left -= count

    def _number(self, code: str) -> Any:
        return struct.unpack("<" + code, self._take(struct.calcsize(code)))[0]

    def _text(self, at_most: int = gguf_format.TEXT_BYTES_AT_MOST) -> bytes:
        """Read a string; skip one longer than `at_most` bytes and return b""."""
        length = self._number("Q")
        if length > at_most:
            self._skip(length)
            return b""
        self._kept += length
        if self._kept > gguf_format.KEPT_BYTES_AT_MOST:
            raise GgufError("is damaged (its texts are absurdly long); download it again.")
        return self._take(length)

    def _value(self, kind: int) -> Any:
        if kind == gguf_format.STRING_TYPE:
            return self._text().decode("utf-8", "replace")
        if kind not in gguf_format.SCALAR_FORMATS:
            raise GgufError(f"is damaged (a value of kind {kind}); download it again.")
        return self._number(gguf_format.SCALAR_FORMATS[kind])

    def _array(self, header: _GgufHeader, keep_tokens: bool) -> Any:
        """Read an array; return its numbers if they are few, else its length.

        With `keep_tokens` its strings are appended to the header's vocabulary.
        """
        kind, count = self._number("I"), self._number("Q")
        if kind == gguf_format.STRING_TYPE:
            self._strings(count, header.tokens if keep_tokens else None)
            return count
        if kind not in gguf_format.SCALAR_FORMATS:
            raise GgufError(f"is damaged (a list of kind {kind}); download it again.")
        size = struct.calcsize(gguf_format.SCALAR_FORMATS[kind])
        if count > gguf_format.NUMBERS_KEPT:
            self._skip(count * size)
            return count
        return list(
            struct.unpack(f"<{count}{gguf_format.SCALAR_FORMATS[kind]}", self._take(count * size))
        )

    def _strings(self, count: int, tokens: list[bytes] | None) -> None:
        """Read strings of an array and append them to `tokens`; None skips them."""
        if count > min(gguf_format.LIST_STRINGS_AT_MOST, self._left // 8):
            raise GgufError(f"is damaged (a list of {count} words); download it again.")
        for _ in range(count):
            (length,) = struct.unpack("<Q", self._take(8))
            string = self._take(min(length, self._left + 1))
            if tokens is not None:
                self._kept += length
                tokens.append(string)
        if self._kept > gguf_format.KEPT_BYTES_AT_MOST:
            raise GgufError("is damaged (its vocabulary is absurdly long); download it again.")

    def _tensor(self) -> tuple[int, int, int]:
        """Return a tensor's type, number of elements, and offset in the tensor data (bytes)."""
        self._text(2**10)
        dimensions = self._number("I")
        if dimensions > 4:
            raise GgufError(f"is damaged (a tensor of {dimensions} dimensions); download it again.")
        elements = 1
        for _ in range(dimensions):
            elements *= self._number("Q")
        return self._number("I"), elements, self._number("Q")


def _metadata_from(header: _GgufHeader, size: int) -> ModelMetadata:
    """Interpret a file's keys; values of a wrong type count as missing.

    Raises GgufError for a file that llama.cpp must not be given.
    """
    values, vocabulary = header.values, frozenset(header.tokens)
    architecture = _typed(values, "general.architecture", str, "")
    context = _integer(values, f"{architecture}.context_length", 0, 2**31)
    known = (token for token in prompting.MARKER_TOKENS if token.encode() in vocabulary)
    metadata = ModelMetadata(
        architecture=architecture,
        kind=_typed(values, "general.type", str, "model"),
        name=_typed(values, "general.name", str, ""),
        basename=_typed(values, "general.basename", str, ""),
        finetune=_typed(values, "general.finetune", str, ""),
        size_label=_typed(values, "general.size_label", str, ""),
        quantisation=_quantisation(header),
        parameters=sum(elements for _, elements, _ in header.tensors),
        context=context,
        vocabulary=len(header.tokens),
        tokenizer=_typed(values, "tokenizer.ggml.model", str, ""),
        chat_template=_typed(values, "tokenizer.chat_template", str, ""),
        bos=_special_token(header, "tokenizer.ggml.bos_token_id"),
        eos=_special_token(header, "tokenizer.ggml.eos_token_id"),
        eot=_special_token(header, "tokenizer.ggml.eot_token_id"),
        add_bos=_typed(values, "tokenizer.ggml.add_bos_token", bool, None),
        dialect=_typed(values, gguf_format.DIALECT_KEY, str, ""),
        marker_tokens=frozenset(known),
        kv_bytes_per_token=_kv_bytes_per_token(values, architecture),
        split_files=_integer(values, "split.count", 0, 2**16),
        split_number=_integer(values, "split.no", 0, 2**16),
    )
    _check_complete(header, size)
    _check_usable(metadata, header)
    return metadata


def _typed(values: dict[str, Any], key: str, kind: type, default: Any) -> Any:
    value = values.get(key)
    return value if isinstance(value, kind) else default


def _integer(values: dict[str, Any], key: str, low: int, high: int, default: int = 0) -> int:
    value = values.get(key)
    fine = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    return value if fine else default  # type: ignore[return-value]


def _special_token(header: _GgufHeader, key: str) -> tuple[int, str] | None:
    """Return the id and the text of a special token, or None where there is none."""
    number = _integer(header.values, key, 0, len(header.tokens) - 1, default=-1)
    return None if number < 0 else (number, header.tokens[number].decode("utf-8", "replace"))


def _quantisation(header: _GgufHeader) -> str:
    """Return a name such as Q6_K: the file type as stated, or the type of most weights."""
    stated = gguf_format.FILE_TYPES.get(
        _integer(header.values, "general.file_type", 0, 10**6, default=-1)
    )
    if stated:
        return stated
    weights: dict[int, int] = {}
    for kind, elements, _ in header.tensors:
        weights[kind] = weights.get(kind, 0) + elements
    most = max(weights, key=lambda kind: weights[kind], default=-1)
    return gguf_format.TENSOR_TYPES[most][0] if most in gguf_format.TENSOR_TYPES else "unknown"


def _kv_bytes_per_token(values: dict[str, Any], architecture: str) -> int:
    """Return the bytes of the KV cache for each token of the context (keys and values, F16).

    It is an upper bound: sliding-window and recurrent layers need less. -1 for a file that states
    no number of layers or no width.
    """
    layers = _integer(values, f"{architecture}.block_count", 1, gguf_format.LAYERS_AT_MOST)
    width = _integer(values, f"{architecture}.embedding_length", 1, 2**20)
    if not layers or not width:
        return -1
    heads = _per_layer(values, f"{architecture}.attention.head_count", layers)
    kept = _per_layer(values, f"{architecture}.attention.head_count_kv", layers) or heads
    size = width // max([1, *heads])
    key_length = _integer(values, f"{architecture}.attention.key_length", 1, 2**16, default=size)
    value_length = _integer(
        values, f"{architecture}.attention.value_length", 1, 2**16, default=size
    )
    return sum(kept) * (key_length + value_length) * 2


def _per_layer(values: dict[str, Any], key: str, layers: int) -> list[int]:
    """Return a number for each layer, where the file has one for all or an array; [] if invalid."""
    value = values.get(key)
    numbers: list[Any] = value if isinstance(value, list) else [value] * layers
    fine = all(isinstance(number, int) and 0 <= number <= 2**16 for number in numbers)
    return numbers if fine else []


# What must not be given to llama.cpp: (test, message). The first that holds is raised.
_UNUSABLE: tuple[tuple[Callable[[ModelMetadata, _GgufHeader], bool], str], ...] = (
    (lambda model, _: not model.architecture, "does not say what kind of model it is; choose"),
    (lambda model, _: model.kind != "model", "is an addition to a model ({model.kind}); choose"),
    (lambda _, header: not header.tensors, "holds no weights; choose"),
    (lambda model, _: model.tokenizer in ("", "none") or not model.vocabulary,
     "has no tokenizer, so nothing can be said to it; choose"),
    (lambda model, _: model.context < 1, "says that its context is 0 tokens; choose"),
    (lambda model, _: model.kv_bytes_per_token < 0,
     "does not say how large its layers are; choose"),
    (lambda model, header: header.values.get(f"{model.architecture}.attention.causal") is False,
     "is made to read texts, not to write them; choose"),
    (lambda model, header: model.tokenizer == "llama" and not _covers_all_bytes(header.tokens),
     "has a vocabulary that cannot write every character; choose"),
)  # fmt: skip


def _covers_all_bytes(tokens: list[bytes]) -> bool:
    """Return whether every byte has a token: llama.cpp aborts at one that has none."""
    known = frozenset(tokens)
    return all(b"<0x%02X>" % byte in known or bytes([byte]) in known for byte in range(256))


def _check_usable(metadata: ModelMetadata, header: _GgufHeader) -> None:
    """Raise GgufError for a later part of a split model and for what `_UNUSABLE` lists."""
    if metadata.split_number:
        raise GgufError(gguf_format.LATER_PART_MESSAGE)
    for holds, message in _UNUSABLE:
        if holds(metadata, header):
            raise GgufError(message.format(model=metadata) + " another model in Options.")


def _check_complete(header: _GgufHeader, size: int) -> None:
    """Raise GgufError if a tensor ends beyond the file: llama.cpp must not read past its end."""
    alignment = _integer(header.values, "general.alignment", 1, 2**16, default=32)
    start = -(-header.head_bytes // alignment) * alignment
    for kind, elements, offset in header.tensors:
        # Of a type that is not in the table, at least the start is checked.
        _, block, block_bytes = gguf_format.TENSOR_TYPES.get(kind, ("", 1, 0))
        end = start + offset + elements // block * block_bytes
        if end > size:
            raise GgufError(f"is cut off ({end - size:,} bytes are missing); download it again.")
