"""Pages of referrals, codes and enrollment: importing this module registers them all."""

from __future__ import annotations

from app.cases import (
    amend_views,
    assisted_views,
    code_list_views,
    code_views,
    document_views,
    enroll_views,
    find_court_view,
    hold_views,
    referral_views,
)
from app.cases.imports import views as import_views
from app.cases.pages import front_pages, pages

__all__ = [
    "amend_views",
    "assisted_views",
    "code_list_views",
    "code_views",
    "document_views",
    "enroll_views",
    "find_court_view",
    "front_pages",
    "hold_views",
    "import_views",
    "pages",
    "referral_views",
]
