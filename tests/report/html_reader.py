"""Read a page for tests: elements with their attributes and text, tables as rows of cells."""

from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Element:
    def __init__(self, name, attributes, parent):
        self.name, self.attributes, self.parent = name, dict(attributes), parent
        self.children, self.words = [], []

    def all(self, name=None):
        for child in self.children:
            if name is None or child.name == name:
                yield child
            yield from child.all(name)

    def one(self, **attributes):
        (found,) = [e for e in self.all() if all(e.attributes.get(k) == v for k, v in attributes.items())]
        return found

    def text(self):
        return "".join(self.words) if not self.children else "".join(self._pieces())

    def _pieces(self):
        for piece in self.words:
            yield piece if isinstance(piece, str) else piece.text()


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.root = self.here = Element("root", [], None)

    def handle_starttag(self, tag, attrs):
        made = Element(tag, attrs, self.here)
        self.here.children.append(made)
        self.here.words.append(made)
        if tag not in VOID:
            self.here = made

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.here.name == tag, f"<{self.here.name}> closed as </{tag}>"
        self.here = self.here.parent

    def handle_data(self, data):
        self.here.words.append(data)


def read(page):
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.here is reader.root, "an element is not closed"
    return reader.root


def rows(table):
    """Give a table's rows as lists of text, the header first."""
    return [[cell.text() for cell in row.children] for row in table.all("tr")]


def table(root, caption):
    (found,) = [t for t in root.all("table") if next(t.all("caption")).text() == caption]
    return rows(found)
