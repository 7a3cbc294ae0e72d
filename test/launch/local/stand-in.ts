/**
 * Stands in for `nnvol work`: says and does what its script tells it, life by life.
 *
 * Argument 1 is a folder with `script.json`: for each worker the acts of its lives, the last one repeated. Each life leaves a line
 * `WORKER PID ARGUMENTS` in `lives`, each clean stop one in `stopped`.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { obeyParent } from "../../../src/launch/local/parent.ts";

const [folder = "", ...words] = process.argv.slice(2);
const [worker = 0, count = 1] = (words[words.indexOf("--shard") + 1] ?? "").split("/").map(Number);
const lives = join(folder, "lives");
const before = existsSync(lives) ? readFileSync(lives, "utf8").split("\n") : [];
const life = before.filter((line) => line.startsWith(`${worker} `)).length;
appendFileSync(lives, `${worker} ${process.pid} ${process.env["CUDA_VISIBLE_DEVICES"] ?? "-"} ${words.join(" ")}\n`);
const script: string[][] = JSON.parse(readFileSync(join(folder, "script.json"), "utf8"));
const acts = script[worker] ?? [];
const act = acts[Math.min(life, acts.length - 1)] ?? "work";

const say = (event: object) => process.stdout.write(`${JSON.stringify(event)}\n`);
const TOTAL = 4;

const keep = setInterval(() => undefined, 1000);
let isStopped = false;
function stop(): void {
	if (isStopped) return;
	isStopped = true;
	appendFileSync(join(folder, "stopped"), `${worker}\n`);
	say({ kind: "error", code: "CANCELLED", message: "interrupted", fields: {} });
	clearInterval(keep);
	process.exitCode = 130;
}
obeyParent(stop);
process.on("SIGTERM", stop);
appendFileSync(join(folder, "ready"), `${worker}\n`);

const mine = Array.from({ length: TOTAL }, (_, n) => n).filter((n) => n % count === worker);

function finish(failed = 0): void {
	say({ kind: "finished", done: TOTAL - failed, failed, skipped: 0 });
	clearInterval(keep);
	process.exitCode = failed > 0 ? 3 : 0;
}

function tile(id: number, done = 1): void {
	say({ kind: "case-started", id: `case ${id}` });
	say({ kind: "tile", id: `case ${id}`, done, total: 8 });
}

const [kind, detail = ""] = act.split(" ");
if (kind === "exit") process.exit(Number(detail));
say({ kind: "started", total: TOTAL, skipped: 0, remaining: TOTAL });
say({ kind: "note", text: "running on the CPU" });
switch (kind) {
	case "work":
		for (const n of mine) {
			tile(n, 8);
			say({ kind: "case-done", id: `case ${n}`, output: `out/${n}`, seconds: 1 });
		}
		finish();
		break;
	case "fail":
		while (readFileSync(join(folder, "ready"), "utf8").trim().split("\n").length < count) await pause(20);
		for (const n of mine) say({ kind: "case-failed", id: `case ${n}`, error: "no such file" });
		finish(TOTAL);
		break;
	case "hold":
		while (readFileSync(join(folder, "ready"), "utf8").trim().split("\n").length < count) await pause(20);
		for (const n of mine) say({ kind: "case-done", id: `case ${n}`, output: `out/${n}`, seconds: 1 });
		say({ kind: "finished", done: TOTAL, failed: 0, skipped: 0, peakMemory: Number(detail) });
		clearInterval(keep);
		break;
	case "volume":
		say({ kind: "case-started", id: "volume" });
		say({ kind: "block", id: "volume", done: worker, total: 8, failed: 0 });
		for (let n = 1; n <= 3; n++) say({ kind: "tile", id: "volume", done: n, total: 6 });
		say({ kind: "case-done", id: "volume", output: "out/volume", seconds: 1 });
		say({ kind: "finished", done: 1, failed: 0, skipped: 3 });
		clearInterval(keep);
		break;
	case "die":
		tile(worker);
		process.stdout.write("", () => process.kill(process.pid, "SIGKILL"));
		break;
	case "error":
		say({ kind: "error", code: detail, message: "this is why", fields: {} });
		process.stderr.write("nnvol: this is why\n");
		process.exit(1);
		break;
	case "crash":
		process.stderr.write("something odd\n");
		process.stderr.write("[E:onnxruntime] error: the driver is gone\n");
		process.exit(139);
		break;
	case "hang":
		tile(worker);
		// once it has answered for the first time
		process.once("message", () => setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), 300));
		break;
	case "pause":
		tile(worker);
		process.stdout.write("", () => process.kill(process.pid, "SIGSTOP"));
		break;
	default: // waits to be told
		tile(worker);
}
