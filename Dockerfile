# halescope for one command: docker run --rm --network none -v "$PWD:/data" halescope analyze disk.fits -o out
# Built in two steps, so that neither pip's cache nor the source lies in the image.
FROM python:3.11-slim AS build
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src
RUN python -m venv /opt/halescope \
 && /opt/halescope/bin/pip install --no-cache-dir --disable-pip-version-check -c constraints.txt .

FROM python:3.11-slim
COPY --from=build /opt/halescope /opt/halescope
ENV PATH=/opt/halescope/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp
RUN useradd --uid 1000 --create-home --shell /usr/sbin/nologin sun \
 && install -d -o sun -g sun /data
USER 1000:1000
WORKDIR /data
ENTRYPOINT ["halescope"]
CMD ["--help"]
