"""The tree of beginnings: what of it is remembered, and what is swept out."""

import pytest

from edge.decoder.alphabet import LETTERS, encode
from edge.decoder.prefixes import Loss, Prefix, PrefixTree

pytestmark = pytest.mark.runtime

A, B, C = encode("abc")


def grown(tree: PrefixTree, letter: int) -> Prefix:
    """2000 times the letter, grown from the root; the beam is never wider than one."""
    prefix = tree.root
    for step in range(2000):
        tree.keep([prefix])
        prefix = tree.grow(prefix, letter, step)
    tree.keep([prefix])
    return prefix


def test_a_tree_forgets_what_neither_the_beam_nor_its_rivals_grew_out_of() -> None:
    tree = PrefixTree((), (0.0,) * len(LETTERS))
    grown(tree, A)
    tree.keep([tree.root])
    rival, winner = tree.grow(tree.root, C, 0), tree.grow(tree.root, B, 0)
    tree.remember(rival, winner, Loss(0, -1.0, -1.0))
    assert winner in grown(tree, B).lineage()
    assert len(tree._nodes) == 2000 + 1
    assert tree.rivals == {winner: {rival: Loss(0, -1.0, -1.0)}}
    tree.keep([tree.root])
    assert tree.grow(tree.root, C, 0) is rival


def test_nobody_asks_how_began_what_began_long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.decoder.prefixes.REMEMBERED", 400)
    tree = PrefixTree((), (0.0,) * len(LETTERS))
    winner = tree.grow(tree.root, B, 0)
    tree.remember(tree.grow(tree.root, C, 0), winner, Loss(0, -1.0, -1.0))
    assert winner in grown(tree, B).lineage()
    assert not tree.rivals
    assert (tree.root, C) not in tree._nodes


@pytest.mark.parametrize(
    ("losses", "remembered"),
    [
        ([Loss(3, -13.0, -13.0)], None),
        ([Loss(3, -2.0, -2.0), Loss(5, -4.0, -4.0)], Loss(3, -2.0, -2.0)),
        ([Loss(3, -4.0, -4.0), Loss(5, -2.0, -3.0)], Loss(3, -2.0, -3.0)),
    ],
)
def test_a_rival_is_remembered_as_where_it_was_nearest(losses: list[Loss], remembered: Loss | None) -> None:
    tree = PrefixTree((), (0.0,) * len(LETTERS))
    rival, winner = tree.grow(tree.root, A, 1), tree.grow(tree.root, B, 1)
    for loss in losses:
        tree.remember(rival, winner, loss)
    assert tree.rivals.get(winner, {}).get(rival) == remembered
