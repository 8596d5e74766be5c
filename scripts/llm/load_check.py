"""Script: load a model with llama.cpp and decode a token, in a process that `models.py` starts.

llama.cpp aborts the process at some false metadata and unexpected tensor types; here that does not
end the app. It reads {"path", "with_weights"} as JSON from stdin and writes "fine", or what is
wrong, to stdout.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def open_model(path: str, with_weights: bool) -> str:
    """Return "fine", or why llama.cpp cannot generate text with the file."""
    import llama_cpp

    params = llama_cpp.llama_model_default_params()
    params.n_gpu_layers = 0
    if with_weights:
        params.use_mmap = True
    elif hasattr(params, "no_alloc"):
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
    return decode_one_token(model) if with_weights else "fine"


def decode_one_token(model: Any) -> str:
    """Return "fine" if the model gives logits after one token, else what is wrong."""
    import ctypes

    import llama_cpp

    params = llama_cpp.llama_context_default_params()
    params.n_ctx, params.n_threads, params.n_threads_batch = 64, 1, 1
    context = llama_cpp.llama_init_from_model(model, params)
    batch = llama_cpp.llama_batch_get_one((ctypes.c_int32 * 1)(1), 1)
    if not context or llama_cpp.llama_decode(context, batch):
        return "llama.cpp cannot go on with a text with it"
    if not llama_cpp.llama_get_logits_ith(context, -1):
        return "it is not made to go on with a text"
    return "fine"


def _suppress_error_dialogs() -> None:
    """Keep Windows from showing a dialog about a crash."""
    if sys.platform == "win32":
        import ctypes

        # SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SEM_NOOPENFILEERRORBOX
        ctypes.windll.kernel32.SetErrorMode(0x0001 | 0x0002 | 0x8000)


if __name__ == "__main__":
    _suppress_error_dialogs()
    work = json.load(sys.stdin)
    sys.stdout.write(open_model(work["path"], work["with_weights"]))
