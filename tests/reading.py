"""A page as it is read: its tables, tiles, fields, links and sections by their names, whatever their tags are."""

from html.parser import HTMLParser

_VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
_UNREAD = {"style", "script"}
_SPACED = {"br", "td", "th", "li", "p", "dt", "dd", "option", "summary", "h1", "h2", "h3", "div", "label", "button"}
_HEADINGS = {"h1", "h2", "h3"}


class Element:
    """One element of a page, or all of it."""

    def __init__(self, tag="", attributes=(), parent=None):
        self.tag, self.attributes, self.parent = tag, dict(attributes), parent
        self.children = []

    def __iter__(self):
        """Go over all elements inside, in their order."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child

    def all(self, *tags):
        return [one for one in self if one.tag in tags]

    @property
    def text(self):
        """What is read of it, with single plain spaces."""
        return " ".join("".join(self._texts()).split())

    def _texts(self):
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in _UNREAD:
                yield from (" ", *child._texts(), " ") if child.tag in _SPACED else child._texts()

    @property
    def raw(self):
        """Its text as it is, as of a textarea."""
        return "".join(child for child in self.children if isinstance(child, str))

    def section(self, name):
        """Return the part that has this name: by its label, or by its heading."""
        return next(one for one in self if one._name(self) == name)

    def _name(self, page):
        if "aria-label" in self.attributes:
            return self.attributes["aria-label"]
        if self.tag in ("section", "form"):
            return next((one.text for one in self if one.tag in _HEADINGS), None)
        return next((one.text for one in self.all("legend")), None) if self.tag == "fieldset" else None

    def table(self, name):
        """Return the rows of a table, each as what stands in it under which column."""
        body = self.section(name)
        columns = [cell.text for cell in next(iter(body.all("thead"))).all("th")]
        rows = [row.all("th", "td") for row in next(iter(body.all("tbody"))).all("tr")]
        return [dict(zip(columns, (cell.text for cell in row), strict=True)) for row in rows]

    def tile(self, name):
        """Return the value of a term."""
        return next(one.all("dd")[0].text for one in self.all("div") if [term.text for term in one.all("dt")] == [name])

    def field(self, label):
        """Return what a field holds: text, the chosen option, or whether it is ticked."""
        named = next(one for one in self.all("label") if one.text.startswith(label))
        inside = named.all("input")
        field = (
            inside[0] if inside else next(one for one in self if one.attributes.get("id") == named.attributes["for"])
        )
        if field.tag == "select":
            options = field.all("option")
            return next((one.text for one in options if "selected" in one.attributes), options[0].text)
        if field.attributes.get("type") in ("checkbox", "radio"):
            return "checked" in field.attributes
        # A browser drops the line break after the tag.
        return field.raw.removeprefix("\n") if field.tag == "textarea" else field.attributes.get("value", "")

    def hidden(self, name):
        """Return what a hidden field of that name sends."""
        return next(one for one in self.all("input") if one.attributes.get("name") == name).attributes["value"]

    def link(self, text):
        """Return where a link leads."""
        return next(one.attributes["href"] for one in self.all("a") if one.text == text)

    @property
    def items(self):
        return [one.text for one in self.all("li")]

    @property
    def buttons(self):
        return [one.text for one in self.all("button")]


class _Parser(HTMLParser):
    def __init__(self):
        super().__init__()
        self.page = self.here = Element()

    def handle_starttag(self, tag, attributes):
        element = Element(tag, attributes, self.here)
        self.here.children.append(element)
        if tag not in _VOID:
            self.here = element

    def handle_endtag(self, tag):
        assert self.here.tag == tag, f"</{tag}> ends <{self.here.tag}>"
        self.here = self.here.parent

    def handle_data(self, data):
        self.here.children.append(data)


def read(body):
    """Return a page to be read; every tag of it must end where it should."""
    parser = _Parser()
    parser.feed(body)
    parser.close()
    assert parser.here is parser.page, f"<{parser.here.tag}> does not end"
    return parser.page
