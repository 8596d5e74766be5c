"""Lets llama.cpp open a model without its weights: run by `models.py`, in a process of its own.

llama.cpp ends the whole process at some metadata that lie; better this one than the app. It reads
{"path"} as JSON and writes "fine" or what is wrong.
"""

from __future__ import annotations

import json
import sys


def open_model(path: str) -> str:
    """Return "fine", or why llama.cpp cannot use the file to write."""
    import llama_cpp

    params = llama_cpp.llama_model_default_params()
    params.n_gpu_layers = 0
    if hasattr(params, "no_alloc"):
        params.no_alloc = True
        if hasattr(params, "load_mode"):
            params.load_mode = llama_cpp.LLAMA_LOAD_MODE_NONE
    else:
        params.vocab_only = True
    model = llama_cpp.llama_model_load_from_file(path.encode("utf-8"), params)
    if not model:
        return "llama.cpp does not know models of its kind, or it is damaged"
    if llama_cpp.llama_model_has_encoder(model) or not llama_cpp.llama_model_has_decoder(model):
        return "it is not made to go on with a text"
    if llama_cpp.llama_model_is_diffusion(model):
        return "it does not write from left to right"
    return "fine"


def _no_error_boxes() -> None:
    """Keep Windows from showing a window about a crash."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.kernel32.SetErrorMode(0x0001 | 0x0002 | 0x8000)


if __name__ == "__main__":
    _no_error_boxes()
    sys.stdout.write(open_model(json.load(sys.stdin)["path"]))
