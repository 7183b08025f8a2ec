"""What the pages of a court and those of the facilitators' one queue have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.accountability.forms import shown_answers
from app.accountability.lookups import ForReview
from app.accountability.services import note_reading
from app.cases.lookups import names_of
from app.cases.rules import STATE_WORDS
from app.concerns.pages import raise_page
from app.concerns.rules import Place as SeenIn
from app.core import clock
from app.core.errors import Refused
from app.core.i18n import LANGUAGES
from app.core.i18n import gettext as _
from app.learning import reviewing
from app.learning.pseudonym import pseudonym
from app.permissions.identity import Identity
from app.reviews import flags, services
from app.reviews.forms import DecideForm, FlagForm
from app.reviews.history import TONES, Said, beside, lesson_words, veiled
from app.reviews.models import ReviewItem
from app.reviews.queue import Place, Subject, Wanted, subject_for
from app.reviews.rules import FlagReason, Kind, holder
from app.reviews.words import KIND_WORDS, kind_words, language_words, wait_words
from app.web.forms import PortalForm
from app.web.templating import show_time
from tenants.database import transaction

SEEN_IN = {Kind.REFLECTION: SeenIn.REFLECTION, Kind.CHECK_IN: SeenIn.CHECK_IN, Kind.QUIZ: SeenIn.QUIZ}


@dataclass(frozen=True)
class Way:
    """The addresses around one item: the queue, the item, flagging it, and raising a concern (if one may)."""

    queue: str
    item: str
    flag: str
    concern: str | None = None
    case: str | None = None


@dataclass(frozen=True)
class ShownRow:
    """A row of the list, in words."""

    who: str
    url: str
    kind: str
    language: str
    wait: str
    taken: str
    court: str = ""


def wanted_from_address(kinds: Sequence[Kind]) -> Wanted:
    """What the address asks for; anything unknown is as if it were not there."""
    kind, language = request.args.get("kind", ""), request.args.get("language", "")
    return Wanted(
        kind=Kind(kind) if kind in list(kinds) else None,
        language=language if language in LANGUAGES else None,
        after=_place(request.args.get("after", "")),
    )


def _place(text: str) -> Place | None:
    instant, _gap, key = text.partition("_")
    try:
        found = Place(datetime.fromisoformat(instant), UUID(key))
    except ValueError:
        return None
    return found if found.since.tzinfo is not None else None


def filter_words(kinds: Sequence[Kind], wanted: Wanted) -> dict[str, Any]:
    """What the two lists above the queue offer, and what is chosen."""
    return {
        "kinds": [(str(kind), str(KIND_WORDS[kind])) for kind in kinds],
        "languages_of_items": [(code, language_words(code)) for code in LANGUAGES],
        "wanted": wanted,
    }


def next_url(base: str, wanted: Wanted, after: Place | None) -> str:
    """The address of the next page; empty where there is none."""
    if after is None:
        return ""
    asked = {"kind": wanted.kind, "language": wanted.language, "after": f"{after.since.isoformat()}_{after.id}"}
    return f"{base}?{urlencode({name: str(value) for name, value in asked.items() if value})}"


def taken_words(item: ReviewItem, me: UUID | None, name: str, zone: str) -> str:
    """Who is reviewing an item, and until when; empty for nobody."""
    now = clock.now()
    who = holder(item.claimed_by, item.claimed_until, now)
    if who is None or item.claimed_until is None:
        return ""
    until = show_time(clock.local(item.claimed_until, zone).time())
    if who == me:
        return str(_("You, until %(time)s", time=until))
    return str(_("%(name)s, until %(time)s", name=name or _("Somebody else"), time=until))


def participant(code: str) -> str:
    return str(_("Participant %(code)s", code=code))


def who_is(subject: Subject) -> str:
    """The participant's name for those who may know it; the code for facilitators."""
    if subject.enrollment is not None:
        return str(subject.enrollment.referral.person.full_name)
    return participant(pseudonym(subject.enrollment_id))


# --- one item --------------------------------------------------------------------------------------------------------


def item_page(
    identity: Identity, kind: Kind, subject_id: UUID, way: Way, *, zone: str, elsewhere: int = 0
) -> ResponseReturnValue:
    """Read, take, decide. `elsewhere`: how much this person has read today at other courts. Raises NotFound."""
    subject = subject_for(identity, kind, subject_id)
    try:
        services.require_within_limit(subject, actor=identity, elsewhere=elsewhere)
    except Refused as enough:
        return make_response(render_template("reviews/enough.html", words=enough.message, way=way), 429)
    form = DecideForm()
    if request.method == "POST" and (done := request.form.get("do")) in ("take", "let_go"):
        return _take_or_let_go(identity, subject, way, take=done == "take")
    if form.validate_on_submit():
        try:
            _decide(identity, subject, form)
            return redirect(way.queue, 303)
        except Refused as refused:
            form.show(refused)
            subject = _fresh(identity, subject)
    if request.method == "GET":
        _note_reading(identity, subject)
    page = render_template(
        "reviews/item.html", form=form, take_form=PortalForm(), way=way, **_shown(identity, subject, zone)
    )
    return page, (422 if form.errors else 200)


