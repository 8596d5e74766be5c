"""Fetch models by name from Hugging Face: find the file, download it, verify its checksum.

Apart from set-up, only this module uses the network, and only when the user asks for it. An
interrupted download resumes; a file appears in `models/` only when its checksum is right.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from scripts.tables.downloads import ModelQuery, RemoteFile
from scripts.tables.program import ModelError
from scripts.temporary import application, downloads

ReportProgress = Callable[[int, int], None]  # (bytes downloaded, bytes in total)


# --- Names ---------------------------------------------------------------------------------------


def parse_model_name(text: str) -> ModelQuery:
    """Parse a name of `NAMED_MODELS`, `owner/repository`, `owner/repository/file.gguf` or a URL.

    A suffix such as `:Q4_K_M` chooses a quantisation. Raises ModelError for anything else.
    """
    place, _, quantisation = _strip_hub_url(text.strip()).partition(":")
    for model in downloads.NAMED_MODELS:
        if place.lower() in (model.name.lower(), f"{model.name.lower()}-gguf"):
            return ModelQuery(model.repositories, "", quantisation)
    owner, _, rest = place.partition("/")
    name, _, file = rest.partition("/")
    repository = f"{owner}/{name}"
    if not downloads.REPOSITORY_PATTERN.fullmatch(repository) or (
        file and not file.lower().endswith(".gguf")
    ):
        names = ", ".join(model.name for model in downloads.NAMED_MODELS)
        raise ModelError(
            f'"{text[:60]}" is no model that I know by name ({names}), and not of the form '
            "owner/repository or owner/repository/file.gguf."
        )
    return ModelQuery((repository,), file, quantisation)


def _strip_hub_url(text: str) -> str:
    """Turn a URL on Hugging Face into `owner/repository` or `owner/repository/file`."""
    text = re.sub(r"^(https?://)?(www\.)?(huggingface\.co|hf\.co)/", "", text, flags=re.I)
    text = text.partition("?")[0].strip("/")
    return re.sub(r"^([^/]+/[^/]+)/(blob|resolve|tree)/[^/]+(?=/|$)", r"\1", text)


# --- Search --------------------------------------------------------------------------------------


def find_remote_file(text: str) -> RemoteFile:
    """Ask the hub for the file that `text` names; raises ModelError if there is none."""
    wanted = parse_model_name(text)
    missing: list[str] = []
    for repository in wanted.repositories:
        found = _list_gguf_files(repository)
        if found is not None:
            return _choose_file(repository, wanted, *found)
        missing.append(repository)
    raise ModelError(
        f"Hugging Face has no repository {' or '.join(missing)} (or it is private). Look for the "
        'model at https://huggingface.co/models?library=gguf and type "owner/repository".'
    )


def _list_gguf_files(repository: str) -> tuple[str, list[Any]] | None:
    """Return the revision and the GGUF files of a repository; None if it does not exist."""
    library = _hub_library()
    with _translated_errors(repository, downloads.NO_ANSWER):
        try:
            info = library.HfApi().model_info(
                repository, files_metadata=True, timeout=downloads.HUB_ANSWER_SECONDS
            )
        except library.errors.GatedRepoError:
            raise
        except library.errors.RepositoryNotFoundError:
            return None
    siblings = info.siblings or []
    ggufs = [file for file in siblings if file.rfilename.lower().endswith(".gguf")]
    return info.sha or "main", ggufs


def _choose_file(
    repository: str, wanted: ModelQuery, revision: str, files: list[Any]
) -> RemoteFile:
    """Return the file of a query: by its name, by its quantisation, or the only one there is.

    Raises ModelError if there is none, or if it is split into parts.
    """
    if wanted.file:
        fitting = [file for file in files if file.rfilename == wanted.file]
    else:
        files = [file for file in files if not file.rfilename.lower().startswith("mmproj")]
        quantisation = (wanted.quantisation or downloads.DEFAULT_QUANTISATION).upper()
        fitting = [file for file in files if quantisation_of(file.rfilename) == quantisation]
        if not wanted.quantisation and len(files) == 1:
            fitting = files
    if not fitting:
        raise ModelError(_no_match_message(repository, wanted, files))
    file = min(fitting, key=lambda candidate: len(candidate.rfilename))
    if downloads.PART_PATTERN.search(file.rfilename):
        raise ModelError(
            f"{file.rfilename} comes in several parts, which this program does not put together; "
            "choose a smaller quantisation."
        )
    checksum = file.lfs.sha256 if file.lfs else ""
    return RemoteFile(repository, file.rfilename, revision, file.size or 0, checksum)


def _no_match_message(repository: str, wanted: ModelQuery, files: list[Any]) -> str:
    if not files:
        return f"{repository} holds no GGUF file; look for one whose name ends in -GGUF."
    asked = wanted.file or wanted.quantisation or downloads.DEFAULT_QUANTISATION
    found = sorted({quantisation_of(file.rfilename) or file.rfilename for file in files})
    return (
        f"{repository} has no {asked}. It has: {', '.join(found)}. Say which, such as "
        f"{repository}:{found[0]}."
    )


def quantisation_of(file: str) -> str:
    """Return the quantisation in a GGUF's file name, such as Q6_K, or "" if it has none."""
    found = downloads.QUANTISATION_PATTERN.search(file)
    return found[1].upper() if found else ""


