"""A soundfont of one sine wave, written byte by byte: its pitch is known exactly."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

RATE, CYCLE, CYCLES = 44_100, 100, 200  # 441 Hz when played as it is: A4 and 3.93 cents
SHARP_CENTS = 1200 * np.log2(441 / 440)
Generators = Sequence[tuple[int, int]]


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def listed(kind: bytes, *chunks: bytes) -> bytes:
    return chunk(b"LIST", kind + b"".join(chunks))


def write_soundfont(
    path: Path, instrument: Generators = (), preset: Generators = (), key: int = 69, bank: int = 0
) -> Path:
    """Write a soundfont whose only sample loops a sine of 441 Hz, recorded at `key`."""
    frames = CYCLE * CYCLES
    wave = np.rint(20_000 * np.sin(2 * np.pi * np.arange(frames) / CYCLE)).astype("<i2")
    smpl = wave.tobytes() + b"\0" * 92
    own = [*instrument, (54, 1), (53, 0)]
    over = [*preset, (41, 0)]

    def bags(count: int) -> bytes:
        return struct.pack("<HHHH", 0, 0, count, 0)

    def rows(generators: Generators) -> bytes:
        packed = [struct.pack("<HH", number, value & 0xFFFF) for number, value in generators]
        return b"".join(packed) + struct.pack("<HH", 0, 0)

    header = struct.Struct("<20sHHHIII")
    tables = [
        chunk(b"phdr", header.pack(b"Sine", 0, bank, 0, 0, 0, 0)
              + header.pack(b"EOP", 0, 0, 1, 0, 0, 0)),
        chunk(b"pbag", bags(len(over))), chunk(b"pmod", bytes(10)), chunk(b"pgen", rows(over)),
        chunk(b"inst", struct.pack("<20sH", b"Sine", 0) + struct.pack("<20sH", b"EOI", 1)),
        chunk(b"ibag", bags(len(own))), chunk(b"imod", bytes(10)), chunk(b"igen", rows(own)),
        chunk(b"shdr", struct.pack("<20sIIIIIBbHH", b"Sine", 0, frames, CYCLE, frames - CYCLE,
                                   RATE, key, 0, 0, 1) + bytes(46)),
    ]  # fmt: skip
    info = listed(b"INFO", chunk(b"ifil", struct.pack("<HH", 2, 4)), chunk(b"INAM", b"Sine\0\0"))
    body = info + listed(b"sdta", chunk(b"smpl", smpl)) + listed(b"pdta", *tables)
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(body)) + b"sfbk" + body)
    return path
