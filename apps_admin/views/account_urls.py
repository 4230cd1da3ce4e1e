"""The URLs of sign-in and of one's own account.

Of allauth only what this console uses is here, under allauth's own names: there is no sign-up, no sign-in by mail.
Its views answer to more methods than they need, so each is told here which it may.
"""

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount import views as single_sign_on
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.decorators.http import require_http_methods
from django.views.decorators.http import require_safe as page

from apps_admin.views import account as own_account
from apps_admin.views import invitations
from apps_admin.views.fresh_sign_in import account_resume, fresh_sign_in, fresh_sign_in_to_see

form = require_http_methods(["GET", "HEAD", "POST"])

urlpatterns = [
    path("sign-in/", form(account.login), name="account_login"),
    path("sign-in/passkey/", form(passkeys.login_webauthn), name="mfa_login_webauthn"),
    path("sign-in/second-factor/", form(second_factor.authenticate), name="mfa_authenticate"),
    path("sign-in/new-password/", own_account.account_new_password, name="account_new_password"),
    path("sign-in/closed/", page(account.account_inactive), name="account_inactive"),
    path(
        "sign-in/failed/",
        page(login_not_required(single_sign_on.login_error)),
        name="socialaccount_login_error",
    ),
    path(
        "sign-in/canceled/",
        page(login_not_required(single_sign_on.login_cancelled)),
        name="socialaccount_login_cancelled",
    ),
    path("sign-in/<slug:provider_id>/", form(openid_connect.login), name="openid_connect_login"),
    path(
        "sign-in/<slug:provider_id>/callback/",
        page(openid_connect.callback),
        name="openid_connect_callback",
    ),
    path("invitation/", invitations.invitation_open, name="invitation-open"),
    path("invitation/accept/", invitations.invitation_accept, name="invitation-accept"),
    path("sign-out/", form(account.logout), name="account_logout"),
    path("account/", own_account.account_show, name="account-show"),
    path("account/sessions/end/", own_account.session_end_others, name="session-end-others"),
    path("account/sessions/<slug:session_id>/end/", own_account.session_end, name="session-end"),
    path("account/resume/<slug:form_id>/", account_resume, name="account-resume"),
    path(
        "account/confirm/provider/",
        own_account.account_confirm_provider,
        name="account-confirm-provider",
    ),
    path("account/confirm/", form(account.reauthenticate), name="account_reauthenticate"),
    path("account/confirm/code/", form(second_factor.reauthenticate), name="mfa_reauthenticate"),
    path(
        "account/confirm/passkey/",
        form(passkeys.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path("account/password/", own_account.account_change_password, name="account_change_password"),
    path("account/second-factor/", page(second_factor.index), name="mfa_index"),
    path(
        "account/second-factor/app/add/",
        fresh_sign_in_to_see(form(totp.activate_totp)),
        name="mfa_activate_totp",
    ),
    path(
        "account/second-factor/app/remove/",
        fresh_sign_in(form(totp.deactivate_totp)),
        name="mfa_deactivate_totp",
    ),
    path("account/second-factor/passkeys/", page(passkeys.list_webauthn), name="mfa_list_webauthn"),
    path(
        "account/second-factor/passkeys/add/",
        fresh_sign_in_to_see(form(passkeys.add_webauthn)),
        name="mfa_add_webauthn",
    ),
    path(
        "account/second-factor/passkeys/<int:pk>/",
        fresh_sign_in(form(passkeys.edit_webauthn)),
        name="mfa_edit_webauthn",
    ),
    path(
        "account/second-factor/passkeys/<int:pk>/remove/",
        fresh_sign_in(form(passkeys.remove_webauthn)),
        name="mfa_remove_webauthn",
    ),
    path(
        "account/second-factor/recovery-codes/",
        fresh_sign_in_to_see(page(recovery_codes.view_recovery_codes)),
        name="mfa_view_recovery_codes",
    ),
    path(
        "account/second-factor/recovery-codes/generate/",
        fresh_sign_in(form(recovery_codes.generate_recovery_codes)),
        name="mfa_generate_recovery_codes",
    ),
]
