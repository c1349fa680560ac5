"""A table of data that `load_dataset` refuses: a kind, and what is wrong with it.

Of each: the files of a folder, what is loaded, the options, and the whole message.
"""

import numpy as np
from data_files import pixels

GREY, RGB = pixels(2, 6, 4), pixels(2, 6, 4, 3)
IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
Y = np.zeros(2, np.uint8)
KINDS = ("a folder of pictures or of IDX files, a .npy, .npz, .csv, .tsv or .txt file, "
         "or one of the names strokes, mnist, fashion-mnist, kmnist")
NO_IDX = "starts with the bytes 61 62; expected an IDX file, which starts with 00 00"

PLACES = {  # what is wrong: (files, what is loaded, options, message)
    "nothing there": ({}, "none.csv", {},
        f"none.csv: no such file or folder; expected {KINDS}"),
    "a name misspelt": ({}, "fashion_mnist", {},
        "fashion_mnist: no such file or folder; expected " + KINDS +
        "; did you mean 'fashion-mnist'?"),
    "a name in capitals": ({}, "MNIST", {},
        f"MNIST: no such file or folder; expected {KINDS}; did you mean 'mnist'?"),
    "an empty folder": ({"d/": None}, "d", {},
        "d is empty; expected pictures (.png, .jpg, .gif, .bmp) or IDX files "
        "(train-images-idx3-ubyte)"),
    "a folder of other files": ({"d/notes.md": "x"}, "d", {},
        "d has notes.md; expected pictures (.png, .jpg, .gif, .bmp) or IDX files "
        "(train-images-idx3-ubyte)"),
    "a folder of tables": ({"d/train.csv": "1,2"}, "d", {},
        "d is a folder: name a file in it, such as d/train.csv"),
    "a folder named like a file": ({"x.npy/": None}, "x.npy", {},
        "x.npy is empty; expected pictures (.png, .jpg, .gif, .bmp) or IDX files "
        "(train-images-idx3-ubyte)"),
    "another ending": ({"x.xlsx": b"PK"}, "x.xlsx", {},
        f"x.xlsx: a file .xlsx is not read; expected {KINDS}"),
    "no ending": ({"x": b"PK"}, "x", {},
        f"x: a file without ending is not read; expected {KINDS}"),
    "a packed file": ({"x.zip": b"PK"}, "x.zip", {},
        "x.zip is packed: unpack it first"),
    "a packed array": ({"x.npy.gz": b"PK"}, "x.npy.gz", {},
        "x.npy.gz is packed: unpack it first"),
    "one picture": ({"x.png": GREY[0]}, "x.png", {},
        "x.png is one picture; expected the folder of many"),
}

IDX = {
    "an empty file": ({f"d/{IMAGES}": b""}, "d", {},
        f"d/{IMAGES} starts with the bytes (none); expected an IDX file, which starts "
        "with 00 00"),
    "two bytes": ({f"d/{IMAGES}": b"\0\0"}, "d", {},
        f"d/{IMAGES} is truncated: its header ends after 2 bytes; expected at least 8"),
    "another file": ({f"d/{IMAGES}": b"ab"}, "d", {}, f"d/{IMAGES} {NO_IDX}"),
    "cut short": ({f"d/{IMAGES}": b"\0\0\x08\3" + b"\0\0\0\2" * 3 + b"1234"}, "d", {},
        f"d/{IMAGES} is truncated after 4 bytes; expected 8 bytes of data, as its "
        "header says shape (2, 2, 2)"),
    "images without pixels": ({f"d/{IMAGES}": GREY[:, :0]}, "d", {},
        f"d/{IMAGES} holds an array of shape (2, 0, 4): there is nothing in it"),
    "no images": ({f"d/{IMAGES}": GREY[:0]}, "d", {"test_fraction": 1},
        f"d/{IMAGES} holds an array of shape (0, 6, 4): there is nothing in it"),
    "labels in place of images": ({f"d/{IMAGES}": Y}, "d", {},
        f"d/{IMAGES} holds 1-dimensional labels; expected 3-dimensional images"),
    "other numbers of labels": ({f"d/{IMAGES}": GREY, f"d/{LABELS}": Y[:1]}, "d", {},
        f"d/{IMAGES} has 2 items, but d/{LABELS} has 1 labels"),
    "no training images": ({f"d/{LABELS}": Y}, "d", {},
        f"d has {LABELS}, but no training images (train-images-idx3-ubyte)"),
    "labels of one part": (
        {f"d/{IMAGES}": GREY, "d/t10k-images-idx3-ubyte": GREY, f"d/{LABELS}": Y},
        "d", {}, "d has images of train and test, but labels of train"),
    "parts of other sizes": (
        {f"d/{IMAGES}": GREY, "d/t10k-images-idx3-ubyte": pixels(2, 3, 3)}, "d", {},
        f"d/{IMAGES} has images of (6, 4) pixels, d/t10k-images-idx3-ubyte of (3, 3)"),
    "two sets": ({f"d/a-{IMAGES}": GREY, f"d/b-{LABELS}": Y}, "d", {},
        f"d has files of 2 sets (a-{IMAGES} and b-{LABELS}); put those of one into a "
        "folder of their own"),
    "a size": ({f"d/{IMAGES}": GREY}, "d", {"size": "3x3"},
        "size=3x3: d is a folder of IDX files, to which that means nothing"),
    "another set under mnist": ({f"d/{IMAGES}": GREY}, "mnist", {"data_dir": "d"},
        f"d/{IMAGES} is damaged or another file: its decompressed bytes have SHA-256 "
        "76bad96f83c8a3215e1ae946134b9010c9bf2e2450f0a88f14379b7ff5833c70; expected "
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db. Another "
        "set, or a part of this one, is read by its folder: --data d"),
}

