"""The URLs of bulk work, import, export and jobs."""

from __future__ import annotations

from django.urls import path

from apps_admin.views import bulk, jobs, transfer

CONNECTION = "connections/<slug:connection>/"
JOB = f"{CONNECTION}jobs/<uuid:job_id>/"

urlpatterns = [
    path(f"{CONNECTION}bulk/", bulk.app_bulk, name="app-bulk"),
    path(f"{CONNECTION}transfer/", transfer.transfer_list, name="transfer-list"),
    path(f"{CONNECTION}import/", transfer.app_import, name="app-import"),
    path(f"{CONNECTION}export/", transfer.app_export, name="app-export"),
    path(f"{CONNECTION}export-secrets/", transfer.app_export_secrets, name="app-export-secrets"),
    path(f"{CONNECTION}jobs/", jobs.job_list, name="job-list"),
    path(JOB, jobs.job_record, name="job-record"),
    path(f"{JOB}start/", jobs.job_start, name="job-start"),
    path(f"{JOB}stop/", jobs.job_stop, name="job-stop"),
    path(f"{JOB}resume/", jobs.job_resume, name="job-resume"),
    path(f"{JOB}undo/", jobs.job_undo, name="job-undo"),
    path(f"{JOB}results.csv", jobs.job_results, name="job-results"),
]