# --- Fetching ------------------------------------------------------------------------------------


def describe_download(remote: RemoteFile, folder: Path) -> str:
    """Return the sentence shown before a download: its size, and the free disk space."""
    free = shutil.disk_usage(folder).free
    downloaded = _downloaded_bytes(remote, folder)
    resumes = f"; {_size(downloaded)} of it are here already" if downloaded else ""
    return (
        f"{remote.name} from {remote.repository}: {_size(remote.size_bytes)}{resumes}. "
        f"{_size(free)} are free on this drive."
    )


def fetch(remote: RemoteFile, folder: Path, report: ReportProgress) -> Path:
    """Download a file into `folder`, verify its checksum, and return its path.

    Raises ModelError. What arrived before an error or Ctrl-C stays, and the next call resumes.
    """
    target = folder / remote.name
    if target.exists():
        if target.stat().st_size == remote.size_bytes and _checksum_matches(target, remote):
            return target
        raise ModelError(
            f"There is another {target.name} in {folder.name} already; rename or remove it first."
        )
    _check_space(remote, folder)
    partial = _partial_path(remote, folder)
    try:
        partial.parent.mkdir(parents=True, exist_ok=True)
        _download(remote, partial, report)
        if not _checksum_matches(partial, remote):
            partial.unlink()
            raise ModelError(
                f"{remote.name} arrived damaged (its checksum is wrong), so it was removed. "
                "Fetch it again."
            )
        os.replace(partial, target)
    except OSError as error:
        why = error.strerror or error
        raise ModelError(f"{remote.name} could not be kept: {why}. What arrived stays.") from error
    finally:
        with contextlib.suppress(OSError):  # not empty: it holds other partial downloads
            partial.parent.rmdir()
    return target


def _check_space(remote: RemoteFile, folder: Path) -> None:
    """Raise ModelError if the rest of the file does not fit on the drive."""
    free = shutil.disk_usage(folder).free
    needed = remote.size_bytes - _downloaded_bytes(remote, folder) + downloads.SPACE_TO_SPARE
    if needed > free:
        raise ModelError(
            f"{remote.name} needs {_size(needed)} more on this drive, and {_size(free)} are free. "
            "Free some, or choose a smaller quantisation."
        )


def _partial_path(remote: RemoteFile, folder: Path) -> Path:
    """Return the path of an incomplete download; each version of a file has its own."""
    version = (remote.sha256 or remote.revision)[:16]
    return (
        folder / downloads.FETCHING_FOLDER / f"{remote.name}.{version}{application.PARTIAL_SUFFIX}"
    )


