"""What help says, place by place: what a place is for, and how the usual things are done there."""

from __future__ import annotations

from app.core.i18n import lazy_gettext as _
from app.help.topic import Topic

_ENDS = _("Records that are sealed or destroyed after an order, and legal holds that stop it.")
_START = _("Start on the page of a referral that has ended: “Seal or destroy the record”.")
_NOT_HERE = _("Do not describe your arrest or any crime here; talk to your lawyer first.")

SIGNING_IN = Topic(
    ("accounts", "front", "enroll", "cases.enroll"),
    _("Get in"),
    _("The court gave you a slip with an enrollment code. You use it once. After that you sign in."),
    (
        _("First time: open the address on the slip, or scan its square code. Type the code and your date of birth."),
        _("You sign the agreement and choose how you sign in. You need no email and no phone."),
        _("You can not get in any more? This happens. The sign-in page shows the ways back, or go to the counter."),
    ),
)
STAFF_SIGNING_IN = Topic(
    ("accounts", "front"),
    _("Get in"),
    _("Staff sign in with their email, a password, and a 6-digit code from an app on their phone."),
    (
        _("You join through the link in the invitation. It works for a few days; an administrator can send a new one."),
        _("Keep your recovery codes on paper. One of them lets you in when the phone is lost."),
        _("Choose your name at the top of any page to change the password, the app or the language."),
    ),
)

LEARNER = (
    Topic(
        ("my_program.home", "my_record", "violations", "terminating"),
        _("My program"),
        _("This page shows the one next thing to do, and the whole way."),
        (
            _("Do what stands at the top. If nothing stands there, you are up to date."),
            _("Look further down for your next hearing, your deadline, and notes of the court."),
            _("At the end stands what the court sees. If a fact is wrong, say so there. A person answers you."),
        ),
        "my-program",
        _("The first page of a participant: the next step, and the steps of the program below it."),
    ),
    Topic(
        ("learning.modules",),
        _("Lessons"),
        _("You learn at your own pace. You can stop at any time and go on later. What you type is kept."),
        (
            _("Open the next lesson. Each one says about how long it takes."),
            _("At the end of a module there is a quiz. If it does not go well, read again and try once more."),
            _("Something is upsetting? Choose “I need a break” at the top. It never counts against you."),
            _("Something is too hard to read or to do? Ask for help to take part: more time, large print, a person."),
        ),
        "lesson",
        _("A lesson on a phone."),
    ),
    Topic(
        ("accountability.my_check_ins",),
        _("Check-ins"),
        _("After the lessons you check in with the court, often once a month. It takes about five minutes."),
        (
            _("Each check-in has its own days. We remind you before they end."),
            _("You missed one? This happens. The page says if you can still do it, and until when."),
            _("A person reads what you send. They may ask you for one more thing."),
            _NOT_HERE,
        ),
    ),
    Topic(
        ("payments.my_fee",),
        _("Fee"),
        _("Not being able to pay is not, by itself, a violation."),
        (
            _("Pay here by card, or at the counter. Some courts let you pay in parts: the page says so."),
            _("You can not pay? Ask for a waiver on the same page. Asking is free. A person decides."),
            _("You can save the request, and finish it on another day. You can add photos of your papers."),
        ),
        "my-fee",
        _("The fee of a participant, part by part, and what is left to pay."),
    ),
    Topic(
        ("reports.my_documents",),
        _("Documents"),
        _("Your papers: the proof that you enrolled, reports, letters, the certificate."),
        (
            _("Open one to read it. Print it, or show it on your phone."),
            _("Anyone can scan its square code and see that it is genuine."),
        ),
    ),
    Topic(
        ("lawyer",),
        _("Your lawyer"),
        _("You can let your lawyer see your case here. You decide who, and you can end it at any time."),
        (_("Open “My program”, then “Your lawyer”. Type the name and email of your lawyer."),),
    ),
    Topic(
        ("case_messages.mine",),
        _("Your officer"),
        _("Write to the officer who follows your case, and read the answer."),
        (
            _("It is not for emergencies. In danger, call 911."),
            _("If you are thinking about hurting yourself, call or text 988, any time."),
            _NOT_HERE,
        ),
    ),
)

