"""What a lab asks for: parts, their inputs, the right answer and the likely slips.

A part is one function of the student's file. Its tensors stand in the order from the
loss backwards. The right value of each is computed from the inputs and the tensors
before it, so that it can be computed from the student's own as well: an error that then
vanishes was inherited.
"""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from scratchae.gradcheck.slips import Slip
from scratchae.labs.timing import Race

__all__ = ["Lab", "Part", "Race", "Sizes", "Slip", "Tensor"]


@dataclass(frozen=True)
class Sizes:
    """n images, d pixels, h hidden and k code units."""

    n: int
    d: int
    h: int
    k: int


# Different primes above 2, so that no axis, and no factor, passes for another.
FIRST, SECOND = Sizes(n=5, d=7, h=3, k=11), Sizes(n=7, d=11, h=5, k=3)
EQUAL = Sizes(n=5, d=5, h=5, k=5)  # where no shape tells of a missing transpose


class Case(NamedTuple):
    """One input of a function: words for where it differs, {name: array}, its sizes."""

    words: str
    inputs: dict
    sizes: Sizes


@dataclass(frozen=True)
class Tensor:
    """One array of a function's answer.

    right : function of the quantities v, which have as attributes the part's inputs
        and the tensors that stand before this one; returns the array
    slips : hypotheses of what goes wrong here, each a Slip whose `wrong` is a function
        of v; in it, v has all tensors of the part, this one and later ones right
    tolerance : relative, of an entry
    tiny : whether an entry is compared with itself however small it is, and not with
        the largest ones
    """

    name: str
    right: callable
    slips: tuple = ()
    tolerance: float = 1e-9
    tiny: bool = False


@dataclass(frozen=True)
class Part:
    """One function that a student writes.

    function : its name
    inputs : function (rng, sizes) of its arguments by name: arrays, numbers, texts.
        Everything that is added or multiplied is random, biases and upstream as well.
    tensors : what it returns, in the order from the loss backwards
    solution : the public function in which the formula stands
    points : for a right answer
    returns : their names in the order of `return`; by default that of the tensors
    more : further inputs as pairs (where they are special, function like `inputs`)
    equal : whether the case of equal sizes is tried as well
    sizes : of the first two inputs; further ones have those of the first
    asks : what is asked beside right numbers: "quiet", that NumPy warns of nothing;
        "compiled", that the sum is a loop in a compiled function of the student's
    given : names of compiled functions that are handed out, and do not count as that
    race : of a part in which nothing is written: one of the others is timed
    """

    function: str
    inputs: callable
    tensors: tuple
    solution: str
    points: int = 1
    returns: tuple = ()
    more: tuple = ()
    equal: bool = True
    asks: tuple = ()
    given: tuple = ()
    sizes: tuple = (FIRST, SECOND)
    race: Race | None = None

    @property
    def names(self):
        """The tensors' names in the order in which the function returns them."""
        return self.returns or tuple(tensor.name for tensor in self.tensors)

    def cases(self, seed=0):
        """The inputs: by the first two, of other sizes each, slips are told apart."""
        wanted = [("", self.inputs, sizes) for sizes in self.sizes]
        if self.equal:
            wanted.append(("where all sizes are equal", self.inputs, EQUAL))
        wanted += [(words, inputs, self.sizes[0]) for words, inputs in self.more]
        return [
            Case(words, inputs(np.random.default_rng([seed, i]), sizes), sizes)
            for i, (words, inputs, sizes) in enumerate(wanted)
        ]

    def expected(self, case):
        """The quantities of one case: inputs and right tensors, as attributes."""
        v = SimpleNamespace(**case.inputs)
        for tensor in self.tensors:
            if tensor.name in case.inputs:
                raise ValueError(f"{self.function}: {tensor.name} is an input as well")
            setattr(v, tensor.name, np.asarray(tensor.right(v)))
        return v


@dataclass(frozen=True)
class Lab:
    """number : "01"   title : a few words   lecture : the script it belongs to
    parts : in the order of the student's file   seconds : that a part may take
    memory : bytes of address space that its process may have
    """

    number: str
    title: str
    lecture: str
    parts: tuple
    seconds: float = 5.0
    memory: int = 2 * 2**30

    @property
    def points(self):
        """Of all parts."""
        return sum(part.points for part in self.parts)
