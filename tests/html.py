"""Reading pages: html5lib with its faults, at half its price.

A page is mostly plain tags, which html5lib reads character by character and whose names it checks again and again.
Here a plain tag is read by one expression; anything else (references, odd quotes, capitals, faults) goes html5lib's own
way. `tests/unit/test_test_html.py` holds the two to the same trees and the same faults.
"""

from __future__ import annotations

import re
import threading
from functools import lru_cache
from typing import Any

import html5lib
from html5lib import _ihatexml, _tokenizer
from html5lib.constants import tokenTypes

SPACE = r"[ \t\n\f]"
ATTRIBUTE = re.compile(rf'{SPACE}+([a-z][a-z0-9-]*)(?:="([^"&\0]*)")?')
START_TAG = re.compile(rf'([a-z][a-z0-9]*)((?:{SPACE}+[a-z][a-z0-9-]*(?:="[^"&\0]*")?)*){SPACE}*(/?)>')
END_TAG = re.compile(rf"/([a-z][a-z0-9]*){SPACE}*>")

_names = _ihatexml.InfosetFilter(preventDoubleDashComments=True)
_checked = {
    "coerceElement": lru_cache(_names.coerceElement),
    "coerceAttribute": lru_cache(_names.coerceAttribute),
    "fromXmlName": lru_cache(_names.fromXmlName),
}
_own = threading.local()


class _Tokenizer(_tokenizer.HTMLTokenizer):  # type: ignore[misc]  # html5lib has no types
    def tagOpenState(self) -> bool:
        return self._plain_tag() or bool(super().tagOpenState())

    def _plain_tag(self) -> bool:
        """Read the tag that begins here if it is plain; without it, nothing has happened."""
        stream = self.stream
        if found := END_TAG.match(stream.chunk, stream.chunkOffset):
            kind, name, attributes, closed = "EndTag", found[1], [], False
        elif found := START_TAG.match(stream.chunk, stream.chunkOffset):
            kind, name, closed = "StartTag", found[1], found[3] == "/"
            attributes = ATTRIBUTE.findall(found[2])
        else:
            return False
        data = _tokenizer.attributeMap(attributes) if kind == "StartTag" else []
        if len(data) < len(attributes):  # one of them stands twice
            return False
        self.currentToken = {
            "type": tokenTypes[kind],
            "name": name,
            "data": data,
            "selfClosing": closed,
            "selfClosingAcknowledged": False,
        }
        stream.chunkOffset = found.end()
        self.tokenQueue.append(self.currentToken)
        self.state = self.dataState
        return True


def _set_attributes(element: Any, attributes: dict[Any, str]) -> None:
    """All at once; the new element of a page's tag has none yet."""
    kept = element._element.attrib
    kept.clear()
    if attributes:
        kept.update({element._attributes._coerceKey(key): value for key, value in attributes.items()})


class _Parser(html5lib.HTMLParser):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(tree=html5lib.getTreeBuilder("lxml"), namespaceHTMLElements=False)
        vars(self.tree.infosetFilter).update(_checked)
        element = self.tree.elementClass  # a class of this builder's own
        element.attributes = property(element._getAttributes, _set_attributes)

    def _parse(self, stream: str, *_for_fragments: Any) -> None:
        self.innerHTMLMode, self.container, self.scripting = False, "div", False
        self.tokenizer = _Tokenizer(stream, parser=self)
        self.reset()
        self.mainLoop()


def parse(text: str) -> tuple[Any, list[Any]]:
    """The tree of a page (lxml), and html5lib's faults in it: (position, code, details)."""
    if not hasattr(_own, "parser"):  # making one costs more than reading a page with it; each thread has its own
        _own.parser = _Parser()
    tree = _own.parser.parse(text)
    return tree, list(_own.parser.errors)
