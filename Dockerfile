# Every RUN of the first stage is also run by tests/house/test_container.py, in a bare virtual environment.
ARG PYTHON=3.13-slim-trixie

FROM python:${PYTHON} AS build
WORKDIR /src
# Without pip: the environment is copied as it is, and nothing is to be installed into it later.
RUN python -m venv --without-pip /opt/chainruler
COPY requirements/ requirements/
RUN python -m pip --python /opt/chainruler/bin/python install --no-cache-dir --require-hashes -r requirements/server.lock
RUN python -m pip install --no-cache-dir --require-hashes -r requirements/build.lock
COPY pyproject.toml README.md LICENSE ./
COPY service/ service/
COPY clients/ clients/
RUN python -m hatchling build --target wheel --directory dist
RUN python -m pip --python /opt/chainruler/bin/python install --no-cache-dir --no-index --no-deps dist/*.whl

FROM python:${PYTHON}
LABEL org.opencontainers.image.title="chainruler" \
      org.opencontainers.image.description="What is the gradient, and is mine right? A REST service." \
      org.opencontainers.image.licenses="MIT"
RUN groupadd --gid 10001 chainruler \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin chainruler
COPY --from=build /opt/chainruler /opt/chainruler
# BLAS counts the cores of the machine, not those the container may use: one thread for each worker.
ENV PATH=/opt/chainruler/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    OPENBLAS_NUM_THREADS=1 \
    OMP_NUM_THREADS=1 \
    MKL_NUM_THREADS=1 \
    CHAINRULER_HOST=0.0.0.0 \
    CHAINRULER_PORT=8000
USER 10001:10001
EXPOSE 8000
# No curl in the image: Python asks, past any proxy that the environment names.
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:' + os.environ['CHAINRULER_PORT'] + '/health/live', timeout=2)"]
ENTRYPOINT ["chainruler"]
CMD ["serve"]
