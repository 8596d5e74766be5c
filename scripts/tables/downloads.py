"""Models that can be fetched by name from Hugging Face, and how."""

from __future__ import annotations

import re
from dataclasses import dataclass

DEFAULT_QUANTISATION = "Q6_K"
FETCHING_FOLDER = ".fetching"  # in models/: what has not arrived whole
SPACE_TO_SPARE = 200_000_000  # bytes that must stay free beside a fetched model
HUB_ANSWER_SECONDS = 15
HUB_CHUNK_BYTES = 1 << 20  # progress is told, and lost when a connection breaks, in such steps
# Set before the library loads. Without Xet a file comes over plain HTTP, which goes on where it was
# broken off; a Xet download begins anew.
HUB_SETTINGS = {
    "HF_HUB_DISABLE_XET": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_SYMLINKS_WARNING": "1",
    "HF_HUB_ETAG_TIMEOUT": str(HUB_ANSWER_SECONDS),
    "HF_HUB_DOWNLOAD_TIMEOUT": str(2 * HUB_ANSWER_SECONDS),
}


@dataclass(frozen=True)
class NamedModel:
    """A model that can be asked for by name: the repositories where it may lie, best first."""

    name: str
    repositories: tuple[str, ...]


# ILM3's and ChatMusician's first repositories are those that the person this is built for names;
# the others follow the same naming. None could be asked while this was written.
NAMED_MODELS = (
    NamedModel("ILM3-8B-Ruby-Music", ("mradermacher/ILM3-8B-Ruby-Music-GGUF",)),
    NamedModel("ScrapeGoat-Music-Stage2", ("mradermacher/ScrapeGoat-Music-Stage2-GGUF",)),
    NamedModel("music_generation_model", ("mradermacher/music_generation_model-GGUF",)),
    NamedModel(
        "ChatMusician", ("mradermacher/ChatMusician-GGUF", "MaziyarPanahi/ChatMusician-GGUF")
    ),
    NamedModel("llama-midi", ("mradermacher/llama-midi-GGUF", "dx2102/llama-midi")),
)


@dataclass(frozen=True)
class ModelQuery:
    """What was asked for: repositories to look in, and a file or a quantisation ("" for none)."""

    repositories: tuple[str, ...]
    file: str = ""
    quantisation: str = ""


@dataclass(frozen=True)
class RemoteFile:
    """A file that can be fetched. `sha256` is "" where the hub does not tell it."""

    repository: str
    file: str
    revision: str
    size_bytes: int
    sha256: str

    @property
    def name(self) -> str:
        return self.file.rpartition("/")[2]


# --- Hub -------------------------------------------------------------------------------------

QUANTISATION_PATTERN = re.compile(
    r"(?:^|[._-])((?:I?Q\d\w*)|BF16|F16|F32)(?=\.gguf$|-\d+-of-)", re.I
)
REPOSITORY_PATTERN = re.compile(r"[\w.-]+/[\w.-]+")
PART_PATTERN = re.compile(r"-\d+-of-\d+\.gguf$", re.I)
HASH_BLOCK_BYTES = 1 << 22
BROKEN_OFF = (
    "The download broke off. What has arrived is kept: check the internet connection and fetch it "
    "again, and it goes on from there."
)
NO_ANSWER = (
    "Hugging Face does not answer. Check the internet connection (or the proxy settings) and try "
    "again; everything else works without it."
)
