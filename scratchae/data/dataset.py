"""The one shape in which every data set is returned."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scratchae.data.scaling import Scaling
from scratchae.rows import part_of


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows for training and testing, and what is known of them.

    x : (x_train, x_test), float arrays (n, d); a file that is larger than memory gives
        `MappedRows`, which are read when they are asked for
    labels : (y_train, y_test), arrays (n,) of int64 or str; None without any
    factors : (f_train, f_test), each a dict of name -> float64 array (n,): how each
        image was made; None where nobody knows
    source : the name of the data set, or the path as it was given
    shape : of an item, (height, width) or (height, width, 3); None for a table
    columns : a table's names of columns (d of str); None for images
    named : whether these are in the file; else they are made up of their numbers
    scaling : what was done to the numbers of the file
    notes : what was decided while reading it, each in a few words
    test_source : the path of the test rows, if they have one of their own
    label : a table's column of labels, by its name where it has one, else its number
    """

    x: tuple[Any, Any]
    labels: tuple[Any, Any] | None
    factors: tuple[dict[str, Any], dict[str, Any]] | None
    source: str
    shape: tuple[int, ...] | None = (28, 28)
    columns: tuple[str, ...] | None = None
    scaling: Scaling = Scaling()
    notes: tuple[str, ...] = ()
    test_source: str | None = None
    label: str | int | None = None
    named: bool = False

    def __repr__(self):
        (n_train, d), n_test = self.x[0].shape, len(self.x[1])
        return f"Dataset({self.source!r}, n_train={n_train}, n_test={n_test}, d={d})"

    @property
    def classes(self):
        """The different labels in order, (c,); None without labels."""
        return None if self.labels is None else np.unique(np.concatenate(self.labels))

    @property
    def items(self):
        """What the rows are called: images, or rows of a table."""
        return "rows" if self.shape is None else "images"

    @property
    def tested(self):
        """Of which source the test rows are."""
        return self.test_source or self.source

    @property
    def in_unit_interval(self):
        """Whether all numbers lie in [0, 1], as a Bernoulli decoder needs.

        Rows that stay in their file say it themselves, if it was seen in reading them.
        """
        return all(getattr(x, "unit", False)
                   or (x.min(axis=0).min() >= 0 and x.max(axis=0).max() <= 1)
                   for x in self.x if len(x))

    def first(self, n_train=None, n_test=None):
        """The same data set with only the first rows of each part (None: all)."""
        if n_train is None and n_test is None:
            return self
        cuts = (slice(n_train), slice(n_test))

        def cut(pair):
            return pair and tuple(map(part_of, pair, cuts))

        factors = self.factors and tuple(
            {name: values[part] for name, values in f.items()}
            for f, part in zip(self.factors, cuts, strict=True)
        )
        return replace(self, x=cut(self.x), labels=cut(self.labels), factors=factors)
