"""Pages about how a version does: its quiz questions in figures, and who is on it."""

from __future__ import annotations

from uuid import UUID

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from app.core.csv_files import CSV_TYPE, csv_file
from app.core.i18n import LANGUAGES
from app.core.i18n import gettext as _
from app.curriculum.lookups import content_of
from app.curriculum.schema import ModuleContent
from app.operator.curriculum import lookups
from app.operator.curriculum.counting.lookups import COURTS_SHOWN, Use, quiz_figures, use_by_court, use_of
from app.operator.curriculum.counting.rules import FEWEST_PEOPLE, FEWEST_TO_COMPARE, FLAG_WORDS
from app.operator.pages import pages


def _asked(slug: str, version_id: UUID) -> tuple[lookups.Version, ModuleContent, str]:
    version = lookups.the_version(slug, version_id)
    content = content_of(version.id)
    language = request.args.get("language", "")
    return version, content, language if language in content.languages else content.languages[0]


@pages.get("/modules/<slug>/<uuid:version_id>/questions")
def questions(slug: str, version_id: UUID) -> ResponseReturnValue:
    """How each question of the version's quiz does in one language."""
    version, content, language = _asked(slug, version_id)
    return render_template(
        "operator/curriculum/questions.html",
        version=version,
        content=content,
        language=language,
        language_names=LANGUAGES,
        quizzes=quiz_figures(content, language),
        flag_words=FLAG_WORDS,
        fewest=FEWEST_PEOPLE,
        to_compare=FEWEST_TO_COMPARE,
    )


@pages.get("/modules/<slug>/<uuid:version_id>/questions.csv")
def questions_csv(slug: str, version_id: UUID) -> ResponseReturnValue:
    """The same in every language of the version, an answer a line."""
    version, content, _language = _asked(slug, version_id)
    heads = [
        *(_("Module"), _("Version"), _("Language"), _("Quiz"), _("Question"), _("Asked"), _("Times drawn")),
        *(_("People, first try"), _("Right at first try (percent)"), _("Discrimination"), _("Answer")),
        *(_("Right answer"), _("People who chose it"), _("Look at")),
    ]
    rows: list[list[object]] = []
    for language in content.languages:
        for quiz in quiz_figures(content, language):
            for item in quiz.items:
                for chosen in item.options:
                    rows.append(
                        [
                            *(slug, version.number, language, quiz.lesson.slug, item.question.id),
                            *(item.question.prompt.words(language), item.drawn, item.people, item.percent_right),
                            "" if item.discrimination is None else f"{item.discrimination:.2f}",
                            *(chosen.option.text.words(language), _("Yes") if chosen.option.right else _("No")),
                            _people(item.people, chosen.people),
                            " ".join(str(FLAG_WORDS[flag]) for flag in item.flags),
                        ]
                    )
    answer = Response(csv_file([heads, *rows]), content_type=CSV_TYPE)
    answer.headers["Content-Disposition"] = f"attachment; filename=questions-{slug}-{version.number}.csv"
    return answer


def _people(all_people: int | None, people: int | None) -> object:
    if all_people is None:
        return ""
    return _("fewer than %(num)s", num=FEWEST_PEOPLE) if people is None else people


@pages.get("/modules/<slug>/<uuid:version_id>/people")
def who_is_on_it(slug: str, version_id: UUID) -> ResponseReturnValue:
    """How many enrollments of each court are pinned to a version."""
    version = lookups.the_version(slug, version_id)
    found = use_by_court(version.id, request.args.get("after", "")[:40])
    shown = found[:COURTS_SHOWN]
    return render_template(
        "operator/curriculum/who_is_on_it.html",
        version=version,
        content=content_of(version.id),
        use=use_of([version.id]).get(version.id, Use()),
        rows=shown,
        more=shown[-1].slug if len(found) > len(shown) else "",
    )
