"""What tests of figures share: what is drawn, taken apart."""

import re

import numpy as np
import pytest

close = np.testing.assert_allclose


def shows(figures, name):
    """A decorator: the function says in `figures` what the one of this name shows."""
    def keep(function):
        figures[name] = function
        return function

    return keep


def every_figure(figures):
    """The parameter `name` of a test, each with its lecture's marker."""
    return pytest.mark.parametrize("name", [
        pytest.param(name, marks=getattr(pytest.mark, f"lecture{name[:2]}"))
        for name in figures])


def sse(a, b):
    """Squared error per image."""
    return np.sum((np.asarray(a, float) - b) ** 2, axis=1).mean()


def tiles(axes, n, side=28):
    """The first n images (n, side * side) of a sheet, in reading order."""
    (sheet,), gap = axes.images, max(1, round(side / 28))
    columns = (sheet.shape[1] + gap) // (side + gap)
    places = [divmod(i, columns) for i in range(n)]
    return np.array([sheet[r * (side + gap) :][:side, c * (side + gap) :][:, :side]
                     .ravel() for r, c in places])


def rows_are(f, rows, side=28):
    """Rows of images under their names, in order."""
    assert [axes.y_label for axes in f.axes] == [*rows]
    for axes, (name, images) in zip(f.axes, rows.items(), strict=True):
        found = tiles(axes, len(images), side)
        close(found, images, err_msg=name, rtol=1e-5, atol=1e-5)


def are_filters(f, images, n):
    """Each picture is one of the arrays, in order, by its own scale."""
    (axes,) = f.axes
    for shown, image in zip(tiles(axes, n), images, strict=False):
        close(shown, image / np.abs(image).max(), atol=1e-4)


def numbers(text):
    """The numbers of a text, in order."""
    return [float(x) for x in re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", text)]


def weights_of(model):
    """The encoder's filters (h, d)."""
    return model.encoder_.layers[0].W.T.astype(float)


def labels_of(axes, which):
    """The texts of an axis's ticks, large and small, that lie in view."""
    axes.figure.canvas.draw()
    axis = {"x": axes.xaxis, "y": axes.yaxis}[which]
    (low, high), ticks = axis.get_view_interval(), axis.get_major_ticks()
    return [tick.label1.get_text() for tick in ticks + axis.get_minor_ticks()
            if low <= tick.get_loc() <= high and tick.label1.get_text()]
