"""Sign-in by an identity provider (OpenID Connect): its groups decide who may do what."""

from __future__ import annotations

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """How allauth's sign-in by an identity provider behaves here."""
