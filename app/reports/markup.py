"""The HTML of a report as the tree that the library walks, read by the XML parser that comes with Python.

The library reads HTML as browsers do, which takes a sixth of a report's time. Our templates are well formed (each
element is closed, each `tbody` written, no named characters), so a plain parser gives the same tree. Whatever is not
well formed, or declares anything, goes the library's way.
"""

import io
from types import SimpleNamespace
from typing import Any, Final
from xml.dom.minidom import Document, Element  # building only
from xml.parsers import expat

from xhtml2pdf import parser as pisa_parser

# Between these elements there is nothing to read but the templates' own line ends.
NO_TEXT: Final = frozenset({"#document", "html", "head"})
WHITE: Final = " \t\n\f\r"


class NotPlainError(Exception):
    """The document is no plain, well-formed one."""


def read(source: bytes) -> Document:
    """The tree of a well-formed UTF-8 document.

    Raises:
        NotPlainError: it is not well formed, not whole, declares an entity, or has text outside the body.
    """
    document = Document()
    path: list[Any] = [document]

    def start(name: str, attributes: list[str]) -> None:
        if len(path) == 1 and name != "html":
            raise NotPlainError("a part of a document")
        element = Element(name)
        element.ownerDocument = document
        for key, value in zip(attributes[::2], attributes[1::2], strict=True):
            element.setAttribute(key, value)
        path[-1].appendChild(element)
        path.append(element)

    def end(_name: str) -> None:
        path.pop()

    def text(data: str) -> None:
        if path[-1].nodeName not in NO_TEXT:
            words = data.lstrip(WHITE)
            # The library's own reader gives leading white space a node of its own, and it matters to the spacing.
            for piece in (data[: len(data) - len(words)], words):
                if piece:
                    path[-1].appendChild(document.createTextNode(piece))
        elif data.strip():
            raise NotPlainError("text outside the body")

    def refuse(*_declaration: object) -> None:
        raise NotPlainError("a declaration")

    reader = expat.ParserCreate("utf-8")
    reader.buffer_text = True
    reader.ordered_attributes = True
    reader.StartElementHandler, reader.EndElementHandler, reader.CharacterDataHandler = start, end, text
    reader.EntityDeclHandler = reader.ProcessingInstructionHandler = reader.StartCdataSectionHandler = refuse
    try:
        reader.Parse(source, True)
    except expat.ExpatError as error:
        raise NotPlainError("not well formed") from error
    return document


def install() -> None:
    """Let the library read plain documents so."""
    theirs = pisa_parser.html5lib

    class Reader:
        def __init__(self, **options: Any) -> None:
            self.options = options

        def parse(self, source: Any, **encoding: str) -> Any:
            content = source.read()
            try:
                return read(content)
            except NotPlainError:
                return theirs.HTMLParser(**self.options).parse(io.BytesIO(content), **encoding)

    pisa_parser.html5lib = SimpleNamespace(HTMLParser=Reader)
