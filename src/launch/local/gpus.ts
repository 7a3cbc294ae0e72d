/**
 * The graphics cards that this process may use, as CUDA_VISIBLE_DEVICES names them.
 *
 * A list in the variable is respected as it is, numbers or UUIDs. Otherwise nvidia-smi is asked, and cards go by their UUIDs: CUDA
 * and nvidia-smi number them in different orders.
 *
 * @module
 */
import { execFileSync } from "node:child_process";

/** Names of the cards, each fit for CUDA_VISIBLE_DEVICES by itself. */
export function visibleGpus(env: NodeJS.ProcessEnv = process.env, ask: () => string = askDriver): readonly string[] {
	const list = env["CUDA_VISIBLE_DEVICES"];
	return list === undefined ? gpusOfDriver(ask()) : gpusOfVariable(list);
}

/** As CUDA reads the variable: up to the first entry that is none. */
function gpusOfVariable(list: string): string[] {
	const names: string[] = [];
	for (const name of list.split(",").map((part) => part.trim())) {
		if (!/^(\d+|GPU-[\w-]+|MIG-[\w/-]+)$/i.test(name)) break;
		if (!names.includes(name)) names.push(name);
	}
	return names;
}

/** Reads what `nvidia-smi -L` writes; of a card that is divided (MIG) its parts are the devices. */
function gpusOfDriver(text: string): string[] {
	const names: string[] = [];
	let whole: string | undefined;
	for (const line of text.split("\n")) {
		const [, uuid] = /\(UUID: ((?:GPU|MIG)-[^)]+)\)/.exec(line) ?? [];
		if (uuid === undefined) continue;
		if (uuid.startsWith("GPU-")) {
			if (whole !== undefined) names.push(whole);
			whole = uuid;
		} else {
			whole = undefined;
			names.push(uuid);
		}
	}
	return whole === undefined ? names : [...names, whole];
}

function askDriver(): string {
	try {
		return execFileSync("nvidia-smi", ["-L"], {
			encoding: "utf8",
			stdio: ["ignore", "pipe", "ignore"],
			timeout: 30_000,
		});
	} catch {
		return "";
	}
}
