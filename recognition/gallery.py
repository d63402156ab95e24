"""The people who may be recognised, as one immutable snapshot, and fusion of several templates of one face."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognition.types import FloatArray, RecognitionError, Template, unit


class PackMismatchError(RecognitionError):
    """Templates of two packs met: they live in different spaces and are never compared."""

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(f"templates of pack {got} cannot be compared with pack {expected}: enrol again with one pack")


@dataclass(frozen=True, kw_only=True, eq=False)
class Gallery:
    """Templates of one pack, grouped by person; exact search.

    ``people`` (P,) person ids in order; ``matrix`` (N, D) float32, unit rows, all rows of a person together;
    ``starts`` (P,) first row of each person. 100,000 people of 512 numbers hold 205 MB.
    """

    pack: str
    people: tuple[str, ...]
    matrix: FloatArray
    starts: NDArray[np.intp]

    @classmethod
    def build(cls, pack: str, items: Iterable[tuple[str, Template]]) -> Gallery:
        """A snapshot of ``items``, (person id, template) in any order; several templates of a person are kept apart.

        Raises PackMismatchError when a template was made by another pack, RecognitionError when sizes differ.

        >>> t = Template(vector=np.float32([1, 0]), pack="p")
        >>> Gallery.build("p", [("ann", t), ("bob", t), ("ann", t)]).people
        ('ann', 'bob')
        """
        rows: dict[str, list[FloatArray]] = {}
        for person, template in items:
            if template.pack != pack:
                raise PackMismatchError(pack, template.pack)
            rows.setdefault(person, []).append(template.vector)
        sizes = {vector.shape for vectors in rows.values() for vector in vectors}
        if len(sizes) > 1:
            raise RecognitionError(f"templates of pack {pack} have different sizes: {sorted(s[0] for s in sizes)}")
        counts = [len(vectors) for vectors in rows.values()]
        flat = [vector for vectors in rows.values() for vector in vectors]
        matrix = np.stack(flat).astype(np.float32) if flat else np.zeros((0, 0), np.float32)
        matrix.setflags(write=False)
        starts = np.cumsum([0, *counts[:-1]], dtype=np.intp) if counts else np.zeros(0, np.intp)
        return cls(pack=pack, people=tuple(rows), matrix=matrix, starts=starts)

    def __len__(self) -> int:
        """How many people it holds."""
        return len(self.people)

    def scores(self, probes: Sequence[Template]) -> FloatArray:
        """Cosine of each probe with each person's best template: (len(probes), P) float32, in -1..1.

        Raises PackMismatchError when a probe was made by another pack.
        """
        for probe in probes:
            if probe.pack != self.pack:
                raise PackMismatchError(self.pack, probe.pack)
        if not probes or not self.people:
            return np.zeros((len(probes), len(self.people)), np.float32)
        every = np.stack([probe.vector for probe in probes]) @ self.matrix.T
        if len(self.people) == len(self.matrix):
            return every
        best: FloatArray = np.maximum.reduceat(every, self.starts, axis=1)
        return best

    def best(self, probe: Template, count: int = 1) -> list[tuple[str, float]]:
        """The ``count`` most similar people, best first, with their cosine.

        >>> a, b = (Template(vector=np.float32(v), pack="p") for v in ([1, 0], [0, 1]))
        >>> Gallery.build("p", [("ann", a), ("bob", b)]).best(a)
        [('ann', 1.0)]
        """
        row = self.scores([probe])[0]
        return [(self.people[i], float(row[i])) for i in top_columns(row, count)]


def top_columns(row: FloatArray, count: int) -> NDArray[np.intp]:
    """Indices of the ``count`` largest values of ``row`` (P,), largest first.

    >>> top_columns(np.float32([0.1, 0.9, 0.5]), 2).tolist()
    [1, 2]
    """
    count = min(count, len(row))
    if count == 0:
        return np.zeros(0, np.intp)
    chosen = np.argpartition(row, len(row) - count)[len(row) - count :]
    return chosen[np.argsort(-row[chosen], kind="stable")]


def fuse(templates: Sequence[Template], weights: Sequence[float] | None = None) -> Template:
    """One template of several crops of the same face: their weighted mean, of unit length again.

    ``weights`` are qualities, zero or more; without them every crop counts the same.
    Raises PackMismatchError for templates of two packs, RecognitionError when nothing has weight.

    >>> a, b = (Template(vector=np.float32(v), pack="p") for v in ([1, 0], [0, 1]))
    >>> fuse([a, b], [3, 4]).vector.round(2).tolist()
    [0.6000000238418579, 0.800000011920929]
    """
    if not templates:
        raise RecognitionError("no templates to fuse")
    pack = templates[0].pack
    for template in templates:
        if template.pack != pack:
            raise PackMismatchError(pack, template.pack)
    weighted = np.asarray(weights if weights is not None else [1.0] * len(templates), np.float32)
    mean = weighted @ np.stack([template.vector for template in templates])
    if not np.linalg.norm(mean) > 0:
        raise RecognitionError("the templates to fuse have no weight or cancel out")
    return Template(vector=unit(mean), pack=pack)