def _fresh(identity: Identity, subject: Subject) -> Subject:
    return subject_for(identity, subject.kind, subject.row.id)


def _take_or_let_go(identity: Identity, subject: Subject, way: Way, *, take: bool) -> ResponseReturnValue:
    if not PortalForm().validate_on_submit():
        return redirect(way.item, 303)
    if not take:
        services.let_go(subject.kind, subject.row.id, actor=identity)
        flash(_("It waits for whoever comes next."), "success")
        return redirect(way.queue, 303)
    if not services.take(subject.kind, subject.row.id, actor=identity):
        flash(_("Somebody else was quicker: it is being reviewed now."), "info")
    return redirect(way.item, 303)


def _decide(identity: Identity, subject: Subject, form: DecideForm) -> None:
    accept = not {"return", "give_back"} & set(request.form)
    with transaction():
        if not form.claim("reviews.decide").first:
            return
        services.decide(subject.kind, subject.row.id, accept=accept, feedback=form.feedback.data or "", actor=identity)
    if subject.kind is Kind.QUIZ:
        flash(_("The quiz is open again."), "success")
    else:
        flash(_("Accepted.") if accept else _("Returned with your note."), "success")


def _note_reading(identity: Identity, subject: Subject) -> None:
    if subject.kind is Kind.REFLECTION:
        reviewing.open_for_review(subject.row.id, actor=identity)
    elif subject.kind is Kind.CHECK_IN:
        note_reading(ForReview(subject.row, subject.enrollment_id, subject.enrollment), actor=identity)


def _shown(identity: Identity, subject: Subject, zone: str) -> dict[str, Any]:
    item, row = subject.item, subject.row
    held = holder(item.claimed_by, item.claimed_until, clock.now()) if item is not None else None
    name = names_of([held]).get(held, "") if held is not None else ""
    return {
        "who": who_is(subject),
        "kind": subject.kind,
        "row": row,
        "item": item,
        "language": language_words(item.language) if item is not None else "",
        "wait": wait_words(item.waiting_since, clock.now()) if item is not None else "",
        "mine": held is not None and held == identity.id,
        "other": held is not None and held != identity.id,
        "taken": taken_words(item, identity.id, name, zone) if item is not None else "",
        "beside": beside(subject.enrollment_id, identity, but=row.id),
        **_content(subject),
    }


def _content(subject: Subject) -> Mapping[str, Any]:
    """What is read, and what to look for."""
    if subject.kind is Kind.REFLECTION:
        read = reviewing.to_read(subject.row)
        title, task = lesson_words(subject.row, read.version_id)
        said = veiled([(_("What the participant wrote"), subject.row.text)])
        criteria = [one.text.words(read.language) for one in read.lesson.rubric]
        return {"title": title, "task": task, "said": said, "criteria": criteria, "state": None}
    if subject.kind is Kind.CHECK_IN:
        row = subject.row
        return {
            "title": _("Check-in %(number)s", number=row.number),
            "task": "",
            "said": veiled(shown_answers(row.answers)),
            "criteria": check_in_criteria(),
            "state": (STATE_WORDS["check-in"][row.state], TONES.get(row.state, "neutral")),
        }
    return {"title": kind_words(subject.kind), "task": "", "said": list[Said](), "criteria": [], "state": None}


def check_in_criteria() -> list[str]:
    """What every check-in is read for; no court has its own."""
    return [
        _("It says how the commitments of the plan go, also when it has been hard."),
        _("It answers what was asked, in the person's own words. A few words are enough."),
        _("A hard month, honestly told, is an accepted check-in. Nobody is asked to sound sorry."),
    ]


# --- a flag, a concern -----------------------------------------------------------------------------------------------


def flag_page(identity: Identity, kind: Kind, subject_id: UUID, way: Way) -> ResponseReturnValue:
    """Ask a lead facilitator or a supervisor to look. Raises NotFound."""
    subject = subject_for(identity, kind, subject_id)
    form = FlagForm()
    if form.validate_on_submit():
        try:
            with transaction():
                if form.claim("reviews.flag").first:
                    flags.flag(kind, subject_id, FlagReason(form.reason.data), form.words.data or "", actor=identity)
            flash(
                _("Somebody will look at it and answer you. It changes nothing for the participant."),
                "success",
            )
            return redirect(way.item, 303)
        except Refused as refused:
            form.show(refused)
    page = render_template("reviews/flag.html", form=form, way=way, who=who_is(subject))
    return page, (422 if form.errors else 200)


def concern_page_of(
    identity: Identity, kind: Kind, subject_id: UUID, way: Way, *, answer: Callable[[UUID], str]
) -> ResponseReturnValue:
    """Raise a concern about somebody from what is being read. Raises NotFound."""
    subject = subject_for(identity, kind, subject_id)
    return raise_page(
        identity, subject.enrollment_id, who=who_is(subject), place=SEEN_IN[kind], back=way.item, answer=answer
    )
