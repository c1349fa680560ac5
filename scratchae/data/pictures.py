"""A folder of pictures: PNG, JPEG, GIF or BMP, read with Pillow.

    folder/*.png                     pictures without labels
    folder/CLASS/*.png               subfolders are classes
    folder/train/..., folder/test/...   both of these: the split; without test/,
                                     val/, valid/ or validation/ is in its place
    folder/ONE/...                   the same as that one folder

Hidden files and folders, and files of other kinds, are left out.
"""

import io
import math

import numpy as np

from scratchae.data.raw import Raw, as_labels, cannot_read, refuse_pipe
from scratchae.errors import DataError
from scratchae.memory import check_memory
from scratchae.pulse import steps

ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".bmp")
FORMATS = ("PNG", "JPEG", "GIF", "BMP")  # and no other of Pillow's readers
MAX_PIXELS = 2**26  # of one picture; more is a mistake or an attack
TESTS = ("test", "val", "valid", "validation")  # the first of them is the test part
COPIES = 6  # bytes of a pixel: read, put together, and as float32
COLOUR = 16  # red, green and blue of a grey JPEG differ by less
DEEP = 257  # divides 65535, the largest number of 16 bits, to 255
FEWEST = 32  # grey levels that numbers of 16 bits may become


def is_picture(path):
    """Whether a file's name is that of a picture which is read."""
    return path.suffix.lower() in ENDINGS and not path.name.startswith(".")


def has_pictures(folder):
    """Whether there is a picture in a folder or below; its subfolders may be links."""
    linked = (sub for sub in folder.glob("*") if sub.is_symlink() and sub.is_dir())
    return any(is_picture(path) for top in (folder, *linked) for path in top.rglob("*"))


def read_pictures(folder, size, colour):
    """The pictures of a folder, its subfolders as labels, train/ and test/ as split.

    size : (height, width) to which each is resized, after what is too long for that
        shape is cut off evenly; None: all must have one size
    colour : True, False, or None: grey unless one of them has colour
    Raises MemoryError before any is read where so many of the size have no room.
    """
    folders, left_out = _parts(folder)
    found = [_find_pictures(f) for f in folders]
    paths = [path for some, _ in found for path in some]
    if size is not None:
        _check_memory(len(paths), size, colour)
    read = [_read(path, size, colour)
            for path in steps(paths, "reading pictures", "pictures")]
    images, shapes, deep = zip(*read, strict=True)
    coloured = any(image.ndim == 3 for image in images)
    _check_sizes(images, paths)
    x = np.stack([_as_coloured(i) if coloured else i for i in images])
    black = ("all black",) if not x.any() else ()
    cuts = np.cumsum([len(some) for some, _ in found])[:-1]
    labels, unlabelled = _labels(folders, [told for _, told in found])
    notes = (*_notes(size, colour, coloured), *_cut(size, shapes), *left_out,
             *unlabelled, *black, *_reduced(folder, max(deep)))
    return Raw(np.split(x, cuts), labels, x.shape[1:], pictures=True, notes=notes)


def _check_memory(n, size, colour):
    """MemoryError before any picture is read where all of this size are too many."""
    numbers = n * math.prod(size) * (3 if colour else 1)
    check_memory(COPIES * numbers, f"{n} pictures of {size[0]} x {size[1]} pixels",
                 "Choose a smaller size.")


# The folders


def _parts(folder):
    """(its training and its test folder, or itself alone; notes on what is left)."""
    inside = {sub.name.lower(): sub for sub in folder.iterdir() if sub.is_dir()}
    tests = [inside[name] for name in TESTS if name in inside]
    if "train" not in inside or not tests:
        return [folder], []
    return [inside["train"], tests[0]], [f"{t.name} is left out" for t in tests[1:]]


def _find_pictures(folder):
    """(paths, labels) of a folder; labels are its subfolders' names, or None."""
    inside = sorted(folder.iterdir())
    direct = [path for path in inside if is_picture(path)]
    below = {sub.name: _pictures_below(sub) for sub in inside
             if sub.is_dir() and not _is_hidden(sub.name)}
    classes = {name: paths for name, paths in below.items() if paths}
    if direct and classes:
        raise DataError(f"{folder} has pictures beside the folder {[*classes][0]}, "
                        "which has some too; expected either pictures or a folder for "
                        "each class")
    if direct:
        return direct, None
    if len(classes) == 1:
        return _find_pictures(folder / [*classes][0])
    if not classes:
        raise DataError(f"{folder} has no pictures ({', '.join(ENDINGS)})")
    paths, labels = [], []
    for name, of_class in classes.items():
        label = name.encode("utf-8", "backslashreplace").decode()
        paths += of_class
        labels += [label] * len(of_class)
    return paths, as_labels(labels, folder)


