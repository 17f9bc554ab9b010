# The sse-gateway of the todo environment. Context: apps/todo
#
# BASE        has Node 24 and a user 1000
# BUILD_BASE  has npm besides, and whatever this machine needs to reach the package registry;
#             nothing of it gets into the image
ARG BASE=node:24-bookworm-slim
ARG BUILD_BASE=${BASE}

FROM ${BUILD_BASE} AS packages
WORKDIR /app
COPY sse-gateway/package.json sse-gateway/package-lock.json ./
# Maps, declarations and sources of packages are for editors, not for running.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error \
 && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' \) -delete \
 && find node_modules -name .package-lock.json -delete

FROM ${BASE}
# Compiled code outlives the program in its pod: it starts again in half the time.
ENV NODE_ENV=production NODE_COMPILE_CACHE=/tmp/node-compile-cache
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY sse-gateway/package.json ./
COPY shared ./shared
COPY sse-gateway/src ./sse-gateway/src
USER 1000:1000
EXPOSE 8003
CMD ["node", "sse-gateway/src/main.ts"]
