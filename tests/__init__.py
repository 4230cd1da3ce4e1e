"""Tests; the folders mirror `apps_admin`."""
