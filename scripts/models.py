"""Find, describe and load GGUF models; let them write songs under a grammar.

The only door to llama_cpp and llguidance, and they are imported only when a model is needed.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.llm.metadata import read_facts
from scripts.llm.profiles import PROFILES, choose_profile, sampling_for
from scripts.temporary import (
    LLAMA_LOG_ERROR,
    LLAMA_LOG_WARNING,
    MEMORY_TO_SPARE,
    SONGS_TOGETHER,
    STARTER_MODEL,
    TAKES_BY_SIZE,
    TINY_MODEL_BYTES,
    ChatFrame,
    ModelError,
    ModelInfo,
    Sampling,
    Settings,
    WritingJob,
)

if TYPE_CHECKING:
    from scripts.llm.decoding import Desk, Judge

__all__ = [
    "PROFILES",
    "LoadedModel",
    "choose_model",
    "describe",
    "find_models",
    "load_model",
    "sampling_for",
    "songs_together",
    "takes_for",
]

_log_callback: Any = None  # llama.cpp keeps the pointer, so Python must keep the function


# --- Files -----------------------------------------------------------------------------------


def find_models(folder: Path) -> list[ModelInfo]:
    """List the GGUF files under `folder` at any depth: the starter first, then by name."""
    found = [
        Path(place) / name
        for place, folders, names in os.walk(folder, followlinks=True)
        if _not_too_deep(Path(place), folder, folders)
        for name in names
        if name.lower().endswith(".gguf")
    ]
    infos = [describe(path, folder) for path in found if path.is_file()]
    return sorted(infos, key=lambda info: (info.path != folder / STARTER_MODEL, info.name.lower()))


def _not_too_deep(place: Path, folder: Path, folders: list[str]) -> bool:
    """Stop a walk that goes round in links."""
    if len(place.relative_to(folder).parts) > 8:
        folders.clear()
    return True


def describe(path: Path, folder: Path) -> ModelInfo:
    """Describe a model file without loading it; one that cannot be used says why in `problem`."""
    try:
        stat = path.stat()
        size, modified = stat.st_size, stat.st_mtime_ns
        facts = read_facts(path)
    except ModelError as error:
        return ModelInfo(path, path.stem, size, "", modified=modified, problem=str(error))
    except OSError as error:
        return ModelInfo(path, path.stem, 0, "", problem=f'"{path.name}" is gone ({error}).')
    profile = choose_profile(facts, path.stem)
    return ModelInfo(path, path.stem, size, profile.name, facts.quantisation, modified, facts)


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
    usable = [info for info in find_models(folder) if not info.problem]
    if not usable:
        raise ModelError(
            "There is no model: put a .gguf file into the models folder "
            f"({folder}), or restore models/{STARTER_MODEL} from the download."
        )
    return usable[0]


def check_file(info: ModelInfo) -> None:
    """Refuse what cannot be used, in one sentence, before llama.cpp sees it."""
    now = describe(info.path, info.path.parent)
    if now.problem:
        raise ModelError(now.problem)
    if now.profile != info.profile:
        raise ModelError(f'"{info.path.name}" was replaced just now; choose it again in Options.')


def check_memory(info: ModelInfo, tokens: int, available: int) -> None:
    """Refuse a model that does not fit in `available` bytes with a context of `tokens`."""
    facts = info.facts
    needed = info.size_bytes + (facts.context_bytes * tokens if facts else 0) + MEMORY_TO_SPARE
    if needed > available:
        raise ModelError(
            f'"{info.path.name}" needs about {needed / 1e9:.1f} GB of memory and '
            f"{available / 1e9:.1f} GB are free; close other programs or choose a smaller model."
        )


# --- The machine -----------------------------------------------------------------------------


def default_threads(size_bytes: int) -> int:
    """Return one thread for a tiny model, else one for each physical core.

    More only get in each other's way: they wait for one another at every step.
    """
    import psutil

    if size_bytes < TINY_MODEL_BYTES:
        return 1
    return psutil.cpu_count(logical=False) or os.cpu_count() or 1


def takes_for(info: ModelInfo, wanted: int) -> int:
    """Return how many takes of each part are written; `wanted` 0 lets the size decide."""
    return wanted or next(takes for least, takes in TAKES_BY_SIZE if info.size_bytes >= least)


def songs_together(info: ModelInfo, songs: int) -> int:
    """Return how many songs of an order are written side by side; tiny models gain nothing."""
    return 1 if info.size_bytes < TINY_MODEL_BYTES else min(songs, SONGS_TOGETHER)


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


# --- Loading ---------------------------------------------------------------------------------


def load_model(info: ModelInfo, threads: int = 0) -> Generator[float, None, LoadedModel]:
    """Load a model in the background; yield the fraction done, return the model.

    Close the generator to cancel. Raises ModelError like `LoadedModel`.
    """
    loading = _Loading(info, threads)
    loading.start()
    try:
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


class _Loading(threading.Thread):
    """The thread that loads a model; llama.cpp asks it now and then whether to go on."""

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
        except Exception as error:  # it is raised again where somebody can meet it
            self.error = error

    def _progress(self, fraction: float) -> bool:
        self.fraction = fraction
        return not self.cancelled


class LoadedModel:
    """A model in memory, ready to write. Close it to free the memory."""

    def __init__(
        self,
        info: ModelInfo,
        threads: int = 0,
        progress: Callable[[float], bool] | None = None,
    ) -> None:
        """Load the weights; `threads` 0 lets the model's size and the machine decide.

        `progress` is told the fraction loaded, and stops the loading by returning False. Raises
        ModelError when the file is no model, does not fit in memory, or llama.cpp refuses it.
        """
        import psutil

        from scripts.llm.chat import chat_frame

        check_file(info)
        tokens = min(info.facts.context, 2048) if info.facts else 2048
        check_memory(info, tokens, psutil.virtual_memory().available)
        _quieten()
        self.info = info
        self.profile = PROFILES[info.profile]
        self.frame = chat_frame(info.facts, self.profile) if info.facts else ChatFrame()
        self._threads = threads or default_threads(info.size_bytes)
        self._model = self._load_weights(progress)
        self._tokenizer = self._build_tokenizer()

    def _load_weights(self, progress: Callable[[float], bool] | None) -> Any:
        import llama_cpp
        from llama_cpp._internals import LlamaModel

        llama_cpp.llama_backend_init()
        params = llama_cpp.llama_model_default_params()
        params.n_gpu_layers = -1 if llama_cpp.llama_supports_gpu_offload() else 0
        if progress is not None:
            told = progress
            params.progress_callback = llama_cpp.llama_progress_callback(
                lambda fraction, _: told(fraction)
            )
        try:
            # verbose=False would turn the whole process's output away for as long as it loads.
            return LlamaModel(path_model=str(self.info.path), params=params, verbose=True)
        except (ValueError, OSError, RuntimeError) as error:
            raise ModelError(
                f'"{self.info.path.name}" could not be loaded: the file is damaged or of a kind '
                "that this llama.cpp does not know; download it again or choose another."
            ) from error

    def _build_tokenizer(self) -> Any:
        from llguidance.llamacpp import lltokenizer_from_vocab

        # The vocabulary's slices speed up large grammars of prose; for ours they only cost time.
        return lltokenizer_from_vocab(self._model.vocab, slices=[])

    def desk(
        self,
        jobs: Sequence[tuple[WritingJob, Sampling]],
        takes: int = 1,
        judge: Judge | None = None,
    ) -> Desk:
        """Return a desk at which the jobs are written side by side, in takes that `judge` judges.

        Close it to free its context. Raises ModelError, now or later, when the model's vocabulary
        cannot write what a grammar asks for.
        """
        from scripts.llm.decoding import Desk

        return Desk(self._model, self._tokenizer, jobs, self._threads, takes, judge)

    def write(self, job: WritingJob, sampling: Sampling) -> Iterator[str]:
        """Yield the text of a single job piece by piece, until its last segment is complete."""
        desk = self.desk([(job, sampling)])
        try:
            said = 0
            while not desk.finished(0):
                desk.step()
                yield desk.text(0)[said:]
                said = len(desk.text(0))
        finally:
            desk.close()

    def close(self) -> None:
        """Free the model's memory."""
        self._model.close()
