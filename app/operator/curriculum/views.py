"""Pages about the curriculum: its modules, their versions, and who signs them off."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import NotFound, Refused
from app.core.i18n import LANGUAGES
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.curriculum.lookups import content_of
from app.curriculum.schema import SIGNED_OFF_BY
from app.operator import guard
from app.operator.curriculum import approving, lookups, previews
from app.operator.curriculum import recordings as delivered
from app.operator.curriculum.changes import Kind
from app.operator.curriculum.changes import changes as differences
from app.operator.curriculum.counting.lookups import use_of
from app.operator.curriculum.forms import ApproverForm, ButtonForm, SignOffForm, TakeBackForm
from app.operator.curriculum.publishing import publish_version
from app.operator.curriculum.words import PART_WORDS
from app.operator.pages import pages

__all__ = ["previews"]  # it adds its pages when it is imported


@pages.get("/modules/<slug>")
def module(slug: str) -> ResponseReturnValue:
    """A module, its versions, and how far each is signed off."""
    versions = lookups.versions_of(slug)
    newest = next((one for one in versions if one.current), versions[0])
    return render_template(
        "operator/curriculum/module.html",
        slug=slug,
        content=content_of(newest.id),
        versions=versions,
        part_words=PART_WORDS,
        mine=lookups.parts_of(guard.current_actor().id),
        use=use_of([one.id for one in versions]),
    )


CHANGE_WORDS = {
    Kind.ADDED: _l("New"),
    Kind.REMOVED: _l("Taken out"),
    Kind.CHANGED: _l("Changed"),
    Kind.MOVED: _l("In another place"),
}


@pages.get("/modules/<slug>/<uuid:version_id>/changes/<uuid:before_id>")
def changes(slug: str, version_id: UUID, before_id: UUID) -> ResponseReturnValue:
    """What a version says differently from an earlier one, lesson by lesson."""
    one, two = lookups.the_version(slug, before_id), lookups.the_version(slug, version_id)
    old, new = content_of(one.id), content_of(two.id)
    return render_template(
        "operator/curriculum/changes.html",
        before=one,
        after=two,
        content=new,
        changes=differences(old, new),
        titles={lesson.slug: lesson.title.words("en") for lesson in (*old.lessons, *new.lessons)},
        kinds=CHANGE_WORDS,
        language_names=LANGUAGES,
    )


@pages.route("/modules/<slug>/<uuid:version_id>/publish", methods=["GET", "POST"])
def publish_module(slug: str, version_id: UUID) -> ResponseReturnValue:
    """Ask once more, then give a version to those who begin."""
    version = lookups.the_version(slug, version_id)
    form = ButtonForm()
    if form.validate_on_submit():
        try:
            publish_version(slug, version_id, actor=guard.current_actor())
        except Refused as refused:
            form.show(refused)
        else:
            flash(_("Published. Everybody who begins from now on gets this version."), "success")
            return redirect(url_for("operator.module", slug=slug), 303)
    others = [one for one in lookups.versions_of(slug) if one.id != version.id]
    page = render_template(
        "operator/curriculum/publish.html",
        form=form,
        version=version,
        content=content_of(version.id),
        current=next((one for one in others if one.current), None),
        others=others,
        use=use_of([one.id for one in others]),
    )
    return page, 422 if form.errors or form.form_errors else 200


@pages.route("/modules/<slug>/<uuid:version_id>/sign-off/<part>", methods=["GET", "POST"])
def sign_off(slug: str, version_id: UUID, part: str) -> ResponseReturnValue:
    """An approver's own word on a part of a version."""
    version = _signable(slug, version_id, part)
    form = SignOffForm()
    if form.validate_on_submit():
        try:
            approving.sign_off(version.id, part, looked_at=form.looked_at.data, actor=guard.current_actor())
        except Refused as refused:
            form.show(refused)
        else:
            flash(_("Signed off. Thank you."), "success")
            return redirect(url_for("operator.module", slug=slug), 303)
    return _word_page("sign_off", version, part, form)


@pages.route("/modules/<slug>/<uuid:version_id>/take-back/<part>", methods=["GET", "POST"])
def take_back(slug: str, version_id: UUID, part: str) -> ResponseReturnValue:
    version = _signable(slug, version_id, part)
    form = TakeBackForm()
    if form.validate_on_submit():
        try:
            approving.take_back(version.id, part, reason=form.reason.data, actor=guard.current_actor())
        except Refused as refused:
            form.show(refused)
        else:
            flash(_("Taken back. The version is demonstration content until it is signed off again."), "success")
            return redirect(url_for("operator.module", slug=slug), 303)
    return _word_page("take_back", version, part, form)


def _signable(slug: str, version_id: UUID, part: str) -> lookups.Version:
    if part not in SIGNED_OFF_BY:
        raise NotFound
    return lookups.the_version(slug, version_id)


def _word_page(name: str, version: lookups.Version, part: str, form: SignOffForm | TakeBackForm) -> ResponseReturnValue:
    page = render_template(
        f"operator/curriculum/{name}.html",
        form=form,
        version=version,
        content=content_of(version.id),
        part_label=PART_WORDS[part],
    )
    return page, 422 if form.errors else 200


@pages.route("/approvers", methods=["GET", "POST"])
def approvers() -> ResponseReturnValue:
    """Who may sign off what; another operator may be named."""
    me = guard.current_actor()
    form = ApproverForm()
    form.operator.choices = [
        ("", _("Choose")),
        *((str(operator_id), name) for operator_id, name in lookups.operators_to_choose() if operator_id != me.id),
    ]
    if form.validate_on_submit():
        try:
            approving.name_approver(UUID(form.operator.data), form.part.data, actor=me)
        except Refused as refused:
            form.show(refused)
        else:
            flash(_("Named. The person can sign off that part now."), "success")
            return redirect(url_for("operator.approvers"), 303)
    page = render_template(
        "operator/curriculum/approvers.html",
        form=form,
        approvers=lookups.approvers(),
        part_words=PART_WORDS,
        end=ButtonForm(formdata=None),
    )
    return page, 422 if form.errors else 200


@pages.post("/approvers/<uuid:approver_id>/end")
def end_approver(approver_id: UUID) -> ResponseReturnValue:
    if ButtonForm().validate_on_submit():
        approving.end_approver(approver_id, actor=guard.current_actor())
        flash(_("Ended. What the person signed stays signed."), "success")
    return redirect(url_for("operator.approvers"), 303)


@pages.get("/recordings")
def recordings() -> ResponseReturnValue:
    """Every video that was ever brought in, who consented, and what became of it."""
    return render_template("operator/curriculum/recordings.html", recordings=delivered.recordings())


@pages.route("/recordings/<uuid:recording_id>/withdraw", methods=["GET", "POST"])
def withdraw_recording(recording_id: UUID) -> ResponseReturnValue:
    """Ask once more, then take a recording away over every version."""
    row = delivered.the_recording(recording_id)
    form = TakeBackForm()
    if form.validate_on_submit():
        delivered.withdraw(recording_id, reason=form.reason.data, actor=guard.current_actor())
        flash(_("Withdrawn. It is gone at once, over every version. A worker deletes the file."), "success")
        return redirect(url_for("operator.recordings"), 303)
    page = render_template("operator/curriculum/withdraw.html", form=form, row=row)
    return page, 422 if form.errors else 200