def _downloaded_bytes(remote: RemoteFile, folder: Path) -> int:
    """Return how many bytes of a file are downloaded already."""
    partial = _partial_path(remote, folder)
    return partial.stat().st_size if partial.exists() else 0


def _download(remote: RemoteFile, partial: Path, report: ReportProgress) -> None:
    """Download the missing rest of a file. The library's own download would always restart."""
    library = _hub_library()
    with partial.open("ab") as file, _translated_errors(remote.repository, downloads.BROKEN_OFF):
        library.file_download.http_get(
            library.hf_hub_url(remote.repository, remote.file, revision=remote.revision),
            file,
            resume_size=file.tell(),
            headers=library.utils.build_hf_headers(),
            expected_size=remote.size_bytes,
            displayed_filename=remote.name,
            tqdm_class=_progress_bar_class(report),
        )


def _progress_bar_class(report: ReportProgress) -> type:
    """Return a tqdm class for the library: it draws nothing and calls `report`."""
    from tqdm import tqdm

    class Reporting(tqdm):  # type: ignore[misc]  # tqdm comes without types
        def __init__(self, *arguments: Any, **options: Any) -> None:
            options.pop("name", None)
            super().__init__(*arguments, **{**options, "disable": False, "file": io.StringIO()})
            report(int(self.n), int(self.total or 0))

        def update(self, n: float | None = 1) -> bool | None:
            shown: bool | None = super().update(n)
            report(int(self.n), int(self.total or 0))
            return shown

    return Reporting


def _checksum_matches(path: Path, remote: RemoteFile) -> bool:
    """Return whether a file has the hub's size and, where the hub states one, its SHA-256."""
    if path.stat().st_size != remote.size_bytes:
        return False
    if not remote.sha256:
        return True
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(downloads.HASH_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest() == remote.sha256.lower()


# --- Library -------------------------------------------------------------------------------------


def _hub_library() -> Any:
    """Return huggingface_hub, silenced. It reads its environment variables at the first import."""
    for name, value in downloads.HUB_SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        import huggingface_hub
        import huggingface_hub.constants
        import huggingface_hub.errors
        import huggingface_hub.file_download
        import huggingface_hub.utils
    except ImportError as error:
        raise ModelError(
            "The library that fetches models is missing. Run: python requisites.py"
        ) from error
    huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE = downloads.HUB_CHUNK_BYTES
    logging.getLogger("huggingface_hub").setLevel(logging.CRITICAL)
    return huggingface_hub


@contextlib.contextmanager
def _translated_errors(repository: str, no_answer: str) -> Iterator[None]:
    """Turn the library's errors into ModelError, and log them; OSErrors of the disk pass."""
    errors = _hub_library().errors
    try:
        yield
    except errors.GatedRepoError as error:
        raise ModelError(
            f"{repository} asks for an agreement first: accept it on https://huggingface.co/"
            f"{repository}, then set HF_TOKEN to a token of yours and try again."
        ) from error
    except errors.RemoteEntryNotFoundError as error:
        raise ModelError(f"{repository} no longer holds that file; look again.") from error
    except errors.HFValidationError as error:
        raise ModelError(f'"{repository}" is not the name of a repository.') from error
    except errors.HfHubHTTPError as error:
        logging.info("the hub answered: %s", error)
        status = getattr(getattr(error, "response", None), "status_code", "an error")
        raise ModelError(
            f"Hugging Face answered {status} for {repository}. Try again in a few minutes."
        ) from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno:  # the disk's, not the network's
            raise
        logging.info("the hub could not be reached: %r", error)
        raise ModelError(no_answer) from error


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.2f} GB" if size_bytes >= 1e9 else f"{size_bytes / 1e6:.1f} MB"
