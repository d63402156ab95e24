"""The Merkle tree over entry hashes (RFC 9162, section 2.1, the same tree as RFC 6962): one root stands for all
entries, and a few hashes prove that an entry is among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256


@dataclass(frozen=True, kw_only=True)
class Frontier:
    """All of a tree that later leaves need: how many leaves it has, and the roots (32 bytes) of its complete
    subtrees, largest first, one for each 1 bit of ``count``."""

    count: int = 0
    peaks: tuple[bytes, ...] = ()

    def extended(self, leaves: Sequence[bytes]) -> Frontier:
        """The frontier after ``leaves`` (entry hashes, 32 bytes each) were appended, in time O(leaves).

        >>> Frontier().extended([b"a", b"b"]).extended([b"c"]) == Frontier().extended([b"a", b"b", b"c"])
        True
        """
        standing, peaks = list(self.peaks), []
        nodes = [_leaf(leaf) for leaf in leaves]
        level = 0
        while nodes or standing:
            if self.count >> level & 1:
                nodes.insert(0, standing.pop())
            if len(nodes) % 2:
                peaks.append(nodes.pop())
            nodes = _paired(nodes)
            level += 1
        return Frontier(count=self.count + len(leaves), peaks=tuple(reversed(peaks)))

    @property
    def root(self) -> bytes:
        """The tree's root (32 bytes); of an empty tree the SHA-256 of nothing (RFC 9162, 2.1.1)."""
        if not self.peaks:
            return sha256().digest()
        return reduce(lambda right, left: _node(left, right), reversed(self.peaks))


def inclusions(leaves: Sequence[bytes], indexes: Sequence[int]) -> list[tuple[bytes, ...]]:
    """The proofs that the leaves at ``indexes`` are in the tree of all ``leaves``: for each the hashes beside its way
    to the root, from below (RFC 9162, 2.1.3.1). One pass over the tree, however many proofs.

    Raises ``IndexError`` for an index outside the tree.

    >>> leaves = [b"a", b"b", b"c"]
    >>> root = Frontier().extended(leaves).root
    >>> [proof] = inclusions(leaves, [2])
    >>> check_inclusion(b"c", 2, 3, proof, root)
    True
    """
    if not all(0 <= index < len(leaves) for index in indexes):
        raise IndexError(f"a tree of {len(leaves)} leaves has no such leaf")
    proofs: list[list[bytes]] = [[] for _ in indexes]
    level = [_leaf(leaf) for leaf in leaves]
    height = 0
    while len(level) > 1:
        for index, proof in zip(indexes, proofs, strict=True):
            beside = (index >> height) ^ 1
            if beside < len(level):
                proof.append(level[beside])
        # a last node without a neighbour moves up as it is: that gives the RFC's uneven tree
        level = _paired(level) + level[len(level) & ~1 :]
        height += 1
    return [tuple(proof) for proof in proofs]


def check_inclusion(leaf: bytes, index: int, count: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether ``proof`` shows that ``leaf`` is number ``index`` (from 0) of the ``count`` leaves under ``root``
    (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < count:
        return False
    here, last = index, count - 1
    node = _leaf(leaf)
    for beside in proof:
        if last == 0:
            return False
        if here & 1 or here == last:
            node = _node(beside, node)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            node = _node(node, beside)
        here, last = here >> 1, last >> 1
    return last == 0 and node == root


def _leaf(leaf: bytes) -> bytes:
    return sha256(b"\x00" + leaf).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def _paired(nodes: list[bytes]) -> list[bytes]:
    """The parents of the first and second node, of the third and fourth, ...; an odd last one has none."""
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(nodes[::2], nodes[1::2], strict=False)]
