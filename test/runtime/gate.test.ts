import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { newGate, shut, through, unwatch, watch } from "../../src/runtime/gate.ts";
import { GRAPH_FIXTURES } from "../graph/fixtures.ts";

describe("a gate", () => {
	it("lets one call after the other through, failed ones too, until it is shut", async () => {
		const gate = newGate();
		expect(await through(gate, async () => 1)).toBe(1);
		await expect(through(gate, () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
		expect(await through(gate, async () => 2)).toBe(2);
		shut(gate);
		await expect(through(gate, async () => 3)).rejects.toMatchObject({
			code: "RUNTIME",
			message: "the process is ending",
		});
	});

	it("waits for the call in progress no longer than it is told", async () => {
		const gate = newGate();
		let end = () => {};
		const work = new Promise<void>((done) => {
			end = done;
		});
		const call = through(gate, () => work);
		const start = Date.now();
		shut(gate, 50);
		expect(Date.now() - start).toBeGreaterThanOrEqual(45);
		end();
		await call;
		expect(await through(gate, async () => "open, for the wait ended first")).toContain("open");
	});

	it("listens to the end of the process only while a session is open", () => {
		const before = process.listenerCount("exit");
		const gates = [newGate(), newGate()];
		for (const gate of gates) watch(gate);
		expect(process.listenerCount("exit")).toBe(before + 1);
		for (const gate of gates) unwatch(gate);
		expect(process.listenerCount("exit")).toBe(before);
	});
});

/** Opens a session in a process of its own and ends the process in the middle of a call. */
const ENDING = `
const [, dist, folder] = process.argv;
const { findModel } = await import(dist + "model/locate.js");
const { loadModel } = await import(dist + "model/load.js");
const { emitOnnx } = await import(dist + "graph/emit.js");
const { openSession } = await import(dist + "runtime/open-session.js");
const { spec, folds } = await loadModel(await findModel(folder));
const session = await openSession(emitOnnx(spec.architecture, await folds[0].weights()), { device: { kind: "cpu" }, threads: 1 });
const input = () => ({ data: new Float32Array(8 * 512 * 512), shape: [4, 2, 512, 512] });
for (let i = 0; i < 3; i++) session.run(input()).catch(() => {});
setTimeout(() => process.exit(7), 50);
`;

describe("a process that exits while a network runs", () => {
	it("ends with its own code and without a crash", async () => {
		const dist = new URL("../../dist/", import.meta.url).href;
		const folder = fileURLToPath(new URL("plain_2d", `file://${GRAPH_FIXTURES}/`));
		const args = ["--input-type=module", "-e", ENDING, dist, folder];
		const found = await new Promise<{ code: unknown; stderr: string }>((done) => {
			execFile(process.execPath, args, (error, _, stderr) => done({ code: error?.code ?? 0, stderr }));
		});
		expect(found).toEqual({ code: 7, stderr: "" });
	});
});
