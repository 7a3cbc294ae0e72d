/**
 * Memory that this process holds on graphics cards, as `nvidia-smi` tells it, asked now and then.
 *
 * It is looked at, never relied on: where there is no such program, or it does not know this process (in a container with
 * process numbers of its own), nothing is known and nothing is said.
 *
 * @module
 */
import { execFile } from "node:child_process";

/** Milliseconds between looks: each starts a program. */
const PAUSE = 15_000;

/** The first look, once the network is likely to be loaded. */
const FIRST = 3000;

/** Milliseconds after which a look is given up. */
const PATIENCE = 10_000;

const QUERY = ["--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits"];

let now: number | undefined;
let peak: number | undefined;

/** Bytes that this process held on graphics cards at the last look, and at most. Undefined where it is not known. */
export function gpuMemory(): { readonly now: number | undefined; readonly peak: number | undefined } {
	return { now, peak };
}

/** Looks now and then, from here on; the function that is given ends that. */
export function watchGpuMemory(program = "nvidia-smi", first = FIRST, pause = PAUSE): () => void {
	let timer: NodeJS.Timeout | undefined;
	let isOver = false;
	const again = (wait: number) => {
		timer = setTimeout(look, wait);
		timer.unref();
	};
	const look = () => {
		const child = execFile(program, QUERY, { timeout: PATIENCE, windowsHide: true }, (error, out) => {
			if (error !== null || isOver) return; // no program, or no card: not asked again
			note(memoryOf(out, process.pid));
			again(pause);
		});
		child.unref();
	};
	again(first);
	return () => {
		isOver = true;
		clearTimeout(timer);
	};
}

/** Bytes of the process `pid` in lines `PID, MEBIBYTES`, over all cards; undefined where it is in none. */
export function memoryOf(text: string, pid: number): number | undefined {
	const found = text.split("\n").flatMap((line) => {
		const [, owner, mebibytes] = /^\s*(\d+),\s*(\d+)\s*$/.exec(line) ?? [];
		return Number(owner) === pid ? [Number(mebibytes) * 2 ** 20] : [];
	});
	return found.length === 0 ? undefined : found.reduce((a, b) => a + b, 0);
}

function note(bytes: number | undefined): void {
	now = bytes;
	if (bytes !== undefined) peak = Math.max(peak ?? 0, bytes);
}
