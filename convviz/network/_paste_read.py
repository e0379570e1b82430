"""The statements of a pasted text, read without running them: what each name stands for, and which network they end in."""

from __future__ import annotations

import ast
import operator
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from math import inf
from typing import Any, Final

from convviz.network._paste_arguments import bound, setting, suggestion
from convviz.network._paste_scan import shortened
from convviz.network._paste_values import Group, Leaf, Named, Scope, Value
from convviz.network.kinds import LARGEST_NUMBER
from convviz.network.layers import MOST_LAYERS
from convviz.network.modules import MODULES, UPSAMPLING_WORDS, Argument, Module
from convviz.network.names import PART
from convviz.network.paste_error import PasteError

DEEPEST_GROUP: Final = 20
"""Groups within groups."""

_ASIDE: Final = {"print", *(f"torch.{name}" for name in ("device", "empty", "manual_seed", "ones", "rand", "randn", "zeros"))}


def network(text: str) -> tuple[Group, tuple[str, ...]]:
    """The network that a text ends in, and the names of modules above that are no part of it. Raises `PasteError`.

    >>> network("nn.Sequential(nn.ReLU())")[0].parts[0][1].operation
    Activation(function='ReLU', options=())
    >>> network("5")
    Traceback (most recent call last):
    convviz.network.paste_error.PasteError: line 1: 5: this is no network; paste an nn.Sequential(...)
    """
    scope = Scope(text, {}, Counter())
    found: Group | None = None
    for statement in ast.parse(text).body:
        found = _statement(statement, scope) or found
    if found is None:
        raise PasteError("there is no nn.Sequential(...) in it: paste one, with its layers in the brackets")
    used = set(_inside(found))
    modules = ((name, value) for name, value in scope.names.items() if isinstance(value, Leaf | Group))
    return found, tuple(shortened(name) for name, value in modules if not _is_used(value, used))


def _inside(part: Leaf | Group) -> Iterator[int]:
    yield id(part)
    if isinstance(part, Group):
        for _, inner in part.parts:
            yield from _inside(inner)


def _is_used(value: Leaf | Group, used: set[int]) -> bool:
    """Whether it is in the network, as a whole or, behind a star, part by part."""
    return id(value) in used or (isinstance(value, Group) and all(id(part) in used for _, part in value.parts))


