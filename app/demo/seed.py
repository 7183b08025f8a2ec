"""The demo courts, lived through by calling the real services under a moved clock: `python -m app.demo.seed`, once.

A run that was cut off is started over. In a process of its own: it loads the whole portal, which a later start need not
wait for.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import threading
from datetime import date, time, timedelta
from typing import Any

from flask import Flask
from PIL import Image, ImageDraw
from sqlalchemy import select

from app.core import clock
from app.core.models import Outbox
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.court_admin.onboarding import create_court
from app.court_admin.services import keep_emblem, publish_rules
from app.curriculum.services import publish_all
from app.demo import case_work, court_life, lives, mail, moving, records, todays_list
from app.demo.files import write
from app.demo.formats import FORMATS
from app.demo.ground import DATABASE, Ground, find, migrate
from app.demo.learner import PASSPHRASE, Court, Learner
from app.demo.processes import stripe
from app.demo.sign_ins import PEOPLE
from app.demo.staff import NAMES, Member, also_join, join, lead
from app.demo.time_travel import Life, MovedClock, live
from app.disputes.rules import Fact
from app.factory import create_app
from app.local.supervisor import Supervisor
from app.operator.services import create_operator
from app.permissions.identity import Role
from config import VAR, Settings
from tenants.care import AdaContact, Contact
from tenants.database import acting_as, role_transaction, session
from tenants.letterhead import Letterhead
from tenants.program import Installments, Referrer
from tenants.report_delivery import KindDelivery, Receiver
from tenants.roles import create_database, drop_database
from tenants.rules import rules_in_force

RIVERSIDE = {
    "name": "Superior Court of Riverside",
    "slug": "riverside",
    "code_prefix": "RIV",
    "county": "Riverside County",
    "region": "CA",
    "time_zone": "America/Los_Angeles",
    "languages": ("en", "es"),
    "preset": "county_probation",
}
LAKEVIEW = {
    "name": "Lakeview Municipal Court",
    "slug": "lakeview",
    "code_prefix": "LAK",
    "county": "Lake County",
    "region": "IL",
    "time_zone": "America/Chicago",
    "languages": ("en", "es"),
    "preset": "municipal",
}
LETTERHEADS = {
    "riverside": Letterhead(
        lines=("Collaborative Programs Division", "4100 Main Street, Room 210", "Riverside, CA 92501"),
        phone="(951) 555-0142",
        signatory_name="Avery Cho",
        signatory_title="Clerk of the Court",
    ),
    "lakeview": Letterhead(
        lines=("Clerk's Office", "12 Harbor Street", "Lakeview, IL 60099"),
        phone="(847) 555-0117",
        signatory_name="Avery Cho",
        signatory_title="Court Clerk",
    ),
}


HOURS = Contact(
    hours={"en": "Monday to Friday, 8:30 AM to 4:30 PM", "es": "De lunes a viernes, de 8:30 a. m. a 4:30 p. m."}
)
ADA_CONTACTS = {
    "riverside": AdaContact(name="ADA Coordinator", phone="(951) 555-0144", email="ada@riverside.example"),
    "lakeview": AdaContact(),
}


def main() -> int:
    """Make the demo courts over the ground that `make demo` has laid, and write their sign-ins to `var/demo.json`."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    ground = find()
    _start_over(ground)
    moved = MovedClock(VAR / "clock")
    payments = Supervisor(VAR / "making", [stripe(ground)])
    payments.start()
    try:
        people = _make(create_app(Settings.from_env("cli")), moved)
    finally:
        moved.let_go()
        payments.stop()
    write(PEOPLE, json.dumps(people, indent=1))
    return 0


