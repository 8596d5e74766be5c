"""A soundfont (SF2, or SF3 with Ogg Vorbis samples) read into zones and samples.

Source: SoundFont Technical Specification 2.04; MuseScore's SF3, whose sample headers count bytes of
the compressed samples, and whose loops are relative to the sample.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.tables.program import SoundError
from scripts.temporary import application, synthesis

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Wave = NDArray[np.float32]  # shape (frames,)


@dataclass(frozen=True, eq=False)
class Zone:
    """A sample on a range of keys and one of velocities of a preset, with generators by name."""

    keys: tuple[int, int]
    velocities: tuple[int, int]
    sample: int
    generators: Mapping[str, int]


@dataclass(frozen=True)
class Sample:
    """A mono wave (-1 to 1), its rate in hertz, loop points in frames, and root key.

    `correction` of the pitch is in cents.
    """

    wave: Wave
    rate: int
    loop_start: int
    loop_end: int
    key: int
    correction: int


class SoundFont:
    """An open soundfont, mapped into memory: presets are read at once, samples when asked for.

    Raises SoundError, which names the file, where it is missing, damaged or no soundfont.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        is_own = path.name == application.SOUNDFONT_NAME
        remedy = "restore it from the download" if is_own else "choose another in Options"
        try:
            with path.open("rb") as file:
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError as error:
            raise SoundError(
                f"The soundfont {path.name} is missing from the data folder; {remedy}."
            ) from error
        except (OSError, ValueError) as error:  # ValueError: an empty file cannot be mapped
            reason = getattr(error, "strerror", None) or "it is empty"
            raise SoundError(
                f"The soundfont {path.name} cannot be read ({reason}); {remedy}."
            ) from error
        if self._bytes[:4] != b"RIFF" or self._bytes[8:12] != b"sfbk":
            self._bytes.close()
            raise SoundError(f"{path.name} is not a soundfont; {remedy}.")
        try:
            self._read()
        except (struct.error, KeyError, IndexError, ValueError) as error:
            self._bytes.close()
            raise SoundError(f"The soundfont {path.name} is damaged; {remedy}.") from error

    def _read(self) -> None:
        chunks = dict(_chunks(self._bytes, 12, len(self._bytes)))
        self._samples_at = chunks["smpl"][0]
        self._tables = {
            name: self._table(chunks[name], record_format)
            for name, record_format in synthesis.SOUNDFONT_RECORDS.items()
        }
        self._headers = self._tables["shdr"][:-1]
        self._zones: dict[tuple[int, int], tuple[Zone, ...]] = {}
        rows = self._tables["phdr"]
        # (bank, program) -> its bags, first and after the last. The last record marks the end.
        self.presets: dict[tuple[int, int], tuple[int, int]] = {}
        for (_, program, bank, first, *_), (_, _, _, after, *_) in pairwise(rows):
            self.presets.setdefault((bank, program), (first, after))
        if not any(self._zones_of(key) for key in self.presets):
            raise ValueError("no presets")

    def _table(self, chunk: tuple[int, int], record_format: str) -> list[tuple[Any, ...]]:
        """Return the records of a chunk, which is given as (start, size)."""
        start, size = chunk
        record = struct.Struct("<" + record_format)
        return list(record.iter_unpack(self._bytes[start : start + size - size % record.size]))

    def zones(self, program: int, drums: bool) -> tuple[Zone, ...]:
        """Return the zones of a General MIDI program or drum kit, else of a substitute."""
        bank = synthesis.DRUM_BANK if drums else 0
        wanted = [(bank, program), (bank, 0), (0, program), (0, 0), *self.presets]
        found = (self._zones_of(key) for key in wanted if key in self.presets)
        return next(zones for zones in found if zones)

    def _zones_of(self, key: tuple[int, int]) -> tuple[Zone, ...]:
        """Return the zones of a (bank, program); none where the file is damaged there."""
        if key not in self._zones:
            try:
                zones = tuple(_preset_zones(self._tables, self.presets[key], len(self._headers)))
            except IndexError:
                zones = ()  # it points outside the tables; other presets may be whole
            self._zones[key] = zones
        return self._zones[key]

    def sample(self, zone: Zone) -> Sample | None:
        """Return the sample of a zone, with the zone's offsets; None where there is no wave."""
        import numpy as np

        header = self._headers[zone.sample]
        _, start, end, loop_start, loop_end, rate, key, correction, _, kind = header
        offsets = zone.generators
        first = max(0, offsets["start_fine"] + 32768 * offsets["start_coarse"])
        if kind & synthesis.COMPRESSED_SAMPLE_BIT:
            wave = self._decoded(start, end)
        else:
            raw = self._bytes[self._samples_at + 2 * start : self._samples_at + 2 * end]
            wave = np.frombuffer(raw[: len(raw) & ~1], "<i2").astype(np.float32) / np.float32(32768)
            loop_start, loop_end = loop_start - start, loop_end - start
        last = len(wave) + min(0, offsets["end_fine"] + 32768 * offsets["end_coarse"])
        wave = wave[first:last]
        loop_start += offsets["loop_start_fine"] + 32768 * offsets["loop_start_coarse"] - first
        loop_end += offsets["loop_end_fine"] + 32768 * offsets["loop_end_coarse"] - first
        if len(wave) < 4 or not 100 <= rate <= 400_000:
            return None
        loop_start, loop_end = max(0, loop_start), min(len(wave), loop_end)
        return Sample(wave, rate, loop_start, loop_end, key if key < 128 else 60, correction)

    def _decoded(self, start: int, end: int) -> Wave:
        """Decode an Ogg Vorbis sample; damaged bytes give silence."""
        import miniaudio
        import numpy as np

        try:
            first, last = self._samples_at + start, self._samples_at + end
            sound = miniaudio.vorbis_read(self._bytes[first:last])
        except miniaudio.MiniaudioError:
            return np.zeros(0, np.float32)
        wave = np.frombuffer(sound.samples, np.int16).astype(np.float32) / np.float32(32768)
        return np.ascontiguousarray(wave[:: sound.nchannels])


