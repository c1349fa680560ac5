"""Which rows are for testing: of each class its share, and any row of it alike."""

import numpy as np
import pytest

from scratchae.data.split import split

SIZES = [  # of the classes, a share, and how many of each are for testing
    ((97, 3), 0.1, (10, 0)), ((96, 4), 0.1, (10, 0)), ((95, 9), 0.1, (9, 1)),
    ((93, 7), 0.2, (19, 1)), ((48, 48, 4), 0.1, (5, 5, 0)), ((60, 40), 0.5, (30, 20)),
    ((3, 97), 0.9, (3, 87)), ((12, 8), 0.25, (3, 2)),
]


@pytest.mark.parametrize("sizes, share, expected", SIZES)
@pytest.mark.parametrize("names", [np.arange(3), np.array(["b", "c", "a"])])
def test_the_share_of_each_class_is_rounded_however_small_it_is(
    names, sizes, share, expected, rng
):
    """A rare class is not overrepresented: of 4 rows a tenth are none, and not one."""
    kinds = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    parts = split(len(kinds), share, rng, names[kinds])
    train, test = (np.bincount(kinds[part], minlength=len(sizes)) for part in parts)
    assert tuple(test) == expected
    assert tuple(train + test) == sizes
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(len(kinds)))


@pytest.mark.parametrize("labels", [None, np.arange(20) // 10, np.arange(20) % 2])
def test_any_row_of_the_file_is_as_likely_for_testing_and_stands_anywhere(labels, rng):
    times, place = np.zeros(20), np.zeros(20)
    for _ in range(400):
        train, test = split(20, 0.3, rng, labels)
        times[test] += 1
        place[train] += np.linspace(-1, 1, 14)
    assert times.sum() == 400 * 6
    assert np.abs(times - 120).max() < 5 * np.sqrt(400 * 0.3 * 0.7)
    assert np.abs(place).max() < 5 * np.sqrt(400 * 0.7 * 0.41)


@pytest.mark.parametrize("n, share, expected", [
    (10, 0.01, 1), (10, 0.99, 9), (2, 0.5, 1), (10, 0.26, 3), (10, 0.24, 2),
])
def test_both_parts_have_a_row_and_the_share_is_rounded(n, share, expected, rng):
    train, test = split(n, share, rng)
    assert (len(train), len(test)) == (n - expected, expected)
