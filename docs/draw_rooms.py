"""Draw the rooms of the program and the imports between them: `docs/rooms.svg`.

    python docs/draw_rooms.py

A room is a package or a module in `scripts/`, or a script at the top. An arrow means "imports"; one
that follows from others is left out (transitive reduction). What every room may import (`SHARED`)
stands at the bottom without arrows. Standard library only.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
PICTURE = REPOSITORY / "docs" / "rooms.svg"
TOP_SCRIPTS = ("launcher", "requisites")
SHARED = ("temporary", "tables", "files", "processes")

BOX_WIDTH, BOX_HEIGHT = 132, 34
GAP_X, GAP_Y = 26, 58
MARGIN = 24

Graph = Mapping[str, frozenset[str]]


def sources() -> Iterator[tuple[str, Path]]:
    """Yield every source file with the room that it belongs to."""
    for name in TOP_SCRIPTS:
        yield name, REPOSITORY / f"{name}.py"
    for path in sorted((REPOSITORY / "scripts").rglob("*.py")):
        place = path.relative_to(REPOSITORY / "scripts")
        room = place.parts[0].removesuffix(".py")
        if room != "__init__":
            yield room, path


def imported(path: Path) -> Iterator[str]:
    """Yield the rooms that a file imports, whether at its top or within a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            first, _, rest = name.partition(".")
            if first == "scripts" and rest:
                yield rest.partition(".")[0]
            elif first in TOP_SCRIPTS:
                yield first


def room_graph() -> dict[str, frozenset[str]]:
    """Return each room with the other rooms that it imports."""
    found: dict[str, set[str]] = {}
    for room, path in sources():
        found.setdefault(room, set()).update(imported(path))
    rooms = found.keys()
    return {room: frozenset((others & rooms) - {room}) for room, others in found.items()}


def reachable(graph: Graph, room: str) -> set[str]:
    """Return the rooms that a room imports, directly or through others."""
    seen: set[str] = set()
    waiting = list(graph[room])
    while waiting:
        other = waiting.pop()
        if other not in seen:
            seen.add(other)
            waiting.extend(graph[other])
    return seen


def reduced(graph: Graph) -> dict[str, list[str]]:
    """Return the graph without the arrows that others imply; it has no cycles."""
    arrows = {}
    for room, others in graph.items():
        implied = {far for other in others for far in reachable(graph, other)}
        arrows[room] = sorted(others - implied)
    return arrows


def layers(graph: Graph) -> list[list[str]]:
    """Return the rooms from the top down: each stands above all that it imports."""
    height: dict[str, int] = {}

    def measure(room: str) -> int:
        if room not in height:
            height[room] = 1 + max((measure(other) for other in graph[room]), default=-1)
        return height[room]

    for room in sorted(graph):
        measure(room)
    rows: list[list[str]] = [[] for _ in range(1 + max(height.values()))]
    for room in sorted(graph):
        rows[-1 - height[room]].append(room)
    return rows


def without_shared(graph: Graph) -> dict[str, frozenset[str]]:
    """Return the graph without the rooms that all may import."""
    return {room: others - set(SHARED) for room, others in graph.items() if room not in SHARED}


def places(
    rows: list[list[str]], arrows: Mapping[str, list[str]]
) -> dict[str, tuple[float, float]]:
    """Return the middle of each box; a room stands near those that import it."""
    widest = max(map(len, rows))
    width = widest * (BOX_WIDTH + GAP_X) - GAP_X
    at: dict[str, tuple[float, float]] = {}
    for number, row in enumerate(rows):

        def pull(room: str) -> float:
            above = [
                at[other][0] for other, targets in arrows.items() if room in targets and other in at
            ]
            return sum(above) / len(above) if above else width / 2

        ordered = sorted(row, key=lambda room: (pull(room), room))
        step = width / len(ordered)
        for place, room in enumerate(ordered):
            at[room] = (
                MARGIN + (place + 0.5) * step,
                MARGIN + BOX_HEIGHT / 2 + number * (BOX_HEIGHT + GAP_Y),
            )
    return at


def box(name: str, x: float, y: float, width: float = BOX_WIDTH) -> str:
    """Return a named box around a middle."""
    return (
        f'<rect x="{x - width / 2:.0f}" y="{y - BOX_HEIGHT / 2:.0f}" width="{width:.0f}" '
        f'height="{BOX_HEIGHT}" rx="6" fill="#f4f1ea" stroke="#5b5346"/>'
        f'<text x="{x:.0f}" y="{y + 5:.0f}" text-anchor="middle">{escape(name)}</text>'
    )


def arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    """Return a curve from the lower edge of one box to the upper edge of another."""
    (x, y), (far_x, far_y) = start, end
    y, far_y = y + BOX_HEIGHT / 2, far_y - BOX_HEIGHT / 2 - 6
    bend = (far_y - y) / 2
    return (
        f'<path d="M{x:.0f},{y:.0f} C{x:.0f},{y + bend:.0f} {far_x:.0f},{far_y - bend:.0f} '
        f'{far_x:.0f},{far_y:.0f}" marker-end="url(#tip)"/>'
    )


def picture() -> str:
    """Return the whole picture as SVG."""
    graph = without_shared(room_graph())
    arrows, rows = reduced(graph), layers(graph)
    at = places(rows, arrows)
    width = 2 * MARGIN + max(map(len, rows)) * (BOX_WIDTH + GAP_X) - GAP_X
    bottom = MARGIN + len(rows) * (BOX_HEIGHT + GAP_Y)
    height = bottom + BOX_HEIGHT + MARGIN
    lines = [arrow(at[room], at[other]) for room, others in arrows.items() for other in others]
    boxes = [box(room, *at[room]) for room in sorted(at)]
    shared = "all may import: " + ", ".join(SHARED)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            'font-family="sans-serif" font-size="14">',
            '<defs><marker id="tip" markerWidth="8" markerHeight="8" refX="4" refY="4" '
            'orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#8a8172" stroke="none"/></marker>'
            "</defs>",
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            '<g fill="none" stroke="#8a8172">',
            *lines,
            "</g>",
            *boxes,
            box(shared, width / 2, bottom + BOX_HEIGHT / 2, width - 2 * MARGIN),
            "</svg>",
            "",
        ]
    )


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8", newline="\n")
