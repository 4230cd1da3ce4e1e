"""The URLs of connections. `new` is no connection's slug."""

from django.urls import path

from apps_admin.views import connection_tests, connections

urlpatterns = [
    path("connections/", connections.connection_list, name="connection-list"),
    path("connections/new/", connections.connection_create, name="connection-create"),
    path(
        "connections/new/test/<int:test_id>/",
        connection_tests.connection_try,
        name="connection-try",
    ),
    path("connections/<slug:connection>/", connections.connection_home, name="connection-home"),
    path(
        "connections/<slug:connection>/connection/",
        connections.connection_record,
        name="connection-record",
    ),
    path(
        "connections/<slug:connection>/edit/", connections.connection_edit, name="connection-edit"
    ),
    path(
        "connections/<slug:connection>/delete/",
        connections.connection_delete,
        name="connection-delete",
    ),
    path(
        "connections/<slug:connection>/environment/",
        connections.connection_environment,
        name="connection-environment",
    ),
    path(
        "connections/<slug:connection>/test/",
        connection_tests.connection_test,
        name="connection-test",
    ),
    path(
        "connections/<slug:connection>/test/<int:test_id>/",
        connection_tests.connection_test_show,
        name="connection-test-show",
    ),
]
