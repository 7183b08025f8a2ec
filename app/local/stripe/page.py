"""The hosted payment page: plain HTML, no script, English and Spanish, plainly a practice page."""

from __future__ import annotations

from html import escape
from typing import Any

from app.local.stripe.store import Object

STYLE = """
body { margin: 0; font: 1.0625rem/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; }
main { max-width: 30rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; }
.practice { border: 2px solid #1b1b1b; padding: .75rem; font-weight: 700; }
.amount { font-size: 2rem; margin: .25rem 0; }
.alert { border-left: .5rem solid #b50909; background: #f4e3db; padding: .75rem; }
button { display: block; width: 100%; margin: .75rem 0; padding: .875rem; font: inherit; font-weight: 700;
  color: #fff; background: #005ea2; border: 2px solid #005ea2; border-radius: .25rem; cursor: pointer; }
button.other { color: #005ea2; background: #fff; }
a { color: #005ea2; }
:focus-visible { outline: .25rem solid #2491ff; outline-offset: 2px; }
"""

_TEXTS = {
    "en": {
        "title": "Practice payment",
        "practice": "This is a practice payment page. No money moves, and no card is needed.",
        "heading": "Make a payment",
        "card": "Pay by card",
        "declined": "Try a card that is declined",
        "bank": "Pay by bank account",
        "cancel": "Cancel and go back",
        "was_declined": "Your card was declined. Nothing was paid. You can try again.",
        "complete": "This payment is already done.",
        "expired": "This payment page has expired. Nothing was paid.",
        "missing": "This payment page does not exist.",
        "back": "Go back",
    },
    "es": {
        "title": "Pago de práctica",
        "practice": "Esta es una página de pago de práctica. No se mueve dinero y no se necesita tarjeta.",
        "heading": "Hacer un pago",
        "card": "Pagar con tarjeta",
        "declined": "Probar una tarjeta rechazada",
        "bank": "Pagar con cuenta bancaria",
        "cancel": "Cancelar y volver",
        "was_declined": "Su tarjeta fue rechazada. No se pagó nada. Puede intentarlo de nuevo.",
        "complete": "Este pago ya está hecho.",
        "expired": "Esta página de pago ha caducado. No se pagó nada.",
        "missing": "Esta página de pago no existe.",
        "back": "Volver",
    },
}


def language(session: Object | None, accepted: str) -> str:
    """The session's locale, else what the browser asks for."""
    wanted = (session or {}).get("locale") or "auto"
    if wanted == "auto":
        wanted = accepted.strip().lower()
    return "es" if wanted.startswith("es") else "en"


def success_address(session: Object) -> str:
    """Where a payer goes after paying."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def render(session: Object | None, names: list[str], accepted: str, *, declined: bool = False) -> str:
    """The page for a session in any state (None: there is no such session)."""
    tongue = language(session, accepted)
    texts = _TEXTS[tongue]
    if session is None:
        content = f"<h1>{texts['missing']}</h1>"
    elif session["status"] == "open":
        content = _form(session, names, texts, declined=declined)
    else:
        where = success_address(session) if session["status"] == "complete" else session["cancel_url"]
        link = f'<p><a href="{escape(where)}">{texts["back"]}</a></p>' if where else ""
        content = f"<h1>{texts[session['status']]}</h1>{link}"
    return (
        f'<!doctype html><html lang="{tongue}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{texts["title"]}</title><link rel="stylesheet" href="/c/style.css"></head>'
        f'<body><main><p class="practice">{texts["practice"]}</p>{content}</main></body></html>'
    )


def _form(session: Object, names: list[str], texts: dict[str, str], *, declined: bool) -> str:
    alert = f'<p class="alert" role="alert">{texts["was_declined"]}</p>' if declined else ""
    items = "".join(f"<p>{escape(name)}</p>" for name in names)
    actions: list[Any] = ["card", "declined"]
    if "us_bank_account" in session["payment_method_types"]:
        actions.append("bank")
    if session["cancel_url"]:
        actions.append("cancel")
    buttons = "".join(
        f'<button name="action" value="{action}"{"" if action == "card" else " class=other"}>{texts[action]}</button>'
        for action in actions
    )
    dollars = f"${session['amount_total'] / 100:,.2f} {escape(session['currency'].upper())}"
    return (
        f'{alert}<h1>{texts["heading"]}</h1>{items}<p class="amount">{dollars}</p><form method="post">{buttons}</form>'
    )
