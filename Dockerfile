# syntax=docker/dockerfile:1
# lamblint itself, to check other images and Dockerfiles with:
#   docker build -t lamblint .
#   docker run --rm -v "$PWD:/work:ro" lamblint
# One static program: no shell, no library, no root. Built on each platform for that platform.

FROM rust:1.90-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY schemas schemas
COPY rules rules
COPY src src
# Only with a target named are the compiler's own plug-ins spared the flag, and they cannot be static.
ENV RUSTFLAGS="-C target-feature=+crt-static"
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    target=$(rustc --print host-tuple) \
    && cargo build --release --locked --target "$target" \
    && cp "target/$target/release/lamblint" /lamblint

FROM scratch
COPY --from=build /lamblint /lamblint
WORKDIR /work
USER 65534:65534
ENTRYPOINT ["/lamblint"]
CMD ["check", "."]
