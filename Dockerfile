# One image, every role: `matinee up` (the default), `edge`, `api`, `live`, `worker`, `migrate`, `doctor`, `demo`.
# `make image` builds it and fills in the arguments; docs/containers.md says how to run it.
ARG BASE=docker.io/library/debian:bookworm-slim

FROM ${BASE} AS bookworm
# OpenTelemetry's SDK is not in Debian 12 itself, but in its backports.
RUN printf '%s\n' 'Types: deb' 'URIs: http://deb.debian.org/debian' 'Suites: bookworm-backports' \
      'Components: main' 'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' \
      > /etc/apt/sources.list.d/bookworm-backports.sources

# -- The program --
FROM bookworm AS build
ARG DEBIAN_FRONTEND=noninteractive
WORKDIR /src
COPY scripts/deps.sh scripts/
RUN scripts/deps.sh compile
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY pkg pkg
COPY tests/bench tests/bench
COPY cmd cmd
# ccache tells objects apart by the language too; this is what most machines have.
ENV LANG=C.UTF-8
# Here there is no git to ask.
ARG REVISION=unknown
RUN cmake --preset release --log-level=WARNING -DMATINEE_REVISION="$REVISION" \
 && cmake --build --preset release --target matinee

# -- The page --
FROM bookworm AS web
ARG DEBIAN_FRONTEND=noninteractive
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates nodejs npm
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund --loglevel=error
COPY api ../api
COPY web ./
RUN MATINEE_WEB_OUT=/page npm run --silent build

# -- What is shipped --
FROM bookworm
ARG DEBIAN_FRONTEND=noninteractive
# The libraries are those that the program is linked with. No process in here may change its user, so no program keeps its
# set-user-ID bit.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates ffmpeg fonts-dejavu-core nginx \
      libabsl20220623 libcurl4 libfmt9 libhiredis0.14 libpistache0 libpq5 libprometheus-cpp-core1.0 libpugixml1v5 \
      libsqlite3-0 libyaml-cpp0.7 opentelemetry-cpp \
 && apt-get clean \
 && rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old /var/log/*.log /var/log/apt \
 && find / -xdev -type f -perm /6000 -exec chmod ug-s {} + \
 && groupadd --gid 65532 matinee \
 && useradd --uid 65532 --gid matinee --no-create-home --home-dir /tmp --shell /usr/sbin/nologin matinee \
 && install -d -o matinee -g matinee /data
COPY --from=web /page /usr/share/matinee/web
COPY --from=build /src/build/release/matinee /usr/bin/matinee
COPY --from=build /src/build/release/libmatinee_accept.so /usr/lib/matinee/

ENV WEB_DIR=/usr/share/matinee/web DATA_DIR=/data HOST=0.0.0.0 METRICS_ADDRESS=0.0.0.0 LOG_FORMAT=json
# By number: from a name, Kubernetes cannot know that it is not root's.
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 8787 9464
# Unhealthy counts only after the time that the first start with the demo takes, which makes the demo film.
HEALTHCHECK --interval=10s --timeout=5s --start-period=600s CMD ["/usr/bin/matinee", "health"]
ENTRYPOINT ["/usr/bin/matinee"]
CMD ["up"]

# Last, so that a new commit builds no layer again that it does not change.
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="Matinee" \
      org.opencontainers.image.description="Capture what is playing on Plex, Jellyfin and Emby" \
      org.opencontainers.image.url="https://github.com/matinee-media/matinee" \
      org.opencontainers.image.source="https://github.com/matinee-media/matinee" \
      org.opencontainers.image.documentation="https://github.com/matinee-media/matinee/blob/main/docs/containers.md" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.base.name="docker.io/library/debian:bookworm-slim"