def _statement(statement: ast.stmt, scope: Scope) -> Group | None:
    """The network that a statement makes, if it makes one."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return None
    if isinstance(statement, ast.Expr):
        return _expression(statement.value, scope)
    if not isinstance(statement, ast.Assign):
        raise scope.refusal(statement, "this is not read here; write name = value, or an nn.Sequential(...)")
    value = None if _is_aside(statement.value) else read(statement.value, scope)
    for target in statement.targets:
        if not isinstance(target, ast.Name):
            raise scope.refusal(target, "only plain names are assigned here, as in model = nn.Sequential(...)")
        scope.names[target.id] = value
    return value if isinstance(value, Group) else None


def _expression(node: ast.expr, scope: Scope) -> Group | None:
    if _is_aside(node) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return None
    value = read(node, scope)
    if isinstance(value, Group):
        return value
    layers = isinstance(value, Leaf) or (isinstance(value, tuple) and any(isinstance(entry, Leaf) for entry in value))
    way = "write nn.Sequential( ... ) around the layers" if layers else "paste an nn.Sequential(...)"
    raise scope.refusal(node, f"this is no network; {way}")


def _is_aside(node: ast.expr) -> bool:
    """Whether it is what often stands beside a network, and says nothing about it."""
    return isinstance(node, ast.Call) and _dotted(node.func) in _ASIDE


def read(node: ast.expr, scope: Scope) -> Value:
    """What an expression stands for. Raises `PasteError` for all that is more than numbers, words, lists and modules."""
    reader = _READERS.get(type(node))
    if reader is None:
        raise scope.refusal(node, "this is not read here, as nothing is run; write out what it comes to")
    return reader(node, scope)


def _constant(node: ast.Constant, scope: Scope) -> Value:
    if isinstance(node.value, float) and abs(node.value) == inf:
        raise scope.refusal(node, "this is too large")
    if node.value is not None and not isinstance(node.value, int | float | str):
        raise scope.refusal(node, "this is no number and no word")
    return _small(node.value, node, scope)


def _small(value: Value, node: ast.expr, scope: Scope) -> Value:
    if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
        raise scope.refusal(node, f"whole numbers up to {LARGEST_NUMBER:,}")
    return value


def _name(node: ast.Name | ast.Attribute, scope: Scope) -> Value:
    dotted = _dotted(node)
    if dotted in scope.names:
        return scope.names[dotted]
    if _class(dotted) in {*MODULES, "Sequential"}:
        raise scope.refusal(node, f"this is the class; write {shortened(dotted)}() with brackets")
    raise scope.refusal(node, "this name is not assigned above; write its value, or assign it first")


def _sequence(node: ast.Tuple | ast.List, scope: Scope) -> Value:
    return tuple(value for _, value in _entries(node.elts, scope))


def _entries(nodes: list[ast.expr], scope: Scope) -> list[tuple[ast.expr, Value]]:
    """The values of a list, and where each is written; a star in front of one puts its own in."""
    entries: list[tuple[ast.expr, Value]] = []
    for node in nodes:
        values = _starred(node, scope) if isinstance(node, ast.Starred) else [read(node, scope)]
        entries += [(node, value) for value in values]
        if len(entries) > MOST_LAYERS:
            raise scope.refusal(node, f"with it there are more than {MOST_LAYERS:,} entries; leave some out")
    scope.count(len(entries), nodes[0].lineno if nodes else 1)
    return entries


def _starred(node: ast.Starred, scope: Scope) -> list[Value]:
    value = read(node.value, scope)
    if isinstance(value, Group):
        return [part for _, part in value.parts]
    if not isinstance(value, tuple):
        raise scope.refusal(node, "this is no list; take the star away")
    return list(value)


def _dictionary(node: ast.Dict, scope: Scope) -> Named:
    keys = [key for key in node.keys if key is not None]
    if len(keys) < len(node.keys):
        raise scope.refusal(node, "** is not read here; write the entries out")
    return Named(_pairs(list(zip(keys, node.values, strict=True)), scope), ordered=False)


def _pairs(entries: list[tuple[ast.expr, ast.expr]], scope: Scope) -> tuple[tuple[str, Leaf | Group], ...]:
    pairs: dict[str, Leaf | Group] = {}
    for key, node in entries:
        name = read(key, scope)
        if not isinstance(name, str) or not PART.fullmatch(name):
            raise scope.refusal(key, 'a layer\'s name is made of letters, digits and "_", in quotation marks')
        _add_named(pairs, name, node, scope)
    return tuple(pairs.items())


def _add_named(pairs: dict[str, Leaf | Group], name: str, node: ast.expr, scope: Scope) -> None:
    if name in pairs:
        raise PasteError(f'the name "{name}" is given twice: choose another', node.lineno)
    pairs[name] = _module(read(node, scope), node, scope)


def _module(value: Value, node: ast.expr, scope: Scope) -> Leaf | Group:
    if isinstance(value, Leaf | Group):
        return value
    if isinstance(value, tuple):
        raise scope.refusal(node, "this is a list; put a star before it, as in nn.Sequential(*layers)")
    if isinstance(value, Named):
        raise scope.refusal(node, "names go alone into an nn.Sequential(OrderedDict(...))")
    raise scope.refusal(node, "this is no layer; write one, as in nn.ReLU()")


def _signed(node: ast.UnaryOp, scope: Scope) -> Value:
    value = read(node.operand, scope)
    if type(value) not in {int, float} or not isinstance(node.op, ast.USub | ast.UAdd):
        raise scope.refusal(node, "only a number has a sign here")
    return -value if isinstance(node.op, ast.USub) else value


def _calculation(node: ast.BinOp, scope: Scope) -> Value:
    calculate = _SIGNS.get(type(node.op))
    left, right = read(node.left, scope), read(node.right, scope)
    result = calculate(left, right) if calculate and type(left) is int and type(right) is int else None
    if result is None:
        raise scope.refusal(node, "only whole numbers are calculated here, with + - * // **; write the result")
    return _small(result, node, scope)


def _quotient(left: int, right: int) -> int | None:
    return left // right if right else None


def _power(base: int, exponent: int) -> int | None:
    """Of a power that is too large, only so much that this is seen."""
    return base ** (exponent if abs(base) < 2 else min(exponent, 64)) if exponent >= 0 else None


_SIGNS: Final[Mapping[type, Callable[[int, int], int | None]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: _quotient,
    ast.Pow: _power,
}


def _call(node: ast.Call, scope: Scope) -> Value:
    dotted = _dotted(node.func)
    name = _class(dotted)
    if name in MODULES:
        return _leaf(MODULES[name], node, scope)
    if name == "Sequential":
        return _group(node, scope)
    if dotted in {"OrderedDict", "collections.OrderedDict"}:
        return Named(_named(node, scope))
    if isinstance(node.func, ast.Attribute) and (not dotted or dotted.partition(".")[0] in scope.names):
        raise PasteError(f".{shortened(node.func.attr)}(...) is not read here: leave it out", node.func.end_lineno)
    raise PasteError(f"{scope.shown(node.func)} is not a layer that this page knows: {_known_layers(name)}", node.lineno)


def _dotted(node: ast.expr) -> str:
    """A name with its dots; nothing where more than names stand between them."""
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return before and f"{before}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _class(dotted: str) -> str:
    """The name of a class of torch.nn, however it was imported."""
    return dotted.removeprefix("torch.").removeprefix("nn.")


def _known_layers(name: str) -> str:
    near = suggestion(name.rpartition(".")[2], [*MODULES, "Sequential"])
    if near:
        return near
    eager = [known for known in MODULES if not known.startswith("Lazy")]
    stems = [f"{known[:-2]}1d to 3d" for known in eager if known.endswith("3d")]
    others = [known for known in eager if not known.endswith(("1d", "2d", "3d"))]
    return f"it knows {', '.join([*stems, *others])} and Sequential"


def _leaf(module: Module, node: ast.Call, scope: Scope) -> Leaf:
    if any(isinstance(argument, ast.Starred) for argument in node.args):
        raise scope.refusal(node, "a star is not read in a layer; write the arguments out")
    given = bound(module, node)
    asked = [argument for argument in module.arguments if argument.name in given]
    read_out = {argument: _argument(argument, module, given[argument.name], scope) for argument in asked}
    settings = {argument.name: value for argument, value in read_out.items() if argument.is_setting}
    said = {module.dimension, *_axes(given, settings, scope)} - {None} if not module.takes_rows else set()
    if len(said) > 1:
        raise scope.refusal(node, "its mode and its sizes are for different numbers of axes")
    return Leaf(module, module.make(settings), node.lineno, next(iter(said), None))


def _argument(argument: Argument, module: Module, node: ast.expr, scope: Scope) -> Value:
    inner = replace(scope, what=argument.name)
    if argument.form == "unread":
        if not isinstance(node, ast.Name | ast.Attribute | ast.Constant):
            raise inner.refusal(node, "only a name is passed over here; leave it out")
        return None
    try:
        return setting(argument, module, read(node, inner))
    except ValueError as error:
        raise error if isinstance(error, PasteError) else inner.refusal(node, str(error)) from None


def _axes(given: Mapping[str, ast.expr], settings: Mapping[str, Value], scope: Scope) -> set[int]:
    """The numbers of axes that settings are for."""
    word = read(given["mode"], scope) if "mode" in given else None
    of_mode = {axes for axes, known in UPSAMPLING_WORDS.items() if known == word}
    return of_mode | {len(value) for value in settings.values() if isinstance(value, tuple)}


def _group(node: ast.Call, scope: Scope) -> Group:
    if node.keywords:
        raise scope.refusal(node.keywords[0].value, "a Sequential takes layers, or one OrderedDict of them; take the name away")
    entries = _entries(node.args, scope)
    first = entries[0][1] if len(entries) == 1 else None
    if isinstance(first, Named):
        if not first.ordered:
            raise scope.refusal(node.args[0], "torch takes names from an OrderedDict only; write OrderedDict({...})")
        scope.count(len(first.parts), node.lineno)
        return _grouped(first.parts, node)
    return _grouped(tuple((None, _module(value, entry, scope)) for entry, value in entries), node)


def _grouped(parts: tuple[tuple[str | None, Leaf | Group], ...], node: ast.Call) -> Group:
    groups = [part for _, part in parts if isinstance(part, Group)]
    size = max(1, len(parts) - len(groups) + sum(group.size for group in groups))
    depth = 1 + max((group.depth for group in groups), default=0)
    if size > MOST_LAYERS:
        raise PasteError(f"with this Sequential there are {size:,} layers: at most {MOST_LAYERS:,} are read", node.lineno)
    if depth > DEEPEST_GROUP:
        raise PasteError(f"{depth} Sequentials lie in one another: at most {DEEPEST_GROUP} are read", node.lineno)
    return Group(parts, size, depth)


def _named(node: ast.Call, scope: Scope) -> tuple[tuple[str, Leaf | Group], ...]:
    """What an OrderedDict names: pairs in a list, an OrderedDict or a dictionary, or arguments."""
    if len(node.args) > 1:
        raise scope.refusal(node, "an OrderedDict takes one list of pairs; write OrderedDict([...])")
    pairs = dict(_listed(node.args[0], scope)) if node.args else {}
    scope.count(len(pairs), node.lineno)
    for keyword in node.keywords:
        if keyword.arg is None or not PART.fullmatch(keyword.arg):
            raise scope.refusal(keyword.value, "** is not read here; write the entries out")
        _add_named(pairs, keyword.arg, keyword.value, scope)
    return tuple(pairs.items())


def _listed(node: ast.expr, scope: Scope) -> tuple[tuple[str, Leaf | Group], ...]:
    if isinstance(node, ast.List | ast.Tuple):
        pairs = [
            (pair.elts[0], pair.elts[1]) for pair in node.elts if isinstance(pair, ast.Tuple | ast.List) and len(pair.elts) == 2
        ]
        if len(pairs) == len(node.elts):
            return _pairs(pairs, scope)
    elif isinstance(value := read(node, scope), Named):
        return value.parts
    raise scope.refusal(node, 'write a list of pairs, as in OrderedDict([("conv1", nn.Conv2d(1, 6, 5))])')


_READERS: Final[Mapping[type, Callable[[Any, Scope], Value]]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _name,
    ast.Tuple: _sequence,
    ast.List: _sequence,
    ast.Dict: _dictionary,
    ast.UnaryOp: _signed,
    ast.BinOp: _calculation,
    ast.Call: _call,
}
