"""The project's URLs: the product's, at the root."""

from django.urls import include, path

urlpatterns = [path("", include("apps_admin.urls"))]

handler400 = "apps_admin.views.errors.bad_request"
handler403 = "apps_admin.views.errors.permission_denied"
handler404 = "apps_admin.views.errors.page_not_found"
handler500 = "apps_admin.views.errors.server_error"
