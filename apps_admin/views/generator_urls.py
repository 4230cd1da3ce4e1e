"""The URLs of schemas, policies and the live table."""

from django.urls import path

from apps_admin.views import policies, schemas, tables

urlpatterns = [
    path("generators/", schemas.generator_list, name="generator-list"),
    path("generators/schemas/", schemas.generator_schema, name="generator-schema"),
    path("generators/policies/", policies.generator_policy, name="generator-policy"),
    path("generators/policies/check/", policies.generator_check, name="generator-check"),
    path("connections/<slug:connection>/table/", tables.table_record, name="table-record"),
]
