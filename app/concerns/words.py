"""Concerns in words, and the general procedure of courts that have written none."""

from __future__ import annotations

from app.concerns.rules import Danger, Place, Step
from app.core.i18n import LazyString, current_language
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from tenants.care import Concerns

DANGER_WORDS: dict[Danger, LazyString] = {
    Danger.SUICIDE: _l("Somebody may hurt themselves"),
    Danger.CHILD: _l("A child may be at risk"),
    Danger.VICTIM: _l("Somebody may be held or exploited now"),
    Danger.THREAT: _l("Somebody may hurt another person"),
}
PLACE_WORDS: dict[Place, LazyString] = {
    Place.REFLECTION: _l("In a reflection"),
    Place.CHECK_IN: _l("In a check-in"),
    Place.QUIZ: _l("In the lessons"),
    Place.CASE: _l("In the case"),
}
STEP_WORDS: dict[Step, LazyString] = {
    Step.SEEN: _l("Seen"),
    Step.CALLED: _l("Called"),
    Step.HANDED_OVER: _l("Handed over"),
    Step.CLOSED: _l("Closed"),
    Step.PASSED_ON: _l("Not seen in time: others were asked"),
}


def procedure(rules: Concerns) -> list[str]:
    """What to do, a paragraph each, in the reader's language: the court's own words, else general ones."""
    texts = {str(language): text for language, text in rules.procedure.items()}
    own = texts.get(current_language()) or next(iter(texts.values()), "")
    if own:
        return [part.strip() for part in own.split("\n\n") if part.strip()]
    return [
        _("If somebody is in danger right now, call 911 first. Say what you read and where the person may be."),
        _("If somebody may hurt themselves: 988 also advises you on what to do and say."),
        _(
            "If a child may be at risk: many people are required by law to report it themselves, at once. Telling "
            "the court does not replace that. Childhelp tells you where to report."
        ),
        _(
            "If somebody may be held or exploited: call the National Human Trafficking Hotline. Do not contact the "
            "person who may be holding them."
        ),
        _("Do not investigate, and do not promise to keep it secret. Write down what you saw, in the person's words."),
    ]