PICTURES = {
    "two sizes": ({"d/a.png": GREY[0], "d/b.png": pixels(3, 3)}, "d", {},
        "d/a.png has 6 x 4 pixels, d/b.png 3 x 3: size=HxW resizes all to one size, "
        "such as size=28x28"),
    "no picture": ({"d/a.png": GREY[0], "d/b.png": b"text"}, "d", {},
        "d/b.png is no picture in PNG, JPEG, GIF or BMP"),
    "an empty picture": ({"d/b.jpg": b""}, "d", {},
        "d/b.jpg is no picture in PNG, JPEG, GIF or BMP"),
    "beside classes": ({"d/a.png": GREY[0], "d/cat/b.png": GREY[1]}, "d", {},
        "d has pictures beside the folder cat, which has some too; expected either "
        "pictures or a folder for each class"),
    "an empty test part": ({"d/train/a.png": GREY[0], "d/test/": None}, "d", {},
        "d/test has no pictures (.png, .jpg, .jpeg, .gif, .bmp)"),
    "one only": ({"d/a.png": GREY[0]}, "d", {},
        "d has one row only; a training and a test part need two"),
    "a label": ({"d/a.png": GREY[0]}, "d", {"label": "x"},
        "label=x: d is a folder of pictures, to which that means nothing"),
    "a size of nothing": ({"d/a.png": GREY[0]}, "d", {"size": "0x5"},
        "size=0x5: expected height x width, such as 28x28"),
    "a size of one number": ({"d/a.png": GREY[0]}, "d", {"size": 28},
        "size=28: expected height x width, such as 28x28"),
    "a test part of another size": ({"d/a.png": GREY[0], "e/a.png": pixels(3, 3)}, "d",
        {"test": "e"}, "d and e differ in shape: (6, 4) and (3, 3)"),
    "two test parts": ({"d/train/a.png": GREY[0], "d/test/a.png": GREY[0]}, "d",
        {"test": "d"}, "test=d: d has its own test part"),
}

