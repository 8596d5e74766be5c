"""The form of a song: which section follows which, how long each is, and how full the band.

Lengths are in bars; energy is 1 (hardly anybody plays) to 4 (everybody does).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from math import inf

from scripts.music.styles import Form
from scripts.tables.plans import PartName, Role, Section
from scripts.temporary import structure


@dataclass(frozen=True)
class FormStep:
    """A section of a form before it has a length; `energy` None is the role's own."""

    role: Role
    part: PartName
    energy: int | None


def parse_form(form: Form) -> list[FormStep]:
    """Return the sections of a form as steps."""
    found = [structure.SECTION_PATTERN.fullmatch(section) for section in form.sections]
    return [
        FormStep(
            structure.ROLES[m[1]], m[2] or structure.ROLES[m[1]].part, int(m[3]) if m[3] else None
        )
        for m in found
        if m is not None
    ]


def part_sizes(form: Form, bars_wanted: float, variant: int = 0) -> dict[PartName, int]:
    """Choose the bars of each part by `variant`; a short song has short parts."""
    used = sorted({step.part for step in parse_form(form)})
    sizes = {part: form.bars[part][variant % len(form.bars[part])] for part in used}
    if sum(_section(step, sizes, bars_wanted).bars for step in parse_form(form)) > bars_wanted:
        sizes = {part: min(form.bars[part]) for part in used}
    if bars_wanted >= structure.FEW_BARS:
        return sizes
    most = max(4, bars_wanted * 0.45)
    return {part: _shortened(size, most, bars_wanted) for part, size in sizes.items()}


def _shortened(size: int, most: float, bars_wanted: float) -> int:
    """Return 4, 8 or 16 bars within `most`; twelve (a blues) stay where the song has room."""
    if size == 12 and bars_wanted >= 12:
        return 12
    return max(length for length in (4, 8, 16) if length == 4 or length <= min(most, size))


