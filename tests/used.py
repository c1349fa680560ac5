"""What a lecture's script uses of the package: functions, classes and their methods.

A method counts for the class whose constructor made what it is called on, by the code
alone: `vae = VariationalAutoencoder(2).fit(x)`, and then `vae.sample(64)`.
"""

import ast
import functools
import importlib
import inspect

HANDS_ON = {"fit", "items", "values", "get", "pop"}  # the object, or its entries
PASSES_ON = {"zip", "sorted", "enumerate", "dict", "list", "tuple", "partial"}


def find(name):
    """The object with a dotted name below the package; a module as far as it goes."""
    parts, module = name.split("."), importlib.import_module("scratchae")
    while parts:
        try:
            module = importlib.import_module(f"{module.__name__}.{parts[0]}")
        except (ModuleNotFoundError, AttributeError):
            break
        parts.pop(0)
    return functools.reduce(getattr, parts, module)


def is_used(name, text):
    """Whether a script's text uses what has this dotted name below the package."""
    owner, _, method = name.rpartition(".")
    script = Script(ast.parse(text))
    if owner and inspect.isclass(find(owner)):
        return (find(owner), method) in script.methods()
    return any(used is find(name) for used in script.objects())


class Script:
    """A script's tree, what its imports are, and which classes its variables are of."""

    def __init__(self, tree):
        self.nodes, self.imported = [*ast.walk(tree)], {}
        for node in self.nodes:
            if isinstance(node, ast.ImportFrom) and node.module.startswith("scratchae"):
                module = importlib.import_module(node.module)
                self.imported |= {name.asname or name.name: getattr(module, name.name)
                                  for name in node.names}
        self.classes = {}  # name -> classes of what it may stand for
        while self._learns_more():
            pass

    def objects(self):
        """What it imports, and takes from modules that it imports, and then names."""
        return [self._object(node) for node in self.nodes
                if isinstance(node, ast.Name | ast.Attribute)]

    def methods(self):
        """(class, name) of the attributes that it takes of the class and its objects.
        """
        return {(kind, node.attr) for node in self.nodes
                if isinstance(node, ast.Attribute)
                for kind in [*self._of(node.value), self._object(node.value)]
                if inspect.isclass(kind)}

    def _object(self, node):
        if isinstance(node, ast.Name):
            return self.imported.get(node.id)
        if isinstance(node, ast.Attribute):
            return getattr(self._object(node.value), node.attr, None)
        return None

    def _learns_more(self):
        before = sum(map(len, self.classes.values()))
        for node in self.nodes:
            match node:
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        self._bind(target, value)
                case (ast.For(target=target, iter=value)
                      | ast.comprehension(target=target, iter=value)):
                    self._bind(target, value)
                case ast.FunctionDef(name=name):
                    for inner in ast.walk(node):
                        if isinstance(inner, ast.Return) and inner.value:
                            self._bind(ast.Name(name), inner.value)
        return sum(map(len, self.classes.values())) > before

    def _bind(self, target, value):
        """Each name of a target is any part of the value, unless they are in pairs."""
        match target, value:
            case ast.Tuple(elts=names), ast.Tuple(elts=parts):
                for name, part in zip(names, parts, strict=False):
                    self._bind(name, part)
            case ast.Tuple(elts=names), _:
                for name in names:
                    self._bind(name, value)
            case (ast.Subscript(value=one) | ast.Starred(value=one)), _:
                self._bind(one, value)
            case ast.Name(id=name), _:
                self.classes.setdefault(name, set()).update(self._of(value))

    def _of(self, node):
        """The classes that an expression's value, or its entries, may be of."""
        match node:
            case ast.Name(id=name):
                return self.classes.get(name, set())
            case ast.Call():
                return self._of_call(node)
            case ast.Subscript(value=one) | ast.Starred(value=one):
                return self._of(one)
            case ast.DictComp(value=one) | ast.ListComp(elt=one):
                return self._of(one)
            case ast.GeneratorExp(elt=one):
                return self._of(one)
            case ast.Dict(values=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts):
                return self._any(parts)
            case ast.BinOp(left=one, right=other) | ast.IfExp(body=one, orelse=other):
                return self._any([one, other])
        return set()

    def _of_call(self, node):
        match node.func:
            case ast.Attribute(value=value, attr=name) if name in HANDS_ON:
                return self._of(value)
            case ast.Name(id=name) if name in PASSES_ON:
                given = [self._object(argument) for argument in node.args]
                return self._any(node.args) | {*filter(inspect.isclass, given)}
        made = self._object(node.func)
        return {made} if inspect.isclass(made) else self._of(node.func)

    def _any(self, nodes):
        return set().union(*map(self._of, nodes))