def _chunks(data: mmap.mmap, at: int, stop: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield (name, (start of its content, size)) of each chunk, inside lists as well.

    Some writers leave out the byte that pads an odd chunk.
    """
    while at + 8 <= stop:
        name = data[at : at + 4]
        size = min(int.from_bytes(data[at + 4 : at + 8], "little"), stop - at - 8)
        if name == b"LIST":
            yield from _chunks(data, at + 12, at + 8 + size)
        else:
            yield name.decode("latin-1"), (at + 8, size)
        at += 8 + size
        at += size % 2 and data[at : at + 1] == b"\0"


def _bag_zones(
    bags: Sequence[tuple[int, int]],
    generators: Sequence[tuple[int, int]],
    span: tuple[int, int],
    final: int,
) -> Iterator[tuple[int, dict[int, int]]]:
    """Yield (target, generators) of each zone of a preset or an instrument.

    `final` is the generator that gives a zone's target: an instrument or a sample. A first zone
    without it is the global zone, whose generators are the defaults of the others.
    """
    global_generators: dict[int, int] = {}
    for number in range(*span):
        own = dict(generators[bags[number][0] : bags[number + 1][0]])
        if final in own:
            yield own[final], {**global_generators, **own}
        elif number == span[0]:
            global_generators = own


def _preset_zones(
    tables: Mapping[str, list[Any]], bags: tuple[int, int], samples: int
) -> Iterator[Zone]:
    """Yield the zones of the preset that has these bags; `samples` is how many there are."""
    instruments = tables["inst"]
    to_instrument, to_sample = synthesis.INSTRUMENT_GENERATOR, synthesis.SAMPLE_GENERATOR
    for instrument, preset in _bag_zones(tables["pbag"], tables["pgen"], bags, to_instrument):
        span = instruments[instrument][1], instruments[instrument + 1][1]
        for sample, own in _bag_zones(tables["ibag"], tables["igen"], span, to_sample):
            if sample >= samples:
                continue
            keys = _overlap(preset, own, synthesis.KEY_RANGE_GENERATOR)
            velocities = _overlap(preset, own, synthesis.VELOCITY_RANGE_GENERATOR)
            if keys[0] <= keys[1] and velocities[0] <= velocities[1]:
                yield Zone(keys, velocities, sample, _combined(preset, own))


def _combined(preset: Mapping[int, int], own: Mapping[int, int]) -> dict[str, int]:
    """Return generators by name: the instrument zone's or the default, plus the preset zone's."""
    found = {}
    for name, (number, default) in synthesis.GENERATORS.items():
        value = _signed(own[number]) if number in own else default
        if number in preset and number not in synthesis.INSTRUMENT_ONLY_GENERATORS:
            value += _signed(preset[number])
        found[name] = value
    return found


def _signed(word: int) -> int:
    return word - 65536 if word >= 32768 else word


def _overlap(preset: Mapping[int, int], own: Mapping[int, int], generator: int) -> tuple[int, int]:
    """Return the range that a generator of ranges (low byte, high byte) leaves in both zones."""
    words = [zone[generator] for zone in (preset, own) if generator in zone]
    ranges = [(word & 255, word >> 8) for word in words]
    return max([0, *(low for low, _ in ranges)]), min([127, *(high for _, high in ranges)])
