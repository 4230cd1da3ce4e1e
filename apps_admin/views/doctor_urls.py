"""The URLs of the doctor."""

from __future__ import annotations

from django.urls import path

from apps_admin.views import doctor

DOCTOR = "connections/<slug:connection>/doctor/"

urlpatterns = [
    path(DOCTOR, doctor.doctor, name="doctor"),
    path(f"{DOCTOR}examine/", doctor.doctor_examine, name="doctor-examine"),
    path(f"{DOCTOR}report.<slug:report_format>", doctor.doctor_report, name="doctor-report"),
    path(f"{DOCTOR}fix/<slug:code>/", doctor.doctor_fix, name="doctor-fix"),
]
