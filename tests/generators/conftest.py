"""Which files are left out where a tool cannot be installed. `tests/setup` says so by name."""

from __future__ import annotations

import shutil

# Terraform is in none of the package registries that the tests install from.
collect_ignore = [] if shutil.which("terraform") else ["test_terraform_binary.py"]