STAFF = (
    Topic(
        ("lawyer.clients",),
        _("Your clients"),
        _("People at this court who let you see their case. You read what they see, and change nothing."),
        (
            _("Your client admits you from their own account. You get a link by mail."),
            _("Open a name to see lessons, check-ins, dates, fee, reports and notices."),
            _("What a client writes in lessons and check-ins is not shown to you."),
        ),
    ),
    Topic(
        ("dashboard.home",),
        _("Dashboard"),
        _("How the court's program stands, in numbers. Each number opens the list behind it."),
        (
            _("A new court sees its first steps on top. Each is marked done by itself."),
            _("“Waiting for the court” is what a person of the court has to do."),
        ),
        "dashboard",
        _("The dashboard of a court."),
    ),
    Topic(
        ("bench.calendar",),
        _("Calendar"),
        _("Who is heard on a day, with one page for each person, and the decisions that only a judge makes."),
        (
            _("Open a name for the bench card: where the person stands, and what changed since the last hearing."),
            _("Print the cards of the whole day in the order of the calendar."),
            _("Decisions wait below the hearings. You see your words once more before they count."),
        ),
        "calendar",
        _("The calendar of a judge."),
    ),
    Topic(
        ("today.today",),
        _("Today"),
        _("Which of your people need attention today, and why. The most pressing comes first."),
        (
            _("Each line says its reason and the next thing to do. Open it, or do it right there."),
            _("Something can wait? Put it aside until a day. It comes back then, or when it happens anew."),
            _("Hearings of the next days stand on top, with what changed and the report."),
        ),
        "today",
        _("The page of an officer's day."),
    ),
    Topic(
        ("caseload.caseload", "caseload", "hearings", "case_notes", "changing"),
        _("Caseload"),
        _("All your people, with their stage, progress and next date."),
        (
            _("Sort and narrow the list. Keep a view under a name to come back to it."),
            _("Open a person for everything that happened, for notes and messages, and to ask for a report."),
            _("Tick several people to do one thing for all of them. You see what will happen before it does."),
        ),
        "caseload",
        _("The caseload of an officer."),
    ),
    Topic(
        ("reports.hearings",),
        _("Hearings"),
        _("Who is heard, and one document with the report of each person."),
        (
            _("Choose the day, then make the packet. It is made in the background; the page says when it is ready."),
            _("After the hearing, open the case and record what came of it."),
        ),
    ),
    Topic(
        ("batches.batches",),
        _("Reports for many"),
        _("One report for each person of a list, made in the background while you go on with your work."),
        (
            _("Choose the kind of report and for whom. You see who is left out, and why, before it begins."),
            _("One that fails does not stop the others. Try it again from the list."),
        ),
    ),
    Topic(
        ("reports.inbox",),
        _("Reports for you"),
        _("Reports that were sent to you or your office, and what is to be printed or did not arrive."),
        (
            _("Open a report and confirm that you have it."),
            _("Under “Delivery of reports”, print what goes out on paper, and mark it as handed over."),
        ),
    ),
    Topic(
        ("violations.violations", "violations", "terminating"),
        _("Possible violations"),
        _("Something did not go as planned. A person decides what follows, never the portal."),
        (
            _("Read what happened, and what the person says about it. They have some days to answer."),
            _("Excuse it, agree on a step, or send the case back to the court. Write your reason."),
            _("To end a program you need written reasons, a notice, and days to respond."),
        ),
    ),
    Topic(
        ("team.team",),
        _("Team"),
        _("The officers and the program of this court in numbers. They say how things stand, not why."),
        (
            _("Choose the time, and whose cases. Each table can be downloaded or printed."),
            _("Before you speak with somebody about a number, look at the cases behind it."),
        ),
    ),
    Topic(
        ("disputes.waiting",),
        _("Disputed records"),
        _("A participant says that a fact is not right. Somebody of the court answers, in time."),
        (_("Open one and look at the record. Correct it, or explain why it stays. The participant reads it."),),
    ),
    Topic(
        ("unit.people",),
        _("Compliance"),
        _("The people whom you referred or supervise, in facts: where they stand, and what was decided."),
        (
            _("Open a name for dates, lessons and check-ins. You see no words of the participant."),
            _("Where your court lets you refer people, begin under “Referrals”."),
        ),
    ),
    Topic(
        ("cases.referrals", "cases"),
        _("Referrals"),
        _("Who was referred to the program, and their enrollment codes."),
        (
            _("Refer one person with the form, or many from a file. You see the rows before they are brought in."),
            _("Issue a code and print the slip. The code is shown once; if a slip is lost, replace the code."),
            _("A different spelling of a name comes to you to look at. It blocks nobody."),
            _("At the counter you can enroll a person on your screen, or print a slip to sign in again."),
        ),
        "referral",
        _("A referral, with its enrollment code and history."),
    ),
    Topic(
        ("moving.covers", "moving"),
        _("Who stands in"),
        _(
            "While somebody is away, a colleague sees their cases and acts on them: "
            "from the first day to the last day, and no longer."
        ),
        (_("Choose who is away, who stands in, and the days. Both are told. It ends by itself."),),
    ),
    Topic(
        ("reassigning.reassign", "reassigning"),
        _("Reassign cases"),
        _("Cases get another officer, for good: all of somebody's, or the ones that you choose."),
        (_("You see each case before it moves. All of them move at once, and both officers are told."),),
    ),
    Topic(
        ("transfers.transfers", "transfers"),
        _("Other courts"),
        _("Cases that move to another court of the portal, and cases that another court asks you to take."),
        (
            _("To ask, open the case and choose “Move to another court”. Both courts' rules stand side by side."),
            _("The participant must agree first, then the other court answers. Until then nothing changes."),
            _("Each court keeps its own money and records. You see what was handed over, and no more."),
        ),
    ),
    Topic(
        ("deciding.waivers", "deciding", "waiving"),
        _("Waivers"),
        _("Requests to waive the fee. The oldest comes first."),
        (
            _("Each shows every number and what the court's rules propose. Ask for proof if something is missing."),
            _("Only a person denies a request, with a reason that the participant reads. They can ask to look again."),
        ),
    ),
    Topic(
        ("payees.month", "payees", "reconciling", "reviewing", "counter", "refunds", "installments"),
        _("Money"),
        _("What came in, by payee and month, and whether the ledger and the books of Stripe agree."),
        (
            _("Take money at the counter from the page of the case. The receipt is made at once."),
            _("A payment that did not fit waits under “Card payments”. Decide what it was for."),
        ),
    ),
    Topic(
        ("mailroom.undelivered", "mailroom"),
        _("Mail"),
        _("Every message is also on the reader's own Messages page. Here you see which mails went nowhere."),
        (_("Correct the address, send it again, or print the message as a letter."),),
    ),
    Topic(
        ("counter.corrections",),
        _("Corrections"),
        _("What somebody asked to correct and a second person has to look at."),
        (_("Approve it or refuse it. Who asked can not be the one who approves."),),
    ),
    Topic(
        ("learning.accommodations",),
        _("Accommodations"),
        _("Changes that people ask for so that they can take part. Nobody has to name a diagnosis."),
        (_("Grant what helps, for as long as it is needed. If you say no, write why, and whom else they can ask."),),
    ),
    Topic(
        ("reviews.queue", "reviewers", "reviewers.queue"),
        _("To review"),
        _("Texts of participants that wait for a reader. The one that has waited longest comes first."),
        (
            _("You see no name. Accept the text, or ask for one thing to add, in friendly words."),
            _("You fear that somebody is in danger? Choose “Raise a concern”. It says whom to call."),
            _("There is a limit for each day. It is there to protect you."),
        ),
    ),
    Topic(
        ("reviews.oversight",),
        _("Flags"),
        _("What reviewers ask you to look at, and how much they have read today."),
        (_("Open a flag, look at the text and decide. The reviewer sees what came of it."),),
    ),
    Topic(
        ("concerns.listed", "concerns"),
        _("Concerns"),
        _("Somebody may be in danger. Who is on call is asked at once, and others if nobody answers."),
        (_("Open it, follow the steps of your court, and write down what you did. In danger, call 911."),),
    ),
    Topic(
        ("court_admin.program_rules", "court_admin"),
        _("Program rules"),
        _("How your court runs the program: people, lessons, fees, waivers, check-ins, reports, reminders."),
        (
            _("Change a draft, part by part. Nothing counts until you publish it."),
            _("Before you publish, look at what it would do. Each cent of the fee is shown."),
            _("People keep the rules under which they enrolled. Some parts may be applied to them: you are asked."),
        ),
        "program-rules",
        _("The program rules of a court, in words."),
    ),
    Topic(
        ("case_messages.templates",),
        _("Texts for messages"),
        _("Who writes to a participant can start from one of these, and change it before it is sent."),
        (_("Write a text once, in both languages. Take it out of use when it is old."),),
    ),
    Topic(
        ("accounts.staff",),
        _("Staff"),
        _("Who works with the portal at your court, and in which role."),
        (
            _("Invite one person, or many from a file. Each sets an own password and a second step."),
            _("Somebody leaves? End their access: it stops at once. Their cases can be given to others."),
            _("“Who may do what” shows every role on one page."),
        ),
    ),
    Topic(
        ("audit_trail.events",),
        _("Audit"),
        _("Who did or looked at what, and when. Nobody can change it."),
        (
            _("Narrow by person, case or kind. Download what you see as a file."),
            _("“Is the audit whole?” proves that nothing was changed or removed."),
        ),
    ),
    Topic(("keeping.records", "keeping.open_sealed"), _("Records"), _ENDS, (_START,)),
    Topic(
        ("exports.exports",),
        _("Data export"),
        _(
            "Everything that the portal keeps for your court, in one file: "
            "every table as CSV and JSON, every report and every file."
        ),
        (_("Ask for it with a reason. It is made in the background and kept for 14 days."),),
    ),
)

FOR_ALL = (
    Topic(
        ("notices.inbox", "notices"),
        _("Messages"),
        _("What the portal sent you. A mail may get lost; here is a copy."),
        (_("A number in the menu says how many are new. Open one to read it."),),
    ),
)


def topics_by_place() -> dict[str, Topic]:
    """Every topic but how one gets in, by the place that it is about."""
    return {topic.place: topic for topic in (*LEARNER, *STAFF, *FOR_ALL)}
