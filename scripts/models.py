"""Find, describe and load GGUF models; stream the text that they write under a grammar.

The only module that imports llama_cpp and llguidance, and only when a model is needed.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.temporary import (
    DIALECT_KEY,
    GGUF_MAGIC,
    LLAMA_LOG_ERROR,
    LLAMA_LOG_WARNING,
    SMALLEST_GGUF,
    STARTER_MODEL,
    ModelError,
    ModelInfo,
    Sampling,
    Settings,
    WritingJob,
)

_log_callback: Any = None  # llama.cpp keeps the pointer, so Python must keep the function


def find_models(folder: Path) -> list[ModelInfo]:
    """List the GGUF files under `folder` at any depth: the starter first, then by name."""
    found = [path for path in folder.rglob("*") if path.suffix.lower() == ".gguf"]
    infos = [describe(path, folder) for path in found if path.is_file()]
    return sorted(infos, key=lambda info: (info.path != folder / STARTER_MODEL, info.name.lower()))


def describe(path: Path, folder: Path) -> ModelInfo:
    """Describe a model file without loading it: name, size, how it will be spoken to."""
    profile = "starter" if path == folder / STARTER_MODEL else "completion"
    return ModelInfo(path, path.stem, path.stat().st_size, profile)


def choose_model(settings: Settings, folder: Path) -> ModelInfo:
    """Return the model that the settings name, or the starter model.

    Raises ModelError when `models/` holds no model at all, or not the chosen one.
    """
    wanted = folder / (settings.model or STARTER_MODEL)
    if wanted.is_file():
        return describe(wanted, folder)
    if settings.model:
        raise ModelError(
            f'The model "{settings.model}" is no longer in the models folder; '
            "choose another in Options (3 in the main menu)."
        )
    models = find_models(folder)
    if not models:
        raise ModelError(
            "There is no model: put a .gguf file into the models folder "
            f"({folder}), or restore models/{STARTER_MODEL} from the download."
        )
    return models[0]


def _quieten() -> None:
    """Send llama.cpp's own lines to the log instead of the screen."""
    global _log_callback
    import llama_cpp

    if _log_callback is None:
        logger = logging.getLogger("llama.cpp")

        def write(level: int, text: bytes, _: object) -> None:
            if LLAMA_LOG_WARNING <= level <= LLAMA_LOG_ERROR:
                logger.warning(text.decode("utf-8", "replace").rstrip())

        _log_callback = llama_cpp.llama_log_callback(write)
        llama_cpp.llama_log_set(_log_callback, None)


def check_file(info: ModelInfo) -> None:
    """Refuse what cannot be a GGUF, in one sentence, before llama.cpp sees it."""
    try:
        with info.path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise ModelError(f'"{info.path.name}" cannot be read ({error.strerror}).') from error
    if not magic:
        raise ModelError(f'"{info.path.name}" is empty (0 bytes); download it again.')
    if magic != GGUF_MAGIC:
        raise ModelError(
            f'"{info.path.name}" is not a GGUF model, whatever its name says; choose another.'
        )
    if info.size_bytes < SMALLEST_GGUF:
        raise ModelError(f'"{info.path.name}" is cut off; download it again.')


def default_threads() -> int:
    """Return the number of physical cores: more threads only get in each other's way."""
    import psutil

    return psutil.cpu_count(logical=False) or os.cpu_count() or 1


class LoadedModel:
    """A model in memory, ready to write. Close it to free the memory."""

    def __init__(self, info: ModelInfo, threads: int = 0) -> None:
        """Load the weights; `threads` 0 means one for each physical core.

        Raises ModelError when llama.cpp cannot load the file.
        """
        check_file(info)
        _quieten()
        self.info = info
        self._threads = threads or default_threads()
        self._model = self._load_weights()
        self._tokenizer = self._build_tokenizer()
        self.dialect = self._model.metadata().get(DIALECT_KEY, "")
        self.profile = "starter" if self.dialect else "completion"

    def _load_weights(self) -> Any:
        import llama_cpp
        from llama_cpp._internals import LlamaModel

        llama_cpp.llama_backend_init()
        params = llama_cpp.llama_model_default_params()
        params.n_gpu_layers = -1 if llama_cpp.llama_supports_gpu_offload() else 0
        try:
            return LlamaModel(path_model=str(self.info.path), params=params, verbose=False)
        except (ValueError, OSError, RuntimeError) as error:
            raise ModelError(
                f'"{self.info.path.name}" could not be loaded: the file is damaged or of a kind '
                "that this llama.cpp does not know; download it again or choose another."
            ) from error

    def _build_tokenizer(self) -> Any:
        from llguidance.llamacpp import lltokenizer_from_vocab

        # The vocabulary's slices speed up large grammars of prose; for ours they only cost time.
        return lltokenizer_from_vocab(self._model.vocab, slices=[])

    def write(self, job: WritingJob, sampling: Sampling) -> Iterator[str]:
        """Yield the text of a job piece by piece, until its last segment is complete.

        Raises ModelError when the model's vocabulary cannot write what a grammar asks for.
        """
        from scripts.llm.decoding import Writer

        writer = Writer(self._model, self._tokenizer, job, sampling, self._threads)
        try:
            yield from writer.write()
        finally:
            writer.close()

    def close(self) -> None:
        """Free the model's memory."""
        self._model.close()