ARRAYS = {
    "text": ({"x.npy": np.array(["a", "b"])}, "x.npy", {},
        "x.npy holds an array of <U1; expected real numbers"),
    "times": ({"x.npy": np.zeros((2, 2), "M8[s]")}, "x.npy", {},
        "x.npy holds times (datetime64[s]), not numbers"),
    "complex numbers": ({"x.npy": np.zeros((2, 2), complex)}, "x.npy", {},
        "x.npy holds an array of complex128; expected real numbers"),
    "one dimension": ({"x.npy": np.zeros(5)}, "x.npy", {},
        "x.npy holds an array of shape (5,); expected rows (n, d) or images (n, h, w) "
        "or (n, h, w, 3)"),
    "no rows": ({"x.npy": np.zeros((0, 5))}, "x.npy", {},
        "x.npy holds an array of shape (0, 5); expected rows (n, d) or images (n, h, "
        "w) or (n, h, w, 3)"),
    "two channels": ({"x.npy": np.zeros((5, 4, 4, 2))}, "x.npy", {},
        "x.npy holds an array of shape (5, 4, 4, 2); expected images of 1 or 3 "
        "channels, (n, h, w, 3) or (n, 3, h, w)"),
    "infinity": ({"x.npy": np.array([[1.0, 2], [3, -np.inf]])}, "x.npy", {},
        "x.npy: the number in row 1, column 1 is infinite (-inf)"),
    "nan in images": ({"x.npy": np.full((2, 2, 2), np.nan)}, "x.npy", {},
        "x.npy has 8 pixels that are no numbers"),
    "nan in rows": ({"x.npy": np.full((2, 2), np.nan)}, "x.npy", {},
        "x.npy lacks 4 numbers (empty, NA, nan or ?), by column: 'column 0' 2, 'column "
        "1' 2. Drop their rows, fill them in (with the column's median, say), or keep "
        "them: load_dataset(missing='mask') for DenoisingAutoencoder(missing='mask')"),
    "a label among bytes": ({"x.npy": pixels(3, 65)}, "x.npy", {},
        "x.npy has 65 columns of whole numbers up to 255: 8 x 8 pixels and a label? "
        "label=0 takes the first column as label, label=-1 the last, label=none takes "
        "all as numbers"),
    "a header that claims much": ({"x.npy": b"\x93NUMPY\2\0" + b"\xff" * 20}, "x.npy",
        {}, "x.npy is damaged: its header claims 4294967295 bytes"),
    "cut short": ({"x.npy": b"\x93NUMPY\1\0\x10\0{"}, "x.npy", {},
        "x.npy cannot be read: EOF: reading array header, expected 16 bytes got 1"),
    "a label in the middle": ({"x.npy": pixels(3, 65)}, "x.npy", {"label": "7"},
        "label=7: the label of an array is its first column or its last, 0 or -1; "
        "x.npy has 65 columns"),
    "a label in images": ({"x.npy": GREY}, "x.npy", {"label": "0"},
        "label=0: x.npy has no columns of which one could be the label"),
    "a label that is none": ({"x.npy": np.array([[0.5, 1], [2, 3]])}, "x.npy",
        {"label": 0}, "x.npy: the label of row 0 is 0.5; a label is a whole number or "
        "text"),
    "a size that does not fit": ({"x.npy": np.zeros((4, 6))}, "x.npy", {"size": "4x4"},
        "size=4x4: the rows of x.npy have 6 numbers; 4 x 4 pixels are 16, in colour "
        "48"),
    "images of another size": ({"x.npy": GREY}, "x.npy", {"size": "3x3"},
        "size=3x3: the images of x.npy are 6 x 4; only files of images are resized"),
    "colour": ({"x.npy": GREY}, "x.npy", {"colour": True},
        "colour=True: x.npy is an array, to which that means nothing"),
    "python objects": ({"x.npy": np.array([{}, []], object)}, "x.npy", {},
        "x.npy holds Python objects, which are not read (they can run anything): save "
        "numbers, array.astype(float), or text, .astype(str)"),
    "a text called npy": ({"x.npy": "1,2"}, "x.npy", {},
        "x.npy is no .npy file, as NumPy writes them, whatever its name says"),
    "a text called npz": ({"x.npz": "1,2"}, "x.npz", {},
        "x.npz is no .npz file, as NumPy writes them, whatever its name says"),
    "a saved model": ({"x.npz": {"description": Y, "W": GREY}}, "x.npz", {},
        "x.npz is a saved model, not data"),
    "an archive called npy": ({"x.npy": {"a": GREY}}, "x.npy", {},
        "x.npy is an archive of arrays; call it .npz"),
    "an array called npz": ({"x.npz": GREY}, "x.npz", {},
        "x.npz is a single array; call it .npy"),
    "other names": ({"x.npz": {"a": GREY, "b": Y}}, "x.npz", {},
        "x.npz has the arrays a, b; expected x_train, y_train, x_test, y_test, or x "
        "and y, images and labels, data and target, or a single one"),
    "other numbers of labels": ({"x.npz": {"x": GREY, "y": Y[:1]}}, "x.npz", {},
        "x.npz: x has 2 items, but its array of labels has 1 labels"),
    "labels of one part": ({"x.npz": {"x_train": GREY, "x_test": GREY, "y_train": Y}},
        "x.npz", {}, "x.npz has 2 arrays of data, but 1 of labels: x_train, "
        "x_test, y_train"),
    "two arrays of labels": ({"x.npz": {"x": GREY, "label": Y, "targets": Y}}, "x.npz",
        {}, "x.npz: label and targets could both be the labels of x; expected one of "
        "them"),
    "labels as vectors": ({"x.npz": {"x": GREY, "y": np.eye(2)}}, "x.npz", {},
        "x.npz: labels of shape (2, 2); expected (n,), one whole number or text per "
        "row"),
    "labels that are complex": ({"x.npz": {"x": GREY, "y": Y + 1j}}, "x.npz", {},
        "x.npz: labels of dtype complex128; expected whole numbers or text"),
    "a label and nothing else": ({"x.npy": np.ones((3, 1))}, "x.npy", {"label": 0},
        "x.npy has one column only: there are no numbers beside the label"),
    "parts of other sizes": ({"x.npz": {"x_train": GREY, "x_test": RGB}}, "x.npz", {},
        "x.npz: the training and the test array have shapes (2, 6, 4) and (2, 6, 4, "
        "3)"),
}

