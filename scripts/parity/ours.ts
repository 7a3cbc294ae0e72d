/**
 * nnvol's side: the command, run in a process of its own for each model.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ParityCase } from "./model.ts";

/** How the command ended: what it said is kept where it failed. */
export type Ended = { readonly code: number; readonly said: string; readonly seconds: number };

/**
 * `command` is a built one; where it is not given, the sources run. Predicts the inputs in `out/NAME/inputs` with `out/NAME/model` into
 * `out/NAME/ours`.
 */
export async function runOurs(out: string, model: ParityCase, command: string | undefined): Promise<Ended> {
	const own = join(out, model.name);
	const target = join(own, "ours");
	await rm(target, { recursive: true, force: true });
	const source = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
	const args = ["predict", join(own, "model"), join(own, "inputs"), target, "--quiet", "--save-probabilities"];
	args.push("--device", "cpu", "--folds", model.folds.join(","), "--step-size", String(model.step));
	if (!model.mirror) args.push("--no-tta");
	if (model.previous !== null) args.push("--previous-stage", join(out, model.previous, "float32"));
	const begun = performance.now();
	const program = command === undefined ? ["--import", "tsx", source] : [command];
	const child = spawn(process.execPath, [...program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
	let said = "";
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding("utf8").on("data", (chunk: string) => {
			said += chunk;
		});
	const code = await new Promise<number>((resolve, reject) => {
		child.once("error", reject);
		child.once("close", (status) => resolve(status ?? 1));
	});
	return { code, said, seconds: (performance.now() - begun) / 1000 };
}
