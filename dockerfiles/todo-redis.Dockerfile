# Redis 7.0 of the todo environment. Context: apps/todo
#
# BASE        a slim Debian bookworm
# BUILD_BASE  has redis-server and redis-cli of the same suite: the official image, or Debian's packages
ARG BASE=debian:bookworm-slim
ARG BUILD_BASE=redis:7.0.15-bookworm

FROM ${BASE} AS base

FROM ${BUILD_BASE} AS parts
COPY --from=base /usr/lib /base/usr/lib
COPY redis/collect-redis.sh /collect-redis.sh
RUN /collect-redis.sh /parts /base

FROM ${BASE}
COPY --from=parts /parts /
RUN echo 'redis:x:1000:1000::/data:/bin/sh' >> /etc/passwd \
 && echo 'redis:x:1000:' >> /etc/group \
 && mkdir /data \
 && chown 1000:1000 /data
COPY redis/redis.conf /etc/redis/redis.conf
COPY redis/start-redis.sh /usr/local/bin/start-redis
COPY redis/ping-redis.sh /usr/local/bin/ping-redis
USER 1000:1000
EXPOSE 6379
CMD ["start-redis"]
