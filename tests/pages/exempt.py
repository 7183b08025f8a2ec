"""The routes that are no pages to visit, each with its reason. Everything else is visited."""

from __future__ import annotations

# Answers that are put into a page that is open already.
PARTS: dict[str, str] = {
    "batches.batch_progress": "a part of the page of a batch, asked for while it runs",
    "caseload.action_progress": "a part of the page of what is done for several people, asked for while it runs",
    "cases.import_progress": "a part of the page of an import, asked for while it runs",
    "reports.list_state": "a part of the page of a list, asked for until it is ready",
    "reports.report_state": "a part of the page of a report, asked for until it is ready",
}

# Addresses that only lead on.
LEADING: dict[str, str] = {
    "reviews.check_ins": "leads to the queue, narrowed to check-ins",
    "reviews.reflections": "leads to the queue, narrowed to reflections",
    "deciding.newest_of": "leads to the newest request of a case",
    "front": "leads to the console's first page",
}

_CLOSED = "Flask-Admin's own page: the lists of the console only show (app/operator/lists.py)"
CLOSED: dict[str, str] = {
    f"list_{name}.{page}": _CLOSED
    for name in ("courts", "curriculum", "log", "operators")
    for page in ("details_view", "edit_view", "create_view", "ajax_lookup", "export")
} | {"admin.static": "Flask-Admin's own files, which no page of ours uses"}

# What a lesson's video is made of: there is none until one is delivered (tests/browser/test_learning_module.py).
VIDEOS: dict[str, str] = dict.fromkeys(
    ("learning.captions", "learning.video_file", "operator.preview_captions", "operator.preview_video"),
    "no page: a file of a video that was delivered",
)

# A sealed record is opened by one person for an hour (tests/functional/test_keeping_records.py reads it).
SEALED: dict[str, str] = {
    "keeping.opened": "shows to who opened a sealed record, for an hour",
    "keeping.opened_file": "a file of an opened record",
    "keeping.plan": "leads on where an order is recorded already, as it is here",
}

NO_PAGES = SEALED | PARTS | LEADING | CLOSED | VIDEOS

# What the court in which everything happened does not have; the demo has it, and `make check-all` visits it there.
ONLY_IN_THE_DEMO: dict[str, str] = {
    "cases.import_file": "a file of people that was brought in",
    "operator.sign_off": "an approver, whom the whole worker's console would keep",
    "operator.take_back": "an approver, as above",
    "operator.withdraw_recording": "a recording, which all courts of the worker would show",
    "reports.report_output": "a report whose format asks for further files",
}

# What the demo does not have: the court in which everything happened has it, and `make test` visits it there.
NOT_IN_THE_DEMO: dict[str, str] = {
    "transfers.document": "a case that came from another court with its documents",
    "transfers.handed_over": "a case that came from another court",
}
