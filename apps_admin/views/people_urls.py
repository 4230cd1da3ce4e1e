"""The URLs of people and their invitations."""

from django.urls import path

from apps_admin.views import activity, people

urlpatterns = [
    path("people/", people.person_list, name="person-list"),
    path("account/activity/", activity.account_activity, name="account-activity"),
    path("people/activity/", activity.person_activity_list, name="person-activity-list"),
    path("people/<int:person_id>/activity/", activity.person_activity, name="person-activity"),
    path("people/invite/", people.person_invite, name="person-invite"),
    path("people/<int:person_id>/", people.person_show, name="person-show"),
    path("people/<int:person_id>/role/", people.person_update_role, name="person-update-role"),
    path(
        "people/<int:person_id>/role/remove/", people.person_remove_role, name="person-remove-role"
    ),
    path("people/<int:person_id>/remove/", people.person_remove, name="person-remove"),
    path("people/<int:person_id>/restore/", people.person_restore, name="person-restore"),
    path(
        "people/<int:person_id>/reset-second-factor/",
        people.person_reset_second_factor,
        name="person-reset-second-factor",
    ),
    path(
        "people/<int:person_id>/end-sessions/",
        people.person_end_sessions,
        name="person-end-sessions",
    ),
    path(
        "people/<int:person_id>/password-link/",
        people.person_password_link,
        name="person-password-link",
    ),
    path(
        "invitations/<int:invitation_id>/withdraw/",
        people.invitation_withdraw,
        name="invitation-withdraw",
    ),
]
