# The exporter as a container: a static program, the root certificates and
# nothing else; no root user.
#
#   docker build -t hgtop .
#   docker run -v ./config.toml:/config.toml:ro -e HOTGLUE_API_KEY -p 9700:9700 hgtop
FROM rust:1-alpine AS build
RUN apk add --no-cache musl-dev gcc make
WORKDIR /hgtop
COPY . .
RUN cargo build --locked --release && mkdir -p /empty

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /hgtop/target/release/hgtop /hgtop
COPY --from=build --chown=65532:65532 /empty /data
USER 65532:65532
ENV HGTOP_CONFIG=/config.toml HOME=/data
EXPOSE 9700
ENTRYPOINT ["/hgtop"]
CMD ["export", "--listen", "0.0.0.0:9700"]
