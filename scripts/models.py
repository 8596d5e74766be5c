"""Find, describe and load GGUF models, and decode with them under a grammar.

Other modules use models only through this one. llama_cpp and llguidance are imported late, when a
model is needed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from scripts.llm.batch_decoder import BatchDecoder, TakeScorer, sequence_context_size
from scripts.llm.files import check_file, choose_model, describe, find_models, is_file
from scripts.llm.isolated_process import IsolatedProcessError, run_isolated
from scripts.llm.profiles import sampling_for
from scripts.llm.throughput import (
    default_threads,
    measure_pace,
    pace_key,
    parallel_songs,
    seconds_for,
    set_passive_thread_waiting,
    takes_for,
)
from scripts.tables.models import ChatFrame, ModelInfo, Sampling, WritingJob
from scripts.tables.program import ModelError
from scripts.temporary import application, decoding, profiles

__all__ = [
    "BatchDecoder",
    "LoadedModel",
    "check_file",
    "choose_model",
    "default_threads",
    "describe",
    "find_models",
    "is_file",
    "load_model",
    "pace_key",
    "parallel_songs",
    "sampling_for",
    "seconds_for",
    "takes_for",
]

_LOAD_CHECK_SCRIPT = Path(__file__).with_name("llm") / "load_check.py"


def check_memory(info: ModelInfo, tokens: int, available: int) -> None:
    """Raise ModelError if weights and a KV cache of `tokens` need more than `available` bytes."""
    cache_bytes = info.metadata.kv_bytes_per_token * tokens if info.metadata else 0
    needed = info.size_bytes + cache_bytes + decoding.MEMORY_TO_SPARE
    if needed > available:
        raise ModelError(
            f'"{info.path.name}" needs about {needed / 1e9:.1f} GB of memory and '
            f"{available / 1e9:.1f} GB are free; close other programs or choose a smaller model."
        )


def check_loads(info: ModelInfo) -> None:
    """Load a model in a separate process first: llama.cpp aborts at some false metadata.

    The bundled starter model is known to be good and not checked. Raises ModelError when llama.cpp
    cannot use the file.
    """
    if not info.path.as_posix().endswith(application.STARTER_MODEL):
        problem = _load_problem(str(info.path), info.size_bytes, info.modified)
        if problem:
            raise ModelError(
                f'"{info.path.name}" cannot be used ({problem}); choose another model in Options.'
            )


@lru_cache(maxsize=256)
def _load_problem(path: str, size: int, modified: int) -> str:
    """Return what is wrong with a file, or "". Size and modification time (ns) are cache keys."""
    try:
        work = {"path": path, "with_weights": size <= decoding.LOAD_CHECK_WHOLE_BYTES}
        answer = run_isolated(
            _LOAD_CHECK_SCRIPT,
            work,
            decoding.LOAD_CHECK_SECONDS_AT_MOST,
            size + decoding.LOAD_CHECK_MEMORY,
        )
    except IsolatedProcessError as failure:
        logging.getLogger(__name__).warning("load check of %s: %s", path, failure)
        # A check that did not run says nothing against the model.
        return "" if failure.raised else "its metadata make llama.cpp crash, or it is damaged"
    return "" if answer == "fine" else answer


@cache
def _redirect_llama_log() -> Any:
    """Send llama.cpp's warnings and errors to the log, nothing to the screen.

    Return the callback: llama.cpp keeps no more than a pointer to it, so the cache has to hold it.
    """
    import llama_cpp

    logger = logging.getLogger("llama.cpp")

    def write(level: int, text: bytes, _: object) -> None:
        if decoding.LLAMA_LOG_WARNING <= level <= decoding.LLAMA_LOG_ERROR:
            logger.warning(text.decode("utf-8", "replace").rstrip())

    callback = llama_cpp.llama_log_callback(write)
    llama_cpp.llama_log_set(callback, None)
    return callback


# --- Loading ---------------------------------------------------------------------------------


def load_model(info: ModelInfo, threads: int = 0) -> Generator[float, None, LoadedModel]:
    """Load a model in a background thread; yield the fraction loaded, return the model.

    Close the generator to cancel. Raises ModelError like `LoadedModel`.
    """
    loading = _LoadingThread(info, threads)
    loading.start()
    try:
        yield loading.fraction  # at least once: a small model may be loaded before the first look
        loading.join(0.05)
        while loading.is_alive():
            yield loading.fraction
            loading.join(0.05)
    except GeneratorExit:
        loading.cancelled = True
        loading.join()
        if loading.model is not None:
            loading.model.close()
        raise
    if loading.error is not None:
        raise loading.error
    assert loading.model is not None
    return loading.model


def _disable_mmap(params: Any) -> None:
    """Have the weights read into memory instead of mapped.

    A mapped file that is replaced or truncated while in use crashes the process. Reading also
    makes the progress callback's fraction a true one (a map is populated before it is called), and
    loading can be cancelled at any tensor. Measured on 253 MB in the disk cache: 0.9 s instead of
    0.7 s.
    """
    import llama_cpp

    if hasattr(params, "load_mode"):
        params.load_mode = llama_cpp.LLAMA_LOAD_MODE_NONE
    else:
        params.use_mmap = False


class _LoadingThread(threading.Thread):
    """Loads a model; set `cancelled` to make llama.cpp stop at its next progress callback."""

    def __init__(self, info: ModelInfo, threads: int) -> None:
        super().__init__(daemon=True)
        self._info = info
        self._threads = threads
        self.fraction = 0.0
        self.cancelled = False
        self.model: LoadedModel | None = None
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.model = LoadedModel(self._info, self._threads, self._progress)
        except Exception as error:  # `load_model` raises it again
            self.error = error

    def _progress(self, fraction: float) -> bool:
        self.fraction = fraction
        return not self.cancelled


class LoadedModel:
    """A model in memory, with tokenizer, profile and chat frame. Close it to free the memory."""

    def __init__(
        self,
        info: ModelInfo,
        threads: int = 0,
        progress: Callable[[float], bool] | None = None,
    ) -> None:
        """Load the weights; `threads` 0 means the default for the model's size and the machine.

        `progress` gets the fraction loaded, 0 to 1, and cancels by returning False. Raises
        ModelError when the file is no model, does not fit in memory, or llama.cpp rejects it.
        """
        from scripts.llm.chat import chat_frame

        check_file(info)
        set_passive_thread_waiting()
        self._check_memory(info)
        check_loads(info)
        _redirect_llama_log()
        self.info = info
        self.profile = profiles.PROFILES[info.profile]
        self.frame = chat_frame(info.metadata, self.profile) if info.metadata else ChatFrame()
        self.use_threads(threads)
        self._model = self._load_weights(progress or (lambda _: True))
        self._tokenizer = self._build_tokenizer()

    def _check_memory(self, info: ModelInfo) -> None:
        """Raise ModelError for a model too big for RAM; with a GPU llama.cpp itself checks."""
        import llama_cpp
        import psutil

        if not llama_cpp.llama_supports_gpu_offload():
            tokens = decoding.SONGS_TOGETHER * min(
                info.metadata.context if info.metadata else 0, decoding.TOKENS_PER_SONG
            )
            check_memory(info, tokens, psutil.virtual_memory().available)

    def _load_weights(self, progress: Callable[[float], bool]) -> Any:
        """Load onto the GPU if there is one with enough memory, else into RAM."""
        import llama_cpp
        from llama_cpp._internals import LlamaModel

        llama_cpp.llama_backend_init()
        params = llama_cpp.llama_model_default_params()
        _disable_mmap(params)
        proceed = True

        def on_progress(fraction: float, _: object) -> bool:
            nonlocal proceed
            proceed = progress(fraction)
            return proceed

        params.progress_callback = llama_cpp.llama_progress_callback(on_progress)
        for layers in (-1, 0) if llama_cpp.llama_supports_gpu_offload() else (0,):
            params.n_gpu_layers = layers
            try:
                # verbose=False would redirect the whole process's stdout and stderr meanwhile.
                return LlamaModel(path_model=str(self.info.path), params=params, verbose=True)
            except (ValueError, OSError, RuntimeError) as error:
                problem = error
            if not proceed:
                break
        raise ModelError(
            f'"{self.info.path.name}" could not be loaded: the file is damaged or of a kind '
            "that this llama.cpp does not know; download it again or choose another."
        ) from problem

    def _build_tokenizer(self) -> Any:
        from llguidance.llamacpp import lltokenizer_from_vocab

        try:
            # Slices of the vocabulary speed up grammars of free text, and slow ours down.
            return lltokenizer_from_vocab(self._model.vocab, slices=[])
        except (ValueError, RuntimeError) as error:
            self._model.close()
            logging.getLogger(__name__).warning("vocabulary of %s: %s", self.info.path, error)
            raise ModelError(
                f'"{self.info.path.name}" has a vocabulary that cannot be used (letters are '
                "missing in it, or the kinds of its words); choose another model in Options."
            ) from error

    def use_threads(self, threads: int) -> None:
        """Set the number of threads from the next context on; 0 means the default."""
        self._threads = threads or default_threads(self.info.size_bytes)

    def measure_pace(self) -> Iterator[float]:
        """Yield the seconds of a decoding step for each of `PACE_SEQUENCES`; see throughput.py."""
        return measure_pace(self._model, self._threads)

    def open_decoder(
        self,
        jobs: Sequence[tuple[WritingJob, Sampling]],
        takes: int = 1,
        score_take: TakeScorer | None = None,
    ) -> BatchDecoder:
        """Return a decoder for these jobs, with `takes` of each that `score_take` compares.

        Close it to free its context. Raises ModelError where the context does not fit in memory,
        and, now or in `step`, where the model's vocabulary lacks what a grammar needs.
        """
        size = sequence_context_size(self._model, jobs)
        sequences = len(jobs) * (takes if score_take else 1)
        if not self._context_fits(sequences * size):
            raise self._no_memory_error()
        try:
            return BatchDecoder(
                self._model, self._tokenizer, jobs, self._threads, size, takes, score_take
            )
        except ValueError as error:  # LlamaContext: llama.cpp could not allocate the context
            raise self._no_memory_error() from error

    def _context_fits(self, tokens: int) -> bool:
        """Return whether a context of `tokens` fits in free memory.

        Linux overcommits: it would grant the memory, and kill the process when it is used.
        """
        import llama_cpp
        import psutil

        if llama_cpp.llama_supports_gpu_offload() or self.info.metadata is None:
            return True
        needed = self.info.metadata.kv_bytes_per_token * tokens
        return bool(needed <= psutil.virtual_memory().available)

    def _no_memory_error(self) -> ModelError:
        return ModelError(
            f'There is no room in memory for the context of "{self.info.path.name}"; '
            "close other programs, or choose a smaller model or fewer takes."
        )

    def write(self, job: WritingJob, sampling: Sampling) -> Iterator[str]:
        """Yield the text of a single job step by step, until its last segment is complete."""
        decoder = self.open_decoder([(job, sampling)])
        try:
            written = 0
            while not decoder.finished(0):
                decoder.step()
                yield decoder.text(0)[written:]
                written = len(decoder.text(0))
        finally:
            decoder.close()

    def close(self) -> None:
        """Free the weights."""
        self._model.close()
