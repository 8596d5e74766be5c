"""GGUF files in the models folder: find, describe and choose them."""

from __future__ import annotations

import os
from pathlib import Path

from scripts.llm.metadata import other_splits, read_metadata
from scripts.llm.profiles import choose_profile
from scripts.tables.models import ModelInfo
from scripts.tables.program import ModelError, Settings
from scripts.temporary import application, gguf_format


def find_models(folder: Path) -> list[ModelInfo]:
    """List the GGUF files under `folder` at any depth: the starter first, then by name."""
    found = [
        Path(place) / name
        for place, folders, names in os.walk(folder, followlinks=True)
        if _not_too_deep(Path(place), folder, folders)
        for name in names
        if name.lower().endswith(".gguf") and not gguf_format.LATER_PART_PATTERN.search(name)
    ]
    infos = [describe(path, folder) for path in found if path.is_file()]
    return sorted(
        infos, key=lambda info: (info.path != folder / application.STARTER_MODEL, info.name.lower())
    )


def _not_too_deep(place: Path, folder: Path, folders: list[str]) -> bool:
    """End a walk that is too deep, as links may form a circle; always return True."""
    if len(place.relative_to(folder).parts) > gguf_format.FOLDER_DEPTH_AT_MOST:
        folders.clear()
    return True


def describe(path: Path, folder: Path) -> ModelInfo:
    """Describe a model file without loading it; one that cannot be used says why in `problem`."""
    try:
        stat = path.stat()
        size, modified = stat.st_size, stat.st_mtime_ns
        metadata = read_metadata(path)
        size += sum(part.stat().st_size for part in other_splits(path, metadata))
    except ModelError as error:
        return ModelInfo(path, path.stem, size, "", modified=modified, problem=str(error))
    except OSError as error:
        return ModelInfo(path, path.stem, 0, "", problem=f'"{path.name}" is gone ({error}).')
    profile = choose_profile(metadata, path.stem)
    return ModelInfo(path, path.stem, size, profile.name, metadata.quantisation, modified, metadata)


def choose_model(settings: Settings, folder: Path) -> ModelInfo:
    """Return the model that the settings name, or the starter model.

    Raises ModelError when `models/` holds no model at all, or not the chosen one.
    """
    wanted = folder / (settings.model or application.STARTER_MODEL)
    if is_file(wanted):
        return describe(wanted, folder)
    if settings.model:
        raise ModelError(
            f'The model "{settings.model[:80]}" is no longer in the models folder; '
            "choose another in Options (3 in the main menu)."
        )
    usable = [info for info in find_models(folder) if not info.problem]
    if not usable:
        raise ModelError(
            "There is no model: put a .gguf file into the models folder "
            f"({folder}), or restore models/{application.STARTER_MODEL} from the download."
        )
    return usable[0]


def is_file(path: Path) -> bool:
    """Whether a file is there; a name that no system takes, such as one too long, is not."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def check_file(info: ModelInfo) -> None:
    """Refuse what cannot be used, in one sentence, before llama.cpp sees it."""
    now = describe(info.path, info.path.parent)
    if now.problem:
        raise ModelError(now.problem)
    if (now.size_bytes, now.modified) != (info.size_bytes, info.modified):
        raise ModelError(f'"{info.path.name}" was replaced just now; choose it again in Options.')
