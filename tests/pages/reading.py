"""A page as its reader has it: the words, the tables and the links, without the tags."""

import re
from html.parser import HTMLParser

_VOID = {"meta", "link", "input", "br", "hr", "img"}


class Element:
    """A tag with its attributes; children are elements and strings."""

    def __init__(self, tag, attributes=()):
        self.tag, self.attributes, self.children = tag, dict(attributes), []

    @property
    def text(self):
        parts = (child if isinstance(child, str) else child.text for child in self.children)
        return " ".join(" ".join(parts).split())

    def all(self, tag, **attributes):
        """Every element inside with that tag and these attributes, in order."""
        for child in self.children:
            if isinstance(child, Element):
                if child.tag == tag and attributes.items() <= child.attributes.items():
                    yield child
                yield from child.all(tag, **attributes)

    def one(self, tag, **attributes):
        (found,) = self.all(tag, **attributes)
        return found

    def section(self, heading):
        """The section that the heading with this id names."""
        return self.one("section", **{"aria-labelledby": heading})

    def table(self):
        """The cells' words of each line of the one table, without the headings."""
        lines = self.one("tbody").all("tr")
        return [
            [cell.text for cell in line.children if getattr(cell, "tag", "") in ("td", "th")]
            for line in lines
        ]


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = Element("root")
        self.open = [self.root]

    def handle_starttag(self, tag, attrs):
        element = Element(tag, attrs)
        self.open[-1].children.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.open[-1].children.append(Element(tag, attrs))

    def handle_endtag(self, tag):
        if tag not in _VOID:
            assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
            self.open.pop()

    def handle_data(self, data):
        self.open[-1].children.append(data)


def read(answer):
    """The answer's page; fails for one that is not 200 or whose tags do not close in order."""
    assert answer.status_code == 200, answer
    reader = _Reader()
    reader.feed(re.sub(r"<!DOCTYPE html>", "", answer.content.decode()))
    assert reader.open == [reader.root]
    return reader.root
