"""QR codes as small PNGs: black on white with their quiet zone, the same bytes for the same text."""

import base64
import io

import segno


def qr_png(text: str, *, pixels_per_module: int = 4) -> bytes:
    """A PNG of the text at error level M (15 % of the symbol may be damaged), four modules of quiet zone."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="png", scale=pixels_per_module, border=4)
    return out.getvalue()


def qr_data_uri(text: str) -> str:
    """The PNG as a `data:` address, for a document that may fetch nothing."""
    return "data:image/png;base64," + base64.b64encode(qr_png(text)).decode("ascii")
