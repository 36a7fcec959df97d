// Starts the demo as `make run` does and measures when the first truck moves, the first clue comes in, the first case is
// confirmed and the first company is on the black list. Exit code 0 when the last of these is within 120 s.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BAR_S = 120;
const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
const http = `127.0.0.1:${await freePort()}`;
const gateway = `127.0.0.1:${await freePort()}`;
const folder = mkdtempSync(join(tmpdir(), "two-minutes-"));
const started = Date.now();
const seconds = () => ((Date.now() - started) / 1000).toFixed(0);
const service = spawn(
  process.env.FLEET_SERVICE ?? "target/release/fleet-service",
  ["demo", "--data", join(folder, "demo"), "--http", http, "--gateway", gateway],
  { stdio: ["ignore", "pipe", "pipe"] },
);
let said = "";
service.stdout.on("data", (bytes) => (said += bytes));
service.stderr.on("data", (bytes) => (said += bytes));

const seen = {};
const note = (what) => (seen[what] ??= `${what} after ${seconds()} s`);
const ask = async (path) => {
  const token = said.match(/#token=([\w-]+)/)?.[1];
  const answer = await fetch(`http://${http}${path}`, { headers: { Authorization: `Bearer ${token}` } });
  return answer.json();
};
let first;
while (Date.now() - started < BAR_S * 1000 && !seen.listed && service.exitCode === null) {
  await new Promise((resolve) => setTimeout(resolve, 500));
  try {
    const { trucks } = await ask("/api/v1/trucks");
    const placed = trucks.filter((t) => t.last).map((t) => `${t.plate} ${t.last.lat} ${t.last.lon}`);
    first ??= placed.length > 0 ? new Set(placed) : undefined;
    if (first && placed.some((p) => !first.has(p))) note("trucks move");
    const { clues } = await ask("/api/v1/clues?state=all");
    if (clues.length > 0) note("clue");
    if (clues.some((c) => c.state === "confirmed")) note("confirmed");
    const { listed } = await ask("/api/v1/blacklist");
    if (listed.length > 0) note("listed");
  } catch {
    // Not up yet.
  }
}
service.kill("SIGTERM");
await new Promise((resolve) => service.once("exit", resolve));
rmSync(folder, { recursive: true, force: true });
const steps = ["trucks move", "clue", "confirmed", "listed"];
console.log(steps.map((step) => seen[step] ?? `${step}: not within ${BAR_S} s`).join(", "));
process.exit(seen.listed ? 0 : 1);
