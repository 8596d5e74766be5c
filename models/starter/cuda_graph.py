"""Record a training step on a GPU once, and play it back (CUDA graphs).

A step is some hundred small jobs. Launched one by one, the GPU would wait for most of them;
recorded, they are launched all at once.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

WARM_UP_CALLS = 3  # before the recording, as PyTorch asks
SYNCHRONIZE_EVERY = 16  # calls; or the clock would run ahead of the work


class RecordedUpdate:
    """Call an update that reads and writes the same tensors every time.

    The first call warms up and records; all others play that back.
    """

    def __init__(self, update: Callable[[], None]) -> None:
        self.update, self.calls = update, 0
        self.graph: torch.cuda.CUDAGraph | None = None

    def __call__(self) -> None:
        """Update once (the first time: as often as it warms up)."""
        self.calls += 1
        if self.graph is None:
            self.record()
            return
        self.graph.replay()
        if self.calls % SYNCHRONIZE_EVERY == 0:
            torch.cuda.synchronize()

    def record(self) -> None:
        """Warm up on a stream of its own, then record."""
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP_CALLS):
                self.update()
        torch.cuda.current_stream().wait_stream(stream)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.update()
