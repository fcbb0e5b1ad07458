FROM debian:trixie-slim AS build
WORKDIR /sluice
# The packages come before the sources, so that a change of the sources does
# not install them again.
COPY scripts/install_packages.sh scripts/
RUN scripts/install_packages.sh build
COPY . .
RUN ./run build && strip build/release/sluice \
  && scripts/list_runtime_packages.sh build/release/sluice \
       > build/release/packages

FROM debian:trixie-slim
COPY --from=build /sluice/build/release/packages /tmp/packages
RUN apt-get update -qq \
  && DEBIAN_FRONTEND=noninteractive xargs -a /tmp/packages \
       apt-get install -y -qq --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/* /tmp/packages \
  && groupadd --system --gid 10001 sluice \
  && useradd --system --uid 10001 --gid sluice --home-dir /data \
       --no-create-home --shell /usr/sbin/nologin sluice \
  && install -d -o sluice -g sluice -m 750 /data
COPY --from=build /sluice/build/release/sluice /usr/local/bin/sluice
USER sluice
WORKDIR /data
ENV SLUICE_DATA=/data
VOLUME /data
STOPSIGNAL SIGTERM
# Asks through NATS, so it is healthy when clients are answered.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["sluice", "request", "sluice.health", "{}"]
ENTRYPOINT ["sluice"]
CMD ["serve"]
