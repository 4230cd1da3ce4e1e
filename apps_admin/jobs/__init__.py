"""Long work, done by the worker (`manage.py work`)."""
