# One image for the web process and the worker. See docs/production.md.
FROM python:3.11-slim-bookworm AS packages
WORKDIR /console
COPY requirements.txt requirements-postgresql.txt ./
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt -r requirements-postgresql.txt

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOST=0.0.0.0 VAR_DIR=/var/lib/console
RUN useradd --system --uid 10001 --home-dir /var/lib/console --create-home console
WORKDIR /console
COPY --from=packages /venv /venv
COPY manage.py ./
COPY dashboard dashboard
COPY apps_admin apps_admin
COPY templates templates
COPY static static
# Static files need no settings but these two, which are not kept in the image.
RUN SECRET_KEY=build ALLOWED_HOSTS=build python manage.py collectstatic --noinput --verbosity 0 \
 && chown -R console /var/lib/console
USER console
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/healthz'); exit(c.getresponse().status >= 500)"]
CMD ["gunicorn", "-c", "python:dashboard.gunicorn"]
