# Builds workflowd on Debian 12 and keeps what it needs to run. The same steps by hand:
# scripts/install-packages.sh build, cmake --preset release, cmake --install.
FROM debian:12 AS build
WORKDIR /src
COPY . .
RUN scripts/install-packages.sh build \
 && cmake --preset release \
 && cmake --build --preset release \
 && DESTDIR=/out cmake --install build/release

FROM debian:12-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates librdkafka1 libpq5 libevent-2.1-7 libjq1 libfyaml0 libsystemd0 libprotobuf-c1 libssl3 libcurl4 libglib2.0-0 libstdc++6 tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --no-create-home workflowd
COPY --from=build /out /
USER workflowd
ENTRYPOINT ["/usr/bin/workflowd"]
CMD ["-c", "/etc/workflowd/workflowd.yaml"]
