"""Pages of referrals, codes and enrollment: importing this module registers them all."""

from __future__ import annotations

from app.cases import code_views, enroll_views, find_court_view, referral_views
from app.cases.pages import front_pages, pages

__all__ = ["code_views", "enroll_views", "find_court_view", "front_pages", "pages", "referral_views"]
