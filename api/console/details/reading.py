"""What a policy's text says of its details, as far as a form can show it."""

from __future__ import annotations

import yaml

from api.console.details.shapes import MONEY, SECTIONS, Shape, Where, below, is_null, leaves, shape_of
from api.console.details.splicing import root_of
from domain.errors import FormActInvalid

RESTING = ("share", "per_unit", "brackets")
"""The forms of a benefit that rest on a fact, or on a quantity worked out."""


class Details:
    """What a text says of its details. `shown` are the fields that a form can show, absent ones of the optional too."""

    def __init__(self, text: str) -> None:
        """Raises DetailNotWritten for a text that is no mapping."""
        self.nodes: dict[str, yaml.Node] = {}
        self.doubled: set[str] = set()
        for key, value in root_of(text).value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if name in self.nodes:
                self.doubled.add(name)
            self.nodes.setdefault(name, value)
        self.leaves: dict[Where, yaml.ScalarNode] = {}
        self.shown: set[str] = {name for name in SECTIONS if name not in self.nodes}
        for name in SECTIONS.keys() & self.nodes.keys() - self.doubled:
            found = leaves(shape_of(name, self.nodes[name]), self.nodes[name], (name,))
            if found is not None:
                self.shown.add(name)
                self.leaves |= found
        self.values = {where: "" if is_null(leaf) else str(leaf.value) for where, leaf in self.leaves.items()}
        if self.form is None:
            self.shown.discard("benefit")
        if self.order is None:
            self.shown.discard("budget")

    def get(self, *where: str) -> str:
        return self.values.get(where, "")

    def has(self, *where: str) -> bool:
        """Whether there is anything at `where` or below."""
        return self.node(where) is not None

    def names(self, *where: str) -> list[str]:
        """The names that the mapping at `where` has, those of null values too."""
        node = self.node(where)
        return [str(key.value) for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []

    def count(self, *where: str) -> int:
        node = self.node(where)
        return len(node.value) if isinstance(node, yaml.SequenceNode) else 0

    @property
    def form(self) -> str | None:
        """The form of the benefit; "" where there is none yet, None for several at once."""
        forms = [name for name in ("none", *MONEY) if name in self.names("benefit")]
        return (forms or [""])[0] if len(forms) < 2 else None

    def rests(self, form: str) -> str | None:
        """What the amount rests on: `fact` or, worked out, `of`; None for a form that rests on nothing."""
        if form not in RESTING:
            return "fact" if form == "table" else None
        names = self.names("benefit", form)
        return "of" if "of" in names and "fact" not in names else "fact"

    @property
    def order(self) -> str | None:
        """Who goes first when the budget does not reach; None for several orders at once."""
        node = self.node(("budget", "order"))
        if not isinstance(node, yaml.MappingNode):
            return "first_come"
        return str(node.value[0][0].value) if len(node.value) == 1 else None

    def node(self, where: Where) -> yaml.Node | None:
        """The node at `where`; None where nothing or null stands."""
        node = self.nodes.get(where[0])
        for step in where[1:]:
            if isinstance(node, yaml.MappingNode):
                node = next((value for key, value in node.value if key.value == step), None)
            elif isinstance(node, yaml.SequenceNode) and step.isdecimal() and int(step) < len(node.value):
                node = node.value[int(step)]
            else:
                return None
        return None if node is None or is_null(node) else node

    def shape(self, where: Where) -> Shape:
        """Raises FormActInvalid where a form has nothing."""
        name = where[0]
        if name not in self.shown:
            raise FormActInvalid("read")
        found = below(shape_of(name, self.nodes.get(name)), where[1:])
        if found is None:
            raise FormActInvalid("read")
        return found
