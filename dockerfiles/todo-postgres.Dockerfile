# PostgreSQL 15 of the todo environment, from Debian's packages. Context: apps/todo
#
# BASE        a slim Debian bookworm
# BUILD_BASE  the same suite; if PostgreSQL is not in it, it is installed here from Debian's mirrors
ARG BASE=debian:bookworm-slim
ARG BUILD_BASE=${BASE}

FROM ${BASE} AS base

FROM ${BUILD_BASE} AS parts
RUN if [ ! -x /usr/lib/postgresql/15/bin/postgres ]; then \
      apt-get update && apt-get install -y --no-install-recommends postgresql-15; \
    fi
COPY --from=base /usr/lib /base/usr/lib
COPY postgres/collect-postgres.sh /collect-postgres.sh
RUN /collect-postgres.sh /parts /base

FROM ${BASE}
COPY --from=parts /parts /
RUN echo 'postgres:x:1000:1000::/var/lib/postgresql:/bin/sh' >> /etc/passwd \
 && echo 'postgres:x:1000:' >> /etc/group \
 && mkdir -p /var/lib/postgresql/data /var/run/postgresql \
 && chown -R 1000:1000 /var/lib/postgresql /var/run/postgresql
COPY postgres/start-postgres.sh /usr/local/bin/start-postgres
ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 \
    PGDATA=/var/lib/postgresql/data/pgdata
USER 1000:1000
EXPOSE 5432
# Ends sessions instead of waiting for them; what was committed is safe.
STOPSIGNAL SIGINT
CMD ["start-postgres"]