def _pictures_below(folder):
    """The pictures of a folder and of the folders in it, in order."""
    found = []
    for path in sorted(folder.rglob("*")):
        between = path.relative_to(folder).parts[:-1]
        if is_picture(path) and not any(map(_is_hidden, between)):
            found.append(path)
    return found


def _is_hidden(name):
    """Whether a folder is for programs, by its name: .cache, __MACOSX."""
    return name.startswith((".", "__"))


# What is said of them


def _labels(folders, told):
    """(labels of all parts, or None; notes, where some are left out)."""
    lacking = [f.name for f, y in zip(folders, told, strict=True) if y is None]
    having = [f.name for f, y in zip(folders, told, strict=True) if y is not None]
    if not lacking:
        return told, ()
    if not having:
        return None, ()
    return None, (f"no labels: {lacking[0]} has no folders of classes, so that those "
                  f"of {having[0]} are left out",)


def _notes(size, colour, coloured):
    kind = "in colour" if coloured else "grey"
    why = "as asked" if colour is not None else "as found"
    resized = [f"resized to {size[0]} x {size[1]}"] if size else []
    return (f"{kind}, {why}", *resized)


def _cut(size, shapes):
    """A note where pictures were longer one way than the size that is asked for."""
    if size is None:
        return ()
    cut = sum(round(h * size[1] / w) != size[0] and round(w * size[0] / h) != size[1]
              for h, w in shapes)
    return (f"{cut} of another shape cut to their middle",) if cut else ()


def _reduced(folder, high):
    """A note where pictures had 16 bits, up to high; DataError where few levels stay.
    """
    if not high:
        return ()
    levels = high // DEEP + 1
    left = f"{levels} grey level{'' if levels == 1 else 's'} of 256"
    if high < FEWEST * DEEP:
        raise DataError(f"{folder} has pictures of 16 bits with numbers up to {high} "
                        f"only: divided by {DEEP}, as 16 bits become 8, they have "
                        f"{left}. Divide them by less and save them with 8 bits, or "
                        "put them into an array, .npy, which is read as it is")
    if levels >= 256:
        return (f"16 bits divided by {DEEP}",)
    return (f"16 bits, up to {high}, divided by {DEEP}: {left}",)


# One picture


def _read(path, size, colour):
    """One picture as uint8, (h, w) where it is grey or else (h, w, 3), the (h, w)
    that it had, and the largest number of 16 bits in it, else 0."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    refuse_pipe(path)
    try:
        content = io.BytesIO(path.read_bytes())  # of which no more can be asked for
        with Image.open(content, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise DataError(f"{path} has {image.width} x {image.height} pixels; "
                                f"expected at most {MAX_PIXELS}")
            image = ImageOps.exif_transpose(image)
            deep = int(np.max(image)) if image.mode.startswith("I") else 0
            image = _eight_bits(image)
    except DataError:
        raise
    except UnidentifiedImageError:
        raise DataError(f"{path} is no picture in PNG, JPEG, GIF or BMP") from None
    except Exception as error:  # Pillow's readers raise nearly anything
        raise cannot_read(path, error) from error
    shape = image.size[::-1]
    if size is not None:
        image = ImageOps.fit(image, size[::-1], Image.Resampling.LANCZOS)
    if colour is None:
        colour = image.mode == "RGB" and _has_colour(image)
    return np.asarray(image.convert("RGB" if colour else "L")), shape, deep


def _eight_bits(image):
    """An image in mode L or RGB, transparent parts on white."""
    from PIL import Image

    if image.mode.startswith("I"):  # 16 bits, of which some may be dark
        grey = (np.asarray(image) // DEEP).clip(0, 255)
        return Image.fromarray(grey.astype(np.uint8))
    if "A" in image.getbands() or "transparency" in image.info:
        front = image.convert("RGBA")
        back = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(back, front).convert("RGB")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _has_colour(image):
    pixels = np.asarray(image).astype(np.int16)
    return bool((pixels.max(axis=2) - pixels.min(axis=2)).max(initial=0) > COLOUR)


def _as_coloured(image):
    return image if image.ndim == 3 else np.repeat(image[:, :, None], 3, axis=2)


def _check_sizes(images, paths):
    for image, path in zip(images, paths, strict=True):
        if image.shape[:2] != images[0].shape[:2]:
            sizes = ["{} x {}".format(*i.shape[:2]) for i in (images[0], image)]
            raise DataError(f"{paths[0]} has {sizes[0]} pixels, {path} {sizes[1]}: "
                            "size=HxW resizes all to one size, such as size=28x28")