TABLES = {
    "a first row that is short": ({"x.csv": "a,b,kind\n1,2\n3,4,x\n"}, "x.csv", {},
        "x.csv, line 2: 2 cells; expected 3, as in line 1"),
    "empty": ({"x.csv": ""}, "x.csv", {}, "x.csv is empty"),
    "only names": ({"x.csv": "a,b\n"}, "x.csv", {},
        "x.csv has names of columns, but no rows"),
    "text among numbers": ({"x.csv": "age,b\n1,2\n3,4\nabc,5\n"}, "x.csv", {},
        "x.csv, line 4: 'abc' in column 'age' is not a number"),
    "text without names": ({"x.csv": "1,2,3\n3,x,4\n"}, "x.csv", {},
        "x.csv, line 2: 'x' in column 1 is not a number"),
    "lines in quotes": ({"x.csv": 'a,b\n"1\n",2\n3,z\n'}, "x.csv", {},
        "x.csv, line 4: 'z' in column 'b' is not a number"),
    "text in a middle column": ({"x.csv": "a,sex,c\n1,m,2\n2,f,3\n"}, "x.csv", {},
        "x.csv, line 2: 'm' in column 'sex' is not a number"),
    "two columns of text": ({"x.csv": "s,a,t\nm,1,u\nm,2,v\n"}, "x.csv", {},
        "x.csv, line 2: 'm' in column 's' is not a number"),
    "too few cells": ({"x.csv": "a,b,c\n1,2,3\n4,5\n"}, "x.csv", {},
        "x.csv, line 3: 2 cells; expected 3, as in line 1"),
    "an infinity behind a label": ({"x.csv": "label,b,c\nu,1,2\nv,3,inf\n"}, "x.csv",
        {}, "x.csv, line 3: 'inf' in column 'c' is not finite"),
    "too many cells": ({"x.csv": "1,2\n3,4,5\n"}, "x.csv", {},
        "x.csv, line 2: 3 cells; expected 2, as in line 1"),
    "infinity": ({"x.csv": "a,b\n1,2\n1,1e999\n"}, "x.csv", {},
        "x.csv, line 3: 'inf' in column 'b' is not finite"),
    "missing numbers": ({"x.csv": "a,b,c\n1,,3\nNA,?,3\n4,5,6\n"}, "x.csv", {},
        "x.csv lacks 3 numbers (empty, NA, nan or ?), by column: 'a' 1, 'b' 2. Drop "
        "their rows, fill them in (with the column's median, say), or keep them: "
        "load_dataset(missing='mask') for DenoisingAutoencoder(missing='mask')"),
    "missing numbers of the test": (
        {"x.csv": "a,b\n1,2\n3,4\n", "t.csv": "a,b\n1,\n"}, "x.csv", {"test": "t.csv"},
        "t.csv lacks 1 number (empty, NA, nan or ?), by column: 'b' 1. Drop their "
        "rows, fill them in (with the column's median, say), or keep them: "
        "load_dataset(missing='mask') for DenoisingAutoencoder(missing='mask')"),
    "a spreadsheet": ({"x.csv": b"PK\3\4"}, "x.csv", {},
        "x.csv is a spreadsheet or another archive: save it as CSV"),
    "a missing label": ({"x.csv": "a,label\n1,2\n3,\n"}, "x.csv", {},
        "x.csv, line 3: '' in column 'label' is no label"),
    "a label that is none": ({"x.csv": "a,target\n1,2.5\n3,4\n"}, "x.csv", {},
        "x.csv, line 2: '2.5' in column 'target' is no label: expected text or a whole "
        "number (label=none: a column like the others)"),
    "two labels": ({"x.csv": "a,class,target\n1,2,3\n"}, "x.csv", {},
        "x.csv has the columns 'class' and 'target': label=NAME says which is the "
        "label"),
    "an unknown label": ({"x.csv": "a,kind\n1,2\n"}, "x.csv", {"label": "kinds"},
        "label=kinds: x.csv has no such column, but a, kind; did you mean 'kind'?"),
    "a label's number": ({"x.csv": "1,2\n1,2\n"}, "x.csv", {"label": "2"},
        "label=2: x.csv has no such column, but column 0, column 1"),
    "only a label": ({"x.csv": "label\n1\n2\n"}, "x.csv", {},
        "x.csv has no columns of numbers"),
    "a name twice": ({"x.csv": "a,a\n1,2\n"}, "x.csv", {},
        "x.csv has two columns called 'a'"),
    "a label among pixels": ({"x.csv": "\n".join(
        ",".join(map(str, row)) for row in pixels(3, 65))}, "x.csv", {},
        "x.csv has 65 columns of whole numbers up to 255: 8 x 8 pixels and a label? "
        "label=0 takes the first column as label, label=-1 the last, label=none takes "
        "all as numbers"),
    "columns that lack": ({"x.csv": "a,b\n1,2\n3,4\n"}, "x.csv",
        {"columns": ["b", "c"]},
        "x.csv lacks 1 of the 2 columns that are asked for, such as 'c'"),
    "another code": ({"x.csv": "größe\n1\n2\n".encode("latin-1")}, "x.csv", {},
        "x.csv is no UTF-8 text (invalid start byte at byte 2); save it as UTF-8"),
    "not packed": ({"x.csv.gz": b"\x1f\x8bab"}, "x.csv.gz", {},
        "x.csv.gz cannot be read: Compressed file ended before the "
        "end-of-stream marker was reached"),
    "one row": ({"x.csv": "a,b\n1,2\n"}, "x.csv", {},
        "x.csv has one row only; a training and a test part need two"),
    "a colour": ({"x.csv": "a,b\n1,2\n"}, "x.csv", {"colour": False},
        "colour=False: x.csv is a table, to which that means nothing"),
    "a test table without labels": (
        {"x.csv": "a,y\n1,2\n", "t.csv": "a\n1\n"}, "x.csv", {"test": "t.csv"},
        "label=y: t.csv has no such column, but a"),
    "a test table of other columns": (
        {"x.csv": "a,b\n1,2\n", "t.csv": "a,c\n1,2\n"}, "x.csv", {"test": "t.csv"},
        "t.csv lacks 1 of the 2 columns that are asked for, such as 'b'"),
    "a test table that is not there": ({"x.csv": "a,b\n1,2\n"}, "x.csv",
        {"test": "t.csv"}, f"t.csv: no such file or folder; expected {KINDS}"),
}

