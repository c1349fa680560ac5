"""What a call that fails must leave as it was: attributes of a model, files."""

from estimators import CLASSES, data, labels_of
from readings import bits

X, Y = data(seed=1)
LABELS = {name: labels_of(cls.fit, Y) for name, cls in CLASSES.items()}


class Everything:
    """A model's attributes and a folder's files, as they were.

    The attributes must stay the same objects with the same bits.
    """

    def __init__(self, model, folder):
        self.model, self.folder = model, folder
        self.attributes, self.bits = vars(model).copy(), bits(vars(model))
        self.files = self.content()

    def content(self):
        return {path.name: path.read_bytes() for path in self.folder.iterdir()
                if path.is_file()}

    def assert_unchanged(self, call):
        now = vars(self.model)
        assert list(now) == list(self.attributes), call
        assert all(now[n] is value for n, value in self.attributes.items()), call
        assert bits(now) == self.bits, call
        assert self.content() == self.files, call
