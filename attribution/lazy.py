"""A property computed once: as `functools.cached_property`, without the lock that Python 3.11 still takes for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class lazy(Generic[T]):  # noqa: N801  # used as a decorator, beside `property`
    """Computes an attribute when it is first asked for and keeps it in the instance.

    >>> class Square:
    ...     side = 3
    ...     @lazy
    ...     def area(self) -> int:
    ...         return self.side**2
    >>> square = Square()
    >>> square.area, "area" in vars(square)
    (9, True)
    """

    def __init__(self, compute: Callable[..., T]) -> None:
        self._compute, self._name, self.__doc__ = compute, compute.__name__, compute.__doc__

    def __get__(self, instance: object, owner: type[object] | None = None) -> T:
        value = self._compute(instance)
        instance.__dict__[self._name] = value
        return value