OPTIONS = {
    "a folder for drawn digits": ({}, "strokes", {"data_dir": "d"},
        "data_dir=d means nothing to strokes; it is the folder of mnist, "
        "fashion-mnist, kmnist"),
    "a folder for a path": ({"x.npy": GREY}, "x.npy", {"data_dir": "d"},
        "data_dir=d means nothing to x.npy; it is the folder of mnist, fashion-mnist, "
        "kmnist"),
    "a size for a name": ({}, "kmnist", {"size": "3x3"},
        "size=3x3 means nothing to kmnist, only to a path"),
    "an unknown scale": ({"x.npy": GREY}, "x.npy", {"scale": "std"},
        "The 'scale' parameter of load_dataset must be a str among {'minmax', 'none', "
        "'standard'}. Got 'std' instead."),
    "no share": ({"x.npy": GREY}, "x.npy", {"test_fraction": 0},
        "The 'test_fraction' parameter of load_dataset must be a float in the range "
        "(0, 1]. Got 0 instead."),
    "integers as dtype": ({"x.npy": GREY}, "x.npy", {"dtype": "int32"},
        "The 'dtype' parameter of load_dataset must be a str among {'float32', "
        "'float64'}. Got 'int32' instead."),
    "an unknown way with what is missing": ({"x.npy": GREY}, "x.npy",
        {"missing": "drop"}, "The 'missing' parameter of load_dataset must be a str "
        "among {'error', 'mask'}. Got 'drop' instead."),
}
EVERY = {f"{kind}: {name}": row for kind, rows in (
    ("place", PLACES), ("idx", IDX), ("pictures", PICTURES), ("array", ARRAYS),
    ("table", TABLES), ("option", OPTIONS)) for name, row in rows.items()}
