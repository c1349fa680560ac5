"""Pictures of images: grids, and rows to compare one under the other.

Images are rows (n, d) of a shape, (height, width) or (height, width, 3) for colours,
or arrays (n, height, width) that have theirs.
"""

import math

import numpy as np

from scratchae.plots.style import new_figure, refuse_nothing, wrapped


def image_grid(images, title="", columns=None, shape=None, scale=0.45, signed=False):
    """Images : (n, d) in reading order on one grid.

    columns : images per row (default: about square)
    shape : of an image (default: square)
    signed : centre the grey scale on 0 (for weights and components), ink, that is
        dark, where positive, and scale each image by its own largest size
    """
    images, shape = as_images(images, shape)
    columns = columns or math.ceil(math.sqrt(len(images)))
    rows = math.ceil(len(images) / columns)
    wide, high = _cell(shape, scale)
    width = max(columns * wide, 3)
    figure, axes = new_figure(width=width, height=rows * high + 0.4 * bool(title))
    if signed:
        images, grey = [_signed(image) for image in images], (-1, 1)
    else:
        grey = grey_scale(images)
    draw_tiles(axes, images, columns, shape, grey)
    axes.set_title(wrapped(title, width))
    return figure


def image_rows(rows, title="", shape=None, scale=0.62):
    """Rows of images one under the other, each with its name on the left.

    rows : dict of name -> images (n, d); a row may be shorter than the longest
    All have the grey scale of the first row, so that they can be compared.
    """
    refuse_nothing(rows)
    drawn = {name: as_images(images, shape) for name, images in rows.items()}
    first, shape = next(iter(drawn.values()))
    n, grey = max(len(images) for images, _ in drawn.values()), grey_scale(first)
    wide, high = _cell(shape, scale)
    figure, axes = new_figure(len(rows), 1, height=len(rows) * high + 0.45,
                              squeeze=False)
    for axis, (name, (images, _)) in zip(axes[:, 0], drawn.items(), strict=True):
        draw_tiles(axis, images, n, shape, grey)
        axis.set_ylabel(name, rotation=0, ha="right", va="center")
        axis.set_anchor("W")  # else the layout reckons without the name
    names = [axis.yaxis.label.get_window_extent().width for axis in axes[:, 0]]
    figure.set_figwidth(n * wide + max(names) / figure.dpi + 0.3)
    axes[0, 0].set_title(wrapped(title, n * wide))
    return figure


def draw_tiles(axes, images, columns, shape, grey):
    """Draw images : (n, d) of this shape in reading order on given axes.

    grey : the numbers that are drawn white and black, as `grey_scale` gives them
    """
    rows = math.ceil(len(images) / columns)
    sheet = _tile(images, rows, columns, shape)
    low, high = sorted(grey)
    if sheet.ndim == 3:
        light = (sheet - low) / (high - low)
        axes.imshow(np.nan_to_num(light.clip(0, 1), nan=1))
    else:
        axes.imshow(sheet, cmap="gray_r" if grey[0] < grey[1] else "gray",
                    vmin=low, vmax=high)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def as_images(images, shape=None):
    """Rows (n, d) of floats and the shape of an image, (h, w) or (h, w, 3).

    Raises ValueError where the numbers do not fit the shape, or none is given and they
    are no squares.
    """
    images = np.asarray(images)
    if not len(images):
        raise ValueError("there are no images to draw")
    if shape is None and images.ndim > 2:
        shape = images.shape[1:]
    images = images.reshape(len(images), -1)
    d = images.shape[1]
    if shape is None:
        shape = (math.isqrt(d), math.isqrt(d))
        if math.prod(shape) != d:
            raise ValueError(
                f"{d} numbers make no square image: give shape=(height, width), or "
                f"(height, width, 3) for colours; bar_rows draws rows of a table"
            )
    shape = tuple(shape)
    if shape[2:] == (1,):  # one channel is grey
        shape = shape[:2]
    if math.prod(shape) != d or len(shape) != 2 and shape[2:] != (3,):
        raise ValueError(f"{d} numbers make no image of shape {shape}; expected "
                         "(height, width), or (height, width, 3) for colours")
    if images.dtype != np.uint8:  # whose scale is known: see grey_scale
        images = images.astype(float)
    return images, shape


def grey_scale(images):
    """The numbers that are drawn white and black, (white, black).

    Numbers in [0, 1] keep this scale and whole numbers of 8 bits theirs, 0 to 255;
    others go from the least to the largest of all. Strokes on an empty ground, whose
    middle number lies in the lowest quarter, are ink: high is black. Else high is
    light, as in a photograph.
    """
    finite = images[np.isfinite(images)]
    if not finite.size or (finite.min() >= 0 and finite.max() <= 1):
        low, high = 0.0, 1.0
    elif images.dtype == np.uint8:
        low, high = 0.0, 255.0
    else:
        low, high = float(finite.min()), float(finite.max())
        high = high if high > low else low + 1
    ink = not finite.size or np.median(finite) <= low + (high - low) / 4
    return (low, high) if ink else (high, low)


def _cell(shape, scale):
    """Width and height of an image in inches: of one area, whatever its shape."""
    stretch = math.sqrt(shape[1] / shape[0])
    return scale * stretch, scale / stretch


def _signed(image):
    """An image between -1 and 1, by its own largest size; one of zeros stays it."""
    return image / max(np.abs(image).max(), np.finfo(float).tiny)


def _tile(images, rows, columns, shape):
    """One array with all images, a line of paper (NaN) between them."""
    height, width, *colours = shape
    gap = max(1, round(max(height, width) / 28))
    down, across = height + gap, width + gap
    sheet = np.full((rows * down - gap, columns * across - gap, *colours), np.nan)
    for i, image in enumerate(images):
        top, left = (i // columns) * down, (i % columns) * across
        sheet[top : top + height, left : left + width] = image.reshape(shape)
    return sheet
