# Container of Beam's Python workers with fairflip and its locked dependencies.
#
#   docker build -t REGION-docker.pkg.dev/PROJECT/REPOSITORY/fairflip:VERSION .
#
# Python and Beam are those of the launcher (`python -V`, requirements/workers.lock):
# Beam refuses workers of another minor version of Python. docs/dataflow.md has the rest.
ARG PYTHON_VERSION=3.11
ARG BEAM_VERSION=2.77.0

FROM python:${PYTHON_VERSION}-slim AS wheel
WORKDIR /source
COPY requirements/workers.lock requirements/workers.lock
# The lock's entry: its first line, and its hashes on the lines after it.
RUN sed -n '/^setuptools==/,/[^\\]$/p' requirements/workers.lock > /tmp/setuptools.lock \
 && python -m pip install --no-cache-dir --no-deps --require-hashes -r /tmp/setuptools.lock
COPY setup.py pyproject.toml README.md LICENSE MANIFEST.in ./
COPY api api
COPY protos protos
COPY text text
COPY metrics metrics
COPY remediation remediation
COPY view view
COPY pipeline pipeline
RUN python -m pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheel .

FROM apache/beam_python${PYTHON_VERSION}_sdk:${BEAM_VERSION}
# The lock is complete, and fairness-indicators declares packages that cannot be
# installed here and that it never imports: hence --no-deps.
COPY requirements/workers.lock /tmp/workers.lock
RUN python -m pip install --no-cache-dir --no-deps --require-hashes -r /tmp/workers.lock \
 && rm /tmp/workers.lock
COPY --from=wheel /wheel /tmp/wheel
RUN python -m pip install --no-cache-dir --no-deps /tmp/wheel/*.whl && rm -r /tmp/wheel
# The kernels that the launcher uses too; no search for devices that are not there.
ENV TF_ENABLE_ONEDNN_OPTS=0 TF_CPP_MIN_LOG_LEVEL=3 KERAS_BACKEND=tensorflow
# Fails here rather than on a worker.
RUN python -c "import fairflip.pipeline.evaluate.graph, fairness_indicators"
# The entry point stays Beam's: /opt/apache/beam/boot
