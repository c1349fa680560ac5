"""Own files whose arguments and parameters are dicts and lists of arrays."""

import pytest

from scratchae.gradient_checks.own_file import run_file

LAYER = """
import numpy as np
def layer_forward(x, p):
    return np.tanh(x @ p["W"] + p["b"]), (x, p)
def layer_backward(dh, cache):
    x, p = cache
    da = dh * (1 - np.tanh(x @ p["W"] + p["b"]) ** 2)
    return {returned}
def layer_example(rng):
    return rng.normal(size=(5, 4)), {{"W": rng.normal(size=(4, 3)),
                                     "b": rng.normal(size=3), "name": "tanh"}}
"""
STACK = """
import numpy as np
def stack_forward(x, n, Ws):
    hs = [x]
    for W in Ws:
        hs.append(np.tanh(hs[-1] @ W))
    return hs[-1], (hs, Ws)
def stack_backward(dh, cache):
    (hs, Ws), dWs = cache, []
    for W, h, x in zip(Ws[::-1], hs[:0:-1], hs[-2::-1]):
        da = dh * (1 - h * h)
        dWs.append(x.T @ da)
        dh = da @ W.T
    return {returned}
def stack_example(rng):
    return rng.normal(size=(5, 4)), 2, [rng.normal(size=s) for s in {sizes}]
"""
LOSS = """
import numpy as np
def loss(p):
    return np.sum(p["in"]["W"] ** 2) + sum(np.sum(b ** 3) for b in p["bs"])
def gradients(p):
    return {returned}
def example(rng):
    return {{"in": {{"W": rng.normal(size=(2, 3))}}, "bs": [np.ones(2), np.ones(3)]}}
"""
NONE = "no gradient was given"
SURPLUS = "a gradient, but there is no parameter of this name"
W, B, X = "x.T @ da", "da.sum(0)", "da @ p['W'].T"


@pytest.fixture
def problems(tmp_path):
    def problems(text, **parts):
        path = tmp_path / "mine.py"
        path.write_text(text.format(**parts))
        return {row.name: row.problem for row in run_file(path).rows}

    return problems


@pytest.mark.parametrize("returned, found", [
    (f"{X}, {{'W': {W}, 'b': {B}}}", {"x": "", "p.W": "", "p.b": ""}),
    (f"{{'p': {{'b': {B}, 'W': {W}}}, 'x': {X}}}", {"x": "", "p.W": "", "p.b": ""}),
    (f"{X}, {{'W': 2 * {W}, 'b': {B}}}", {"x": "", "p.W": "factor 2?", "p.b": ""}),
    (f"{X}, {{'W': {W}}}", {"x": "", "p.W": "", "p.b": NONE}),
    (f"{X}, {{'W': {W}, 'b': None}}", {"x": "", "p.W": ""}),
    (f"{X}, {{'W': {W}, 'b': {B}, 'c': {B}}}",
     {"x": "", "p.W": "", "p.b": "", "p.c": SURPLUS}),
    (f"{X}, {W}", {"x": "", "p.W": NONE, "p.b": NONE, "p": SURPLUS}),
    (f"{X}, None", {"x": ""}),
    (X, {"x": ""}),
])
def test_a_dict_of_arrays_is_checked_array_by_array(returned, found, problems):
    assert problems(LAYER, returned=returned) == found


@pytest.mark.parametrize("sizes", ["[(4, 3), (3, 2)]", "[(4, 4), (4, 4)]"])
@pytest.mark.parametrize("returned, wrong", [
    ("dh, None, dWs[::-1]", {}),
    ("dh, dWs[::-1]", {}),
    ("{'Ws': tuple(dWs[::-1]), 'x': dh}", {}),
    ("dh, [dWs[1], -dWs[0]]", {"Ws.1": "sign flipped?"}),
    ("dh, dWs[1:]", {"Ws.1": NONE}),
])
def test_a_list_of_arrays_is_checked_array_by_array(returned, wrong, sizes, problems):
    found = problems(STACK, returned=returned, sizes=sizes)
    assert found == {"x": "", "Ws.0": "", "Ws.1": ""} | wrong


RIGHT = "{'in': {'W': 2 * p['in']['W']}, 'bs': [3 * b ** 2 for b in p['bs']]}"


@pytest.mark.parametrize("returned, wrong", [
    (RIGHT, {}),
    (RIGHT.replace("2 *", "-2 *"), {"in.W": "sign flipped?"}),
    ("{'in': {'W': 2 * p['in']['W']}}", {"bs.0": NONE, "bs.1": NONE}),
])
def test_parameters_of_a_loss_may_be_nested(returned, wrong, problems):
    found = problems(LOSS, returned=returned)
    assert found == {"in.W": "", "bs.0": "", "bs.1": ""} | wrong


def test_gradients_may_be_those_that_the_last_loss_has_kept(problems):
    kept = """
import numpy as np
kept = {{}}
def loss(p):
    kept["W"] = 2 * p["W"].real
    return float(np.sum(p["W"].real ** 2))
def gradients(p):
    return kept
def example(rng):
    return {{"W": rng.normal(size=3)}}
"""
    assert problems(kept) == {"W": ""}


FIELDS = '''
import numpy as np
{kind}
def layer_forward(x, p):
    return np.tanh(x @ p.W + p.b), (x, p)
def layer_backward(dh, cache):
    x, p = cache
    da = dh * (1 - np.tanh(x @ p.W + p.b) ** 2)
    return da @ p.W.T, P(W={factor} * x.T @ da, b=da.sum(0), name=None)
def layer_example(rng):
    return (rng.normal(size=(5, 4)).astype("f4"),
            P(W=rng.normal(size=(4, 3)).astype("f4"), b=rng.normal(size=3), name="t"))
'''
NAMED = "from collections import namedtuple\nP = namedtuple('P', 'W b name')"
DATACLASS = """
from dataclasses import dataclass
@dataclass(frozen=True)
class P:
    W: object
    b: object
    name: str
"""


@pytest.mark.parametrize("kind", [NAMED, DATACLASS])
@pytest.mark.parametrize("factor, said", [(1, ""), (-1, "sign flipped?")])
def test_named_tuples_and_dataclasses_are_checked_field_by_field(
        kind, factor, said, problems):
    found = problems(FIELDS, kind=kind, factor=factor)
    assert found == {"x": "", "p.W": said, "p.b": ""}
