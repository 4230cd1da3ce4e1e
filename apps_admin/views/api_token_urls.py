"""The URLs of API tokens."""

from django.urls import path

from apps_admin.views import api_tokens

urlpatterns = [
    path("api-tokens/", api_tokens.token_list, name="token-list"),
    path("api-tokens/new/", api_tokens.token_create, name="token-create"),
    path("api-tokens/<slug:token_id>/rotate/", api_tokens.token_rotate, name="token-rotate"),
    path("api-tokens/<slug:token_id>/revoke/", api_tokens.token_revoke, name="token-revoke"),
]
