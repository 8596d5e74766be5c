"""Load the libraries named on the command line; runs alone, inside the environment.

Each argument is a requirement line. Prints a JSON line before and after each library, so that one
that kills the process is known by its name.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import sys

# Where the name to import is not the name to install.
IMPORT_NAMES = {
    "llama-cpp-python": "llama_cpp",
    "simpleaudio-patched": "simpleaudio",
    "audioop-lts": "audioop",
    "pillow": "PIL",
    "imageio-ffmpeg": "imageio_ffmpeg",
}
# What to call to be sure that a library runs here.
CALLS = {"llama-cpp-python": "llama_backend_init", "imageio-ffmpeg": "get_ffmpeg_exe"}


def _say(**fields: object) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def _check_requirement(line: str) -> None:
    # The one parser of requirement lines that is sure to be there comes with pip.
    from pip._vendor.packaging.requirements import Requirement

    wanted = Requirement(line)
    if wanted.marker is not None and not wanted.marker.evaluate():
        return
    _say(name=wanted.name, state="starting")
    try:
        version = importlib.metadata.version(wanted.name)
        if not wanted.specifier.contains(version, prereleases=True):
            raise ImportError(f"version {version} is not in {wanted.specifier}")
        module = importlib.import_module(
            IMPORT_NAMES.get(wanted.name, wanted.name.replace("-", "_"))
        )
        if wanted.name in CALLS:
            getattr(module, CALLS[wanted.name])()
    except BaseException as error:
        _say(name=wanted.name, state="broken", why=f"{type(error).__name__}: {error}")
    else:
        _say(name=wanted.name, state="ok", version=version)


if __name__ == "__main__":
    for requirement in sys.argv[1:]:
        _check_requirement(requirement)
