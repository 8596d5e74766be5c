"""Check values from JSON against the types that dataclasses declare."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from scripts.tables.program import UserError


def require(truth: bool, sentence: str) -> None:
    """Raise UserError with the sentence unless `truth` holds."""
    if not truth:
        raise UserError(sentence)


@lru_cache(maxsize=32)
def field_types(kind: Callable[..., Any]) -> dict[str, Any]:
    """Return the types of a dataclass's fields; cached, for evaluating them takes a while."""
    return get_type_hints(kind)


def check_types(entry: Any) -> None:
    """Raise UserError unless every field has the type that its dataclass declares."""
    entry_type: Callable[..., Any] = type(entry)
    for name, kind in field_types(entry_type).items():
        value = getattr(entry, name)
        require(
            _has_type(value, kind), f'field "{name}": {str(value)[:40]!r} is not what it needs.'
        )


def _has_type(value: Any, kind: Any) -> bool:
    """Whether a value has a type; numbers must lie within -1000 to 1000."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return any(_has_type(value, option) for option in inner)
    if origin is tuple and inner[-1] is Ellipsis:
        return isinstance(value, tuple) and all(_has_type(item, inner[0]) for item in value)
    if origin is tuple:
        fits = isinstance(value, tuple) and len(value) == len(inner)
        return fits and all(map(_has_type, value, inner))
    if origin is Mapping:
        return isinstance(value, dict) and all(_has_type(item, inner[1]) for item in value.values())
    if kind in (int, float):
        number = type(value) is int or (kind is float and type(value) is float)
        return number and -1000 <= value <= 1000
    return value is None if kind is NoneType else type(value) is kind
