"""The forms of the rules editor: one for each part of the rules, made from its questions; one that publishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.i18n import lazy_gettext as _l
from app.court_admin.questions import Kind, Part, Question, printable
from app.web.forms import DatePartsField, PortalForm

NOW, LATER = "now", "later"


@dataclass(frozen=True)
class Offered:
    """What only the court at work knows: choices of questions by name ("percent_of"), and what a table's rows are."""

    choices: Mapping[str, Sequence[tuple[str, str]]]
    row_titles: Mapping[str, Mapping[str, str]]  # table's name -> hidden key of a row -> title


class RowForm(Form):  # type: ignore[misc]  # WTForms ships no types
    """One row of a table. One in which nothing is typed is no row; a box takes a row out."""

    columns: tuple[Question, ...] = ()
    remove = BooleanField(_l("Take this out"))

    @property
    def is_blank(self) -> bool:
        typed = (self[column.name] for column in self.columns if column.kind in (Kind.LINE, Kind.NUMBER, Kind.DOLLARS))
        return not any(printable(field.data) for field in typed)

    @property
    def hidden_key(self) -> str:
        """What the row is about; a column may itself be named "key"."""
        hidden = (column for column in self.columns if column.kind is Kind.HIDDEN)
        return next((printable(self[column.name].data) for column in hidden), "")


class PartForm(PortalForm):
    """A part of the rules. `row_version` is the mark of the part as it stood when the page was opened."""

    part: Part
    offered: Offered
    kept_emblem = HiddenField()  # the hash of a picture that an earlier try of this form sent
    without_emblem = BooleanField(_l("Take the emblem away"))

    def add_spare_rows(self) -> None:
        """Empty rows at the end of each table, for what is new."""
        for question in self.part.questions:
            if question.kind is Kind.TABLE:
                table = self[question.name]
                blank = sum(entry.form.is_blank for entry in table.entries)
                for _row in range(min(question.spare - blank, question.most - len(table.entries))):
                    table.append_entry(blank_row(question))

    def complain(self, question: Question | None, place: tuple[int, str] | None, message: str) -> None:
        """Put `message` at a field (of a table: at row and column), with its name before it; else on top of the form.

        The summary on top of the page shows messages without their fields.
        """
        if question is None:
            self.form_errors.append(message)
        elif question.kind is not Kind.TABLE:
            _add(self[question.name], f"{question.label}: {message}")
        elif not self[question.name].entries:
            self.form_errors.append(f"{question.label}: {message}")
        else:
            # A fault of the table as a whole stands at its first field.
            row, column = place or (0, first_shown(question))
            table = self[question.name]
            name = str(question.row_name) % {"number": row + 1} if place else question.label
            field = table.entries[row].form[column]
            _add(field, f"{name}, {field.label.text}: {message}" if place else f"{name}: {message}")
            table.errors = [entry.errors for entry in table.entries]


def _add(field: Any, message: str) -> None:
    field.errors = [*field.errors, message]


def first_shown(table: Question) -> str:
    """The name of the first column that a person sees."""
    return next(column.name for column in table.columns if column.kind is not Kind.HIDDEN)


def blank_row(question: Question) -> dict[str, Any]:
    """A new row as it starts: everything is allowed, nothing is written."""
    return {column.name: column.kind is Kind.YES_NO or "" for column in question.columns}


def part_form(part: Part, offered: Offered, values: Mapping[str, Any], *, as_sent: bool = True) -> PartForm:
    """The form of a part, filled in with what was sent or else with `values` (field name -> what it shows).

    Without `as_sent`, with `values` whatever was sent.
    """
    fields: dict[str, Any] = {question.name: _field(question, offered, top=True) for question in part.questions}
    made = type("FormOfPart", (PartForm,), {**fields, "part": part, "offered": offered})
    form: PartForm = made(data=dict(values)) if as_sent else made(formdata=None, data=dict(values))
    for question in part.questions:
        if question.kind is Kind.TABLE:
            _keep_rows_from_naming_themselves(form[question.name], question, offered)
    return form


def _keep_rows_from_naming_themselves(table: FieldList, question: Question, offered: Offered) -> None:
    for entry in table.entries:
        for column in question.columns:
            if column.name in offered.choices and entry.form.hidden_key:
                field = entry.form[column.name]
                field.choices = [choice for choice in field.choices if choice[0] != entry.form.hidden_key]


def _field(question: Question, offered: Offered, *, top: bool) -> Field:
    choices = list(offered.choices.get(question.name, question.choices))
    match question.kind:
        case Kind.YES_NO:
            return BooleanField(question.label)
        case Kind.CHOICE if top:
            return RadioField(question.label, choices=choices, validate_choice=False)
        case Kind.CHOICE:
            return SelectField(question.label, choices=choices, validate_choice=False)
        case Kind.CHOICES:
            widget, option = ListWidget(prefix_label=False), CheckboxInput()
            return SelectMultipleField(
                question.label, choices=choices, validate_choice=False, widget=widget, option_widget=option
            )
        case Kind.TEXT | Kind.LINES | Kind.DATES:
            return TextAreaField(question.label, filters=[printable])
        case Kind.PICTURE:
            return FileField(question.label)
        case Kind.HIDDEN:
            return HiddenField(filters=[printable])
        case Kind.TABLE:
            columns: dict[str, Any] = {column.name: _field(column, offered, top=False) for column in question.columns}
            row = type("RowOfTable", (RowForm,), {**columns, "columns": question.columns})
            return FieldList(FormField(row), max_entries=question.most)
    return StringField(question.label, filters=[printable])


class PublishForm(PortalForm):
    """`row_version` is that of the draft that was previewed; `over` the version that it was compared with."""

    over = HiddenField()
    when = RadioField(
        _l("From when?"),
        choices=[(NOW, _l("At once")), (LATER, _l("From a later day on"))],
        default=NOW,
        validate_choice=False,
    )
    begins_on = DatePartsField(_l("First day of the new rules"))
    for_running = BooleanField(_l("Also apply what may be applied to people who are in the program already"))
    reason = TextAreaField(
        _l("Why are the rules changed?"),
        filters=[printable],
        validators=[InputRequired(_l("Say why, so that others understand it later.")), Length(max=500)],
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """A half-written day is no fault when the rules are to begin at once: nobody sees it then."""
        super().validate(extra_validators)
        if self.when.data != LATER:
            self.begins_on.errors = []
        return not self.errors


class ConfirmForm(PortalForm):
    """Asks once more. `row_version` is that of what will go."""