def _end_with_parent() -> None:
    """Whoever started us was killed: the next start begins anew, and two must not make the same courts."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGKILL)


def _start_over(ground: Ground) -> None:
    """An unfinished run left half a court: nobody has used it yet, so it is made anew."""
    administrator = ground.postgres.superuser_url().replace("+psycopg", "")
    drop_database(administrator, DATABASE)
    create_database(administrator, DATABASE)
    migrate(ground.environment)


def _make(app: Flask, moved: MovedClock) -> dict[str, Any]:
    now = clock.true_now().replace(hour=17, minute=0, second=0, microsecond=0) - timedelta(days=1)
    moved.move_to(now - timedelta(days=300))
    with app.app_context(), role_transaction("platform") as platform:
        publish_all(platform)
        operator = create_operator(platform, email="operator@janeschool.example", display_name="Sam Rivers")
    courts = [_court(app, RIVERSIDE), _court(app, LAKEVIEW)]
    learners = _learners(*courts)
    with app.app_context():
        for _instant in live([life for _learner, life in learners], moved, until=now):
            _work_off(app, courts)
        court_life.file_of_referrals(courts[0])
        court_life.schedules_of_reports(courts[0])
        case_work.text_of_the_courts_own(courts[0])
        court_life.draft_of_rules(courts[0])
    moved.move_to(now)
    _work_off(app, courts)
    with app.app_context():
        given_back, disputing = (learner for learner, _life in learners[5:7])
        mail.mail_comes_back(given_back)
        mail.mail_comes_back(disputing, letter=True)
        court_life.check_of_the_trail(courts[0])
        court_life.reports_for_many(courts[0])
        court_life.lists_of_the_caseload(courts[0])
        also_join(courts[1].id, courts[0].staff["facilitator"])  # one queue over both
        lead(courts[1].id, courts[0].staff["facilitator"])  # who is asked about the flag below
        court_life.a_flag(courts[1])
        court_life.a_concern(courts[0])
        todays_list.put_one_aside(learners[9][0])
        theirs = "Sí lo mandé ese día, desde el teléfono de mi hermana."
        records.say_it_is_not_right(learners[1][0], Fact.CHECK_IN, 2, theirs)
        todays_list.a_colleague_is_away(learners[3][0])
        todays_list.hearings_soon((learners[2][0], learners[1][0], learners[3][0]))
        moving.case_between_courts(learners[3][0], courts[1])
    return {
        "operator": {
            "email": operator.email,
            "password": operator.password,
            "totp_secret": operator.totp_secret,
        },
        "courts": [_sign_ins(court, [who for who, _ in learners if who.court is court]) for court in courts],
    }


def _court(app: Flask, about: dict[str, Any]) -> Court:
    slug = str(about["slug"])
    with app.app_context():
        row = create_court(
            **about,
            administrator_email=f"invited@{slug}.example",
            administrator_name="Somebody invited",
        )
        court = Court(row.id, slug, row.time_zone, {})
        for role in NAMES:
            court.staff[str(role)] = join(row.id, slug, role)
        court.staff["counsel"] = records.lawyer(court)
        if slug == RIVERSIDE["slug"]:
            called, name = todays_list.COLLEAGUE, todays_list.COLLEAGUES_NAME
            court.staff[called] = join(row.id, slug, Role.OFFICER, name=name, called=called)
        with acting_as(row.id):
            rules, document = rules_in_force()
            administrator = court.staff["administrator"].identity
            letterhead = LETTERHEADS[slug]
            if slug == RIVERSIDE["slug"]:
                kept = keep_emblem(_emblem(), name="emblem.png", actor=administrator)
                letterhead = letterhead.model_copy(update={"emblem": kept.sha256})
            people = document.people.model_copy(update={"refers": (Referrer.CLERK, Referrer.PROSECUTOR)})
            packets = KindDelivery(to=(Receiver.OFFICER, Receiver.JUDGES))
            delivery = document.reports.delivery.model_copy(update={"calendar_packet": packets})
            reports = document.reports.model_copy(
                update={"letterhead": letterhead, "formats": FORMATS[slug], "delivery": delivery}
            )
            fees = document.fees.model_copy(update={"installments": Installments(parts=4)})
            publish_rules(
                document.model_copy(
                    update={
                        "people": people,
                        "reports": reports,
                        "fees": fees,
                        "ada_contact": ADA_CONTACTS[slug],
                        "contact": HOURS,
                    }
                ),
                over=rules.version,
                reason="Our letterhead; the prosecutor refers people too; the fee in parts",
                actor=administrator,
            )
    return court


def _emblem() -> bytes:
    """A courthouse in a ring, above the water of the county's name: a PNG of 800 x 800 pixels, transparent around."""
    navy, gold = "#1b365d", "#b58a2e"
    picture = Image.new("RGBA", (800, 800))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((10, 10, 790, 790), fill=navy)
    pen.ellipse((34, 34, 766, 766), fill=gold)
    pen.ellipse((46, 46, 754, 754), fill="white")
    pen.polygon([(400, 150), (640, 285), (160, 285)], fill=navy)
    pen.ellipse((376, 212, 424, 260), fill=gold)
    pen.rectangle((180, 300, 620, 330), fill=navy)
    for left in (205, 311, 417, 523):
        pen.rectangle((left, 345, left + 72, 510), fill=navy)
    pen.rectangle((180, 525, 620, 552), fill=navy)
    pen.rectangle((150, 566, 650, 596), fill=navy)
    for top, reach in ((622, 190), (660, 135)):
        for left in range(400 - reach, 400 + reach - 10, 54):
            pen.arc((left, top, left + 54, top + 36), 0, 180, fill=gold, width=9)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _work_off(app: Flask, courts: list[Court]) -> None:
    """Do what the outbox holds and is due, as the worker would."""
    for court in courts:
        with app.app_context(), acting_as(court.id):
            waiting = select(Outbox.id).where(
                Outbox.done_at.is_(None), Outbox.failed_at.is_(None), Outbox.due_at <= clock.now()
            )
            for job_id in session().scalars(waiting).all():
                run_job(job_id, runtime().registry.jobs)


