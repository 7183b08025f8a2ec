"""A reading as safe HTML, whole or in parts: its text, its charts as tables, the survivor's slot, its sources."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup

from app.core.i18n import gettext as _
from app.core.i18n import in_language
from app.curriculum.lessons import Chart, ReadingLesson, SurvivorSlot
from app.curriculum.parts import Fact
from app.curriculum.render import render_markdown
from app.curriculum.schema import ModuleContent

# About two minutes of reading: short enough for a phone, long enough not to be a chore of buttons.
PART_WORDS = 250
_SECTION = re.compile(r"(?=<h2>)")
_TAG = re.compile(r"<[^>]*>")


def render_reading(module: ModuleContent, lesson: ReadingLesson, language: str) -> Markup:
    """The whole reading in `language`, headings from h2 down. Raises MissingTranslation; never mixes languages."""
    return Markup("\n").join(reading_parts(module, lesson, language))


def reading_parts(
    module: ModuleContent, lesson: ReadingLesson, language: str, *, with_slot: bool = True
) -> list[Markup]:
    """The reading cut before its main headings into parts of about PART_WORDS words; charts and sources come last.

    `with_slot`: with the facts that stand where a survivor's recorded words are to be; without, when those are shown.
    """
    with in_language(language):
        parts = _cut(render_markdown(lesson.body.words(language)))
        rest = [_chart(module, chart, language) for chart in lesson.charts]
        if lesson.survivor_slot is not None and with_slot:
            rest.append(_slot(module, lesson.survivor_slot, language))
        rest.append(render_sources(module, _cited(lesson)))
    parts[-1] = Markup("\n").join(part for part in [parts[-1], *rest] if part)
    return parts


def _cut(body: Markup) -> list[Markup]:
    parts: list[str] = []
    for section in _SECTION.split(body):
        if parts and _word_count(parts[-1]) < PART_WORDS:
            parts[-1] += section
        else:
            parts.append(section)
    if len(parts) > 1 and _word_count(parts[-1]) < PART_WORDS // 3:
        tail = parts.pop()
        parts[-1] += tail
    # Cut between whole blocks of HTML that render_markdown has made safe.
    return [Markup(part) for part in parts]  # noqa: S704 - see the line above


def _word_count(html: str) -> int:
    return len(_TAG.sub(" ", html).split())


def _cited(lesson: ReadingLesson) -> list[str]:
    slot_facts = lesson.survivor_slot.facts if lesson.survivor_slot is not None else ()
    cited = [*lesson.sources, *(chart.source for chart in lesson.charts), *(fact.source for fact in slot_facts)]
    return list(dict.fromkeys(cited))


def _chart(module: ModuleContent, chart: Chart, language: str) -> Markup:
    row = Markup('<tr><th scope="row">{}</th><td class="text-right">{}</td></tr>')
    rows = Markup("").join(row.format(bar.label.words(language), f"{bar.value:g}") for bar in chart.bars)
    return Markup(
        '<figure class="margin-x-0"><table class="usa-table"><caption>{title}</caption>'
        '<thead><tr><th scope="col">{group}</th><th scope="col">{unit}</th></tr></thead><tbody>{rows}</tbody></table>'
        "<figcaption>{source}</figcaption></figure>"
    ).format(
        title=chart.title.words(language),
        group=_("Group"),
        unit=chart.unit.words(language),
        rows=rows,
        source=_("Source: %(name)s", name=_name(module, chart.source)),
    )


def _slot(module: ModuleContent, slot: SurvivorSlot, language: str) -> Markup:
    facts = Markup("").join(_fact(module, fact, language) for fact in slot.facts)
    return Markup('<div class="usa-summary-box"><p>{}</p><ul class="usa-list">{}</ul></div>').format(
        slot.placeholder.words(language), facts
    )


def _fact(module: ModuleContent, fact: Fact, language: str) -> Markup:
    return Markup("<li>{} ({})</li>").format(fact.text.words(language), _name(module, fact.source))


def _name(module: ModuleContent, source_id: str) -> str:
    source = module.source(source_id)
    return f"{source.publisher}, {source.year}" if source.year else source.publisher


def render_sources(module: ModuleContent, cited: Sequence[str]) -> Markup:
    """Sources as a list under a heading of the page's language; nothing when there are none."""
    if not cited:
        return Markup("")
    item = Markup('<li><cite>{}</cite>. {}. <a class="usa-link" rel="noopener noreferrer" href="{}">{}</a></li>')
    items = []
    for one in (module.source(source_id) for source_id in cited):
        items.append(item.format(one.title, _name(module, one.id), one.url, one.url.removeprefix("https://")))
    return Markup('<h2>{}</h2><ol class="usa-list">{}</ol>').format(_("Sources"), Markup("").join(items))
