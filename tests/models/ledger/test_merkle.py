"""The Merkle tree: the published vectors, and a recursion written down from the RFC's definitions."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.ledger.merkle import Frontier, check_inclusion, inclusions

# test data of the certificate-transparency project's implementation of RFC 6962
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",  # the empty tree
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

leaf_lists = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70, unique=True)


def rfc_root(leaves: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1."""
    if len(leaves) < 2:
        return sha256(b"\x00" + leaves[0]).digest() if leaves else sha256(b"").digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + rfc_root(leaves[:half]) + rfc_root(leaves[half:])).digest()


def rfc_proof(leaves: list[bytes], index: int) -> list[bytes]:
    """RFC 9162, 2.1.3.1."""
    if len(leaves) == 1:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if index < half:
        return [*rfc_proof(leaves[:half], index), rfc_root(leaves[half:])]
    return [*rfc_proof(leaves[half:], index - half), rfc_root(leaves[:half])]


@pytest.mark.parametrize("count", range(len(ROOTS)))
def test_the_root_is_the_published_one(count: int) -> None:
    assert Frontier().extended(LEAVES[:count]).root.hex() == ROOTS[count]


@pytest.mark.parametrize(
    ("index", "count", "proof"),
    [
        (0, 1, []),  # a tree of one needs no proof
        (
            0,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),  # the odd one out
        (
            1,
            5,
            [
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ],
)
def test_a_proof_is_the_published_one(index: int, count: int, proof: list[str]) -> None:
    [made] = inclusions(LEAVES[:count], [index])
    assert [step.hex() for step in made] == proof
    assert check_inclusion(LEAVES[index], index, count, made, bytes.fromhex(ROOTS[count]))


@given(st.lists(leaf_lists, max_size=5))
def test_a_frontier_grown_in_pieces_has_the_root_of_the_whole(pieces: list[list[bytes]]) -> None:
    frontier = Frontier()
    for piece in pieces:
        frontier = frontier.extended(piece)
    whole = [leaf for piece in pieces for leaf in piece]
    assert frontier.count == len(whole)
    assert len(frontier.peaks) == len(whole).bit_count()
    assert frontier.root == rfc_root(whole)


@given(leaf_lists)
def test_every_leaf_has_the_proof_of_the_definition_and_it_holds(leaves: list[bytes]) -> None:
    root = rfc_root(leaves)
    for index, proof in enumerate(inclusions(leaves, range(len(leaves)))):
        assert list(proof) == rfc_proof(leaves, index)
        assert check_inclusion(leaves[index], index, len(leaves), proof, root)


@given(leaf_lists, st.data())
def test_a_proof_holds_for_nothing_else(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    leaf, count, root = leaves[index], len(leaves), rfc_root(leaves)
    proof = list(inclusions(leaves, [index])[0])
    other = data.draw(st.integers(-1, count + 1).filter(lambda each: each != index))
    assert not check_inclusion(leaf, other, count, proof, root)  # in another place
    assert not check_inclusion(sha256(leaf).digest(), index, count, proof, root)  # another leaf
    assert not check_inclusion(leaf, index, count, proof, sha256(root).digest())  # under another root
    assert not check_inclusion(leaf, index, count, [*proof, root], root)  # one step too many
    assert not check_inclusion(leaf, index, count * 2 + 1, proof, root)  # in a tree of another height
    for step in range(len(proof)):
        changed = [sha256(each).digest() if at == step else each for at, each in enumerate(proof)]
        assert not check_inclusion(leaf, index, count, changed, root)
        assert not check_inclusion(leaf, index, count, proof[:step] + proof[step + 1 :], root)


@pytest.mark.parametrize("index", [-1, 3])
def test_a_leaf_outside_the_tree_has_no_proof(index: int) -> None:
    with pytest.raises(IndexError, match="a tree of 3 leaves"):
        inclusions(LEAVES[:3], [index])
