// A client that knows the service only by its .proto: scores a file of histories over one stream.
//
//   npm install && npm run build
//   node dist/client.js histories.jsonl [--address localhost:50051] [--as-of 2024-06-01T00:00:00Z]
//
// Each line of the file is a history or a request in proto3 JSON, as `relhealth import` writes it.
// RELHEALTH_TOKEN is sent as a bearer token; RELHEALTH_CA names the PEM file that the service's
// certificate is checked against (unset: plain text).
import * as fs from "node:fs";
import { once } from "node:events";
import * as path from "node:path";
import * as readline from "node:readline";
import { parseArgs } from "node:util";
import * as grpc from "@grpc/grpc-js";
import * as loader from "@grpc/proto-loader";
import type { ProtoGrpcType } from "./generated/relationship_health.js";
import type { RelationshipHealthServiceClient } from "./generated/relhealth/v1/RelationshipHealthService.js";
import type { ScoreRelationshipRequest } from "./generated/relhealth/v1/ScoreRelationshipRequest.js";
import type { StreamScoreRelationshipsResponse__Output } from "./generated/relhealth/v1/StreamScoreRelationshipsResponse.js";
import type { GetScoringModelResponse__Output } from "./generated/relhealth/v1/GetScoringModelResponse.js";

const HERE = import.meta.dirname;
const ROOT = path.basename(HERE) === "dist" ? path.dirname(HERE) : HERE;
const DEADLINE_SECONDS = 30;

// What the service did not take is asked again; an answer that it gave is final.
const SERVICE_CONFIG = JSON.stringify({
  methodConfig: [
    {
      name: [{ service: "relhealth.v1.RelationshipHealthService" }],
      waitForReady: true,
      retryPolicy: {
        maxAttempts: 5,
        initialBackoff: "0.1s",
        maxBackoff: "2s",
        backoffMultiplier: 2,
        retryableStatusCodes: ["UNAVAILABLE", "RESOURCE_EXHAUSTED"],
      },
    },
  ],
});

function connect(address: string): RelationshipHealthServiceClient {
  const definition = loader.loadSync("relhealth/v1/relationship_health.proto", {
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
    // google/rpc/status.proto is not part of gRPC; google-proto-files brings it.
    includeDirs: [
      path.join(ROOT, "../../../proto"),
      path.join(ROOT, "node_modules/google-proto-files"),
    ],
  });
  const loaded = grpc.loadPackageDefinition(definition) as unknown as ProtoGrpcType;
  const authority = process.env.RELHEALTH_CA;
  const credentials = authority
    ? grpc.credentials.createSsl(fs.readFileSync(authority))
    : grpc.credentials.createInsecure();
  return new loaded.relhealth.v1.RelationshipHealthService(address, credentials, {
    "grpc.service_config": SERVICE_CONFIG,
    "grpc.enable_retries": 1,
  });
}

function metadata(): grpc.Metadata {
  const sent = new grpc.Metadata();
  const token = process.env.RELHEALTH_TOKEN;
  if (token) sent.set("authorization", `Bearer ${token}`);
  return sent;
}

function scoringModel(
  client: RelationshipHealthServiceClient,
): Promise<GetScoringModelResponse__Output> {
  const deadline = new Date(Date.now() + DEADLINE_SECONDS * 1000);
  return new Promise((resolve, reject) => {
    client.GetScoringModel({}, metadata(), { deadline }, (error, model) =>
      error || !model ? reject(error) : resolve(model),
    );
  });
}

type Timestamp = { seconds: string; nanos: number };

// RFC 3339 with up to nine digits of a second's fraction, which a Date would cut to three.
function timestamp(text: string): Timestamp {
  const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? "";
  const whole = Date.parse(text.replace(/\.\d+/, ""));
  if (Number.isNaN(whole)) throw new Error(`not an RFC 3339 time: ${text}`);
  return { seconds: String(whole / 1000), nanos: Number(fraction.padEnd(9, "0")) };
}

const TIMES = new Set(["sent_time", "recorded_time", "as_of_time"]);

// A line is a history, or a whole request with one. proto3 JSON writes times as strings;
// everything else has the shape that the loader takes.
function request(line: string, asOf?: string): ScoreRelationshipRequest {
  const parsed = JSON.parse(line, (key, value) =>
    TIMES.has(key) && typeof value === "string" ? timestamp(value) : value,
  );
  const whole: ScoreRelationshipRequest = "history" in parsed ? parsed : { history: parsed };
  if (asOf !== undefined) whole.as_of_time ??= timestamp(asOf);
  return whole;
}

function show(outcome: StreamScoreRelationshipsResponse__Output): void {
  if (outcome.error) {
    console.log(`#${outcome.index}\trefused\t${outcome.error.message}`);
    return;
  }
  const response = outcome.response;
  const health = response?.health;
  const value = health?.estimate?.value.toFixed(1) ?? "not enough evidence";
  console.log(
    [`#${outcome.index}`, response?.customer_id, value, health?.band, response?.stance?.label].join(
      "\t",
    ),
  );
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { address: { type: "string", default: "localhost:50051" }, "as-of": { type: "string" } },
  });
  const file = positionals[0];
  if (file === undefined) throw new Error("usage: client.js HISTORIES.jsonl [--address HOST:PORT]");
  const client = connect(values.address);
  const model = await scoringModel(client);
  console.log(`model ${model.model_version}, rubric ${model.rubric_version}`);

  const stream = client.StreamScoreRelationships(metadata());
  stream.on("data", show);
  const ended = new Promise<void>((resolve, reject) => {
    stream.on("end", resolve);
    stream.on("error", reject);
  });
  const lines = readline.createInterface({ input: fs.createReadStream(file, "utf8") });
  for await (const line of lines) {
    if (!line.trim()) continue;
    // A full buffer means that the service is busy: wait until it has taken some.
    if (!stream.write({ request: request(line, values["as-of"]) })) await once(stream, "drain");
  }
  stream.end();
  await ended;
  client.close();
}

await main();