def _learners(riverside: Court, lakeview: Court) -> list[tuple[Learner, Life]]:
    def who(court: Court, given: str, family: str, born: date, number: str, language: str = "en") -> Learner:
        return Learner(court, given, family, born, number, language)

    finished = who(riverside, "Jordan", "Avery", date(1979, 3, 14), "RIF-2600117")
    months_in = who(riverside, "Luis", "Ortega Medina", date(1988, 11, 2), "RIF-2600842", "es")
    studying = who(riverside, "Casey", "Nguyen", date(1995, 6, 21), "RIF-2601873")
    paid = who(riverside, "Devon", "Brooks", date(1983, 1, 30), "RIF-2602010")
    in_parts = who(riverside, "Kai", "Morgan", date(1989, 8, 3), "RIF-2602023")
    asking = who(riverside, "Marcus", "Hale", date(1991, 9, 9), "RIF-2602044")
    given_back = who(riverside, "Jamie", "Sutherland", date(1985, 12, 11), "RIF-2602027")
    disputing = who(riverside, "Noel", "Ferrante", date(1990, 7, 23), "RIF-2602031")
    looked_at = who(riverside, "Ariel", "Prescott", date(1994, 2, 2), "RIF-2602035")
    filling_in = who(riverside, "Dakota", "Reyes", date(1997, 10, 5), "RIF-2602038")
    denied = who(riverside, "Emerson", "Vance", date(1982, 3, 30), "RIF-2602040")
    in_part = who(riverside, "Rosa", "Villanueva", date(1987, 5, 17), "RIF-2602042", "es")
    referred = who(riverside, "Terry", "Lindqvist", date(1986, 4, 28), "RIF-2602101")
    paused = who(riverside, "Robin", "Castellanos", date(1981, 5, 8), "RIF-2601655")
    waited_for = who(riverside, "Morgan", "Whitfield", date(1992, 6, 4), "RIF-2601871")
    stepping = who(riverside, "Sasha", "Lindholm", date(1990, 9, 12), "RIF-2601902")
    moved_away = who(riverside, "Drew", "Okonkwo", date(1993, 10, 19), "RIF-2601990")
    ending = who(riverside, "Alex", "Moreno", date(1984, 8, 15), "RIF-2601822")
    asks_judge = who(riverside, "Jules", "Whitman", date(1996, 1, 27), "RIF-2602088")
    for learner in (studying, referred):
        learner.referred_by = "prosecutor"
    for learner in (paid, in_part):
        learner.officer = todays_list.COLLEAGUE
    for learner, hour, minute in ((months_in, 9, 0), (waited_for, 9, 30), (studying, 10, 0), (stepping, 10, 30)):
        learner.heard_at = time(hour, minute)
    studying_there = who(lakeview, "Chris", "Novak", date(1974, 12, 5), "26-CM-00418")
    referred_there = who(lakeview, "Sam", "Whitaker", date(1990, 2, 17), "pending")
    return [
        (finished, lives.whole_way(finished, 290)),
        (months_in, lives.months_into_accountability(months_in, 150)),
        (studying, lives.studying_in_two_places(studying, 20)),
        (paid, lives.studying(paid, 6, 0)),
        (in_parts, lives.in_parts(in_parts, 9)),
        (given_back, lives.given_back(given_back, 8)),
        (disputing, lives.disputing(disputing, 10)),
        (looked_at, lives.looked_at(looked_at, 5)),
        (filling_in, lives.filling_in(filling_in, 4)),
        (denied, lives.denied(denied, 9)),
        (in_part, lives.granted_in_part(in_part, 8)),
        (asking, lives.asking(asking, 5)),
        (referred, lives.referred(referred, 1)),
        (paused, lives.paused(paused, 30)),
        (waited_for, lives.to_be_decided(waited_for, 16)),
        (stepping, lives.stepping(stepping, 15)),
        (moved_away, lives.withdrawn(moved_away, 12)),
        (ending, lives.end_proposed(ending, 18)),
        (asks_judge, lives.asking_a_judge(asks_judge, 5)),
        (studying_there, lives.studying(studying_there, 12, 5)),
        (referred_there, lives.referred(referred_there, 1)),
    ]


def _sign_ins(court: Court, learners: list[Learner]) -> dict[str, Any]:
    def staff(member: Member) -> dict[str, str]:
        return {"role": member.role, "name": member.name, "email": member.email, "totp_secret": member.totp_secret}

    def learner(one: Learner) -> dict[str, str]:
        return {
            "name": one.full_name,
            "sign_in_name": one.sign_in_name,
            "passphrase": PASSPHRASE if one.sign_in_name else "",
            "code": "" if one.sign_in_name else one.code,
            "birth_date": one.birth_date.isoformat(),
        }

    return {
        "slug": court.slug,
        "staff": [staff(member) for member in court.staff.values()],
        "learners": [learner(one) for one in learners],
    }


if __name__ == "__main__":
    sys.exit(main())