def lay_out_form(
    passes: Sequence[Form],
    sizes: Mapping[PartName, int],
    bars_wanted: float,
    opens: bool = True,
    closes: bool = True,
    lifts: Sequence[int] = (0,),
    brief: bool = False,
    strict: bool = False,
) -> list[Section]:
    """Lay out about `bars_wanted` bars, the ending's among them where the song `closes`.

    The middle of the form repeats until that is long enough, each round with the next form of
    `passes`. The last round leaves out successive sections in its midst, so that the song still
    ends as its form does. Intro and outro are those of the first form, where the song `opens` and
    `closes` and has room for them. `lifts` are transpositions (semitones) of the rounds in turn;
    with `brief` the intro is half as long. A `strict` form is off by half a part at most where
    that is possible, even if it leaves a role out or ends otherwise.
    """
    steps = parse_form(passes[0])
    head = [step for step in steps[:1] if step.role.name in structure.EDGE_ROLES and opens]
    tail = [step for step in steps[-1:] if step.role.name in structure.EDGE_ROLES and closes]
    first = [_section(step, sizes, bars_wanted) for step in head]
    if brief:
        first = [replace(section, bars=max(2, section.bars // 4 * 2)) for section in first]
    last = [_section(step, sizes, bars_wanted) for step in tail]
    fixed = structure.ENDING_BARS * closes + sum(section.bars for section in first + last)
    if fixed + max(sizes.values()) > bars_wanted:
        first, last, fixed = [], [], structure.ENDING_BARS * closes
    reach = max(sizes.values()) / 2 if strict else inf
    body = _middle(passes, sizes, bars_wanted, bars_wanted - fixed, lifts, reach)
    return [*first, *body, *last]


def _middle(
    passes: Sequence[Form],
    sizes: Mapping[PartName, int],
    bars_wanted: float,
    room: float,
    lifts: Sequence[int],
    reach: float,
) -> list[Section]:
    """Return sections of about `room` bars; later rounds keep their last section.

    The last round is the cheapest (`_cost`) of those that are at most `reach` bars off.
    """
    body: list[Section] = []
    for turn in count():
        steps = _round_steps(passes[turn % len(passes)], bars_wanted)
        lift = lifts[turn % len(lifts)]
        sections = [replace(_section(step, sizes, bars_wanted), lift=lift) for step in steps]
        left = room - sum(section.bars for section in body)
        if _bars(sections) < left:
            body += sections
            continue
        candidates = [
            shortened
            for shortened in _shortened_rounds(sections)
            if not body or shortened[-1] == sections[-1]
        ]
        wanted = {section.role for section in sections} - {section.role for section in body}
        costs = [
            (max(0.0, abs(_bars(one) - left) - reach), _cost(one, sections, left, wanted))
            for one in candidates
        ]
        rest = candidates[costs.index(min(costs))]
        nothing_fits = body and left < abs(_bars(rest) - left)
        return body if nothing_fits else [*body, *rest]
    raise AssertionError("a form has sections")


def _bars(sections: Iterable[Section]) -> int:
    return sum(section.bars for section in sections)


def _shortened_rounds(sections: Sequence[Section]) -> Iterator[list[Section]]:
    """Yield a round whole, and without each run of successive sections; never an empty one."""
    total = len(sections)
    for start in range(total + 1):
        for end in range(start, total + 1):
            if end - start < total:
                yield [*sections[:start], *sections[end:]]


def _cost(
    shortened: Sequence[Section], sections: Sequence[Section], room: float, wanted: set[str]
) -> float:
    """Return the cost of a shortened round, in bars: how far it is from `room`, and penalties.

    There are penalties for roles of `wanted` (those not heard yet) that it lacks, for a build that
    leads into no climax, for a beginning that is neither the form's own nor a theme, and for an
    end that is not the form's.
    """
    missing = wanted - {section.role for section in shortened}
    dangling = any(
        one.role == "build" and other.role not in structure.CLIMAX_ROLES
        for one, other in zip(shortened, [*shortened[1:], Section("", "", 0, 0, 0)])
    )
    first = shortened[0]
    opening = first != sections[0] and first.role not in ("verse", "head", "chorus")
    return (
        abs(_bars(shortened) - room)
        + sum(4 if role in (*structure.CLIMAX_ROLES, "verse") else 1 for role in missing)
        + 30 * dangling
        + 6 * opening
        + 2 * (shortened[-1] != sections[-1])
    )


def _round_steps(form: Form, bars_wanted: float) -> list[FormStep]:
    """Return the steps between intro and outro; a short song plays none twice in a row."""
    steps = [step for step in parse_form(form) if step.role.name not in structure.EDGE_ROLES]
    if bars_wanted >= structure.FEW_BARS:
        return steps
    return [step for step, before in zip(steps, [None, *steps]) if step != before]


def _section(step: FormStep, sizes: Mapping[PartName, int], bars_wanted: float) -> Section:
    """Return a step with its bars: short roles play the start of their part, others all of it."""
    bars = max(2, int(sizes[step.part] * step.role.share) // 2 * 2)
    if step.role.name in structure.EDGE_ROLES:
        most = 8
        if bars_wanted < structure.FEW_BARS:
            most = 2 if bars_wanted < structure.VERY_FEW_BARS else 4
        bars = min(bars, most, structure.EDGE_BARS_AT_MOST)
    energy = step.energy if step.energy is not None else 0  # 0: see assign_energy
    return Section(step.role.name, step.part, 0, bars, energy)


# --- Energy --------------------------------------------------------------------------------------


def assign_energy(
    sections: Sequence[Section], bounds: tuple[int, int], shift: int = 0, lift: int = 0
) -> list[Section]:
    """Return the sections with their energy: by role, moved by `shift`, within `bounds`.

    From the last climax on they are transposed by `lift` semitones.
    """
    low, high = bounds
    totals: dict[str, int] = {}
    for section in sections:
        totals[section.role] = totals.get(section.role, 0) + 1
    seen: dict[str, int] = {}
    shaped = []
    for section in sections:
        number = seen.get(section.role, 0)
        seen[section.role] = number + 1
        energy = section.energy or _role_energy(
            structure.ROLES[section.role], number, totals[section.role]
        )
        shaped.append(replace(section, energy=max(low, min(high, energy + shift))))
    return _with_key_lift(shaped, lift) if lift else shaped


def _role_energy(role: Role, number: int, total: int) -> int:
    """Return the energy of section `number` (from 0) of a role; it rises to the last of `total`."""
    return role.energy + (role.rise if total == 1 else round(role.rise * number / (total - 1)))


def _with_key_lift(sections: list[Section], lift: int) -> list[Section]:
    """Transpose the song from its last climax on, if it has enough of them."""
    climaxes = [i for i, section in enumerate(sections) if section.role in structure.CLIMAX_ROLES]
    if len(climaxes) < structure.KEY_LIFT_CLIMAXES:
        return sections
    return [replace(s, lift=s.lift + lift * (i >= climaxes[-1])) for i, s in enumerate(sections)]


def count_variations(sections: Iterable[Section]) -> tuple[Section, ...]:
    """Return the sections with `variation`: how often their part's melody was heard before."""
    heard: dict[PartName, int] = {}
    counted = []
    for section in sections:
        before = heard.get(section.part, 0)
        heard[section.part] = before + structure.ROLES[section.role].melody
        counted.append(replace(section, variation=before))
    return tuple(counted)


def song_bars(form: Sequence[Section]) -> int:
    """Return the number of bars that sound, the ending's among them."""
    return sum(section.bars for section in form) + structure.ENDING_BARS
