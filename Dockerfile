# A worker, and every other command: docker build -t kafka-bronze . && docker run kafka-bronze worker
FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json ./
# The base image has Node 24; native parts come prebuilt, so nothing has to run.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY bin ./bin
COPY src ./src
COPY workflows ./workflows
COPY activities ./activities
COPY schema ./schema
COPY jobs ./jobs
USER node
# Node is process 1, and so gets the signals.
ENTRYPOINT ["node", "/app/bin/bronze.mjs"]
CMD ["worker"]
