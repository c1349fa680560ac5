"""A typeset equation and the plain one have the same signs in the same order.

test_formula_sheet.py counts them; two terms exchanged, or a division that became
a product, leave the counts as they are.
"""

import re

import pytest
from test_formula_sheet import COMMANDS, FORMULAS, GOES_ON, stating_blocks

# Words of the typeset text for those that a script has, and what it underlines.
WORDS = {r"\text{log var}": r"\log\sigma^2", r"\text{weight decay}": "weight_decay"}
UNDER = r"\} _\{\\text\{(?:reconstruction\}|to the prior\}|gap \} \\ge 0)\}"
BELOW = "reconstruction    to the prior    gap >= 0"


def in_braces(text, start):
    """What the braces at `start` hold, and where the text goes on behind them."""
    depth = 0
    for at in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[start + 1 : at], at + 1
    raise ValueError(text[start:])


def in_a_line(formula):
    """Each fraction a over b as a / b."""
    while (at := formula.find(r"\frac{")) >= 0:
        above, at_below = in_braces(formula, at + 5)
        below, behind = in_braces(formula, at_below)
        formula = f"{formula[:at]} {above} / {below} {formula[behind:]}"
    return formula


def plain(name):
    """A formula of the sheet, its commands in the words of the scripts."""
    text = FORMULAS[name]
    for typeset, word in WORDS.items():
        text = text.replace(typeset, word)
    text = re.sub(r"\\underbrace", "", re.sub(UNDER, "}", text))
    text = re.sub(r"\\tilde ", "~", re.sub(r"\{aligned\}|\\tag\{.*?\}", "", text))
    text = re.sub(r"\\hat ?(\\rho|\w)", r"\1_hat", text)
    text = re.sub(r"~(\w)", r"\1~", in_a_line(text))
    if name in GOES_ON:
        text = text[text.index("="):]
    return re.sub(r"\\([A-Za-z]+)", lambda found: COMMANDS[found[1]], text)


def signs(text):
    """Letters, digits and signs, without the places where they are set."""
    return "".join(re.findall(r"[A-Za-z0-9+=<>!*~/^-]", text))


@pytest.mark.parametrize("names, block", [*stating_blocks()])
def test_a_typeset_equation_goes_from_left_to_right_as_the_plain_one(names, block):
    script = re.sub(r"log_var((?:_j)?)", r"log sigma\1^2", block).replace(BELOW, "")
    assert signs("".join(map(plain, names))) == signs(script)
