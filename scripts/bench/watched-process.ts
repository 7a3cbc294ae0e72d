/**
 * Runs a command to its end and watches it: wall time, and the largest memory of its whole tree of processes.
 *
 * Memory is sampled from Linux's `/proc` and summed over the processes of the tree, each page that several processes have
 * counted once (their "proportional" sizes: the children that Python forks share nearly all of their parent's). Elsewhere
 * it is not known.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const EVERY_MS = 100;

/** How a command ended. */
export type Watched = {
	readonly code: number;
	readonly seconds: number;
	/** Bytes; undefined where there is no `/proc`. */
	readonly peak: number | undefined;
	/** What was said to standard output and error, its end. */
	readonly said: string;
};

/** Limits of a run. */
export type Limits = {
	readonly env?: Readonly<Record<string, string>>;
	/** Bytes of memory at which the tree is ended. */
	readonly memory?: number;
	/** Who measures the tree's memory; by default its proportional sizes. */
	readonly observer?: Observer;
};

/** Measures the processes of a tree. */
export interface Observer {
	/** Bytes of memory now. */
	sample(tree: readonly number[]): number;
}

/** Runs `program`; never throws for how it ends. */
export async function watch(program: string, args: readonly string[], limits: Limits = {}): Promise<Watched> {
	const begun = performance.now();
	const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...limits.env } });
	const end = () => child.kill("SIGKILL"); // where whoever watches is ended
	process.prependListener("exit", end);
	let said = "";
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding("utf8").on("data", (chunk: string) => {
			said = (said + chunk).slice(-4000);
		});
	}
	const memory = new TreeMemory(child.pid ?? 0, limits.observer);
	const timer = setInterval(() => {
		const now = memory.sample();
		if (limits.memory !== undefined && now > limits.memory) memory.end();
	}, EVERY_MS);
	const code = await new Promise<number>((resolve, reject) => {
		child.once("error", reject);
		child.once("close", (status, signal) => resolve(status ?? (signal === null ? 1 : 137)));
	}).finally(() => {
		clearInterval(timer);
		process.off("exit", end);
	});
	return { code, seconds: (performance.now() - begun) / 1000, peak: memory.peak, said };
}

const PROPORTIONAL: Observer = { sample: (tree) => tree.reduce((sum, pid) => sum + ownMemory(pid), 0) };

class TreeMemory {
	peak: number | undefined;
	readonly #root: number;
	readonly #observer: Observer;
	#tree: readonly number[] = [];

	constructor(root: number, observer: Observer = PROPORTIONAL) {
		this.#root = root;
		this.#observer = observer;
	}

	/** Bytes now. */
	sample(): number {
		if (process.platform !== "linux") return 0;
		this.#tree = treeOf(this.#root);
		const now = this.#observer.sample(this.#tree);
		this.peak = Math.max(this.peak ?? 0, now);
		return now;
	}

	/** Ends the processes that were seen. */
	end(): void {
		for (const pid of [...this.#tree].reverse()) {
			try {
				process.kill(pid, "SIGKILL");
			} catch {
				// It has ended by itself.
			}
		}
	}
}

function treeOf(root: number): number[] {
	const children = new Map<number, number[]>();
	for (const name of readdirSync("/proc")) {
		const pid = Number(name);
		if (!Number.isInteger(pid)) continue;
		const parent = Number(
			textOf(`/proc/${pid}/stat`)
				.replace(/^.*\) \S /s, "")
				.split(" ", 1)[0],
		);
		children.set(parent, [...(children.get(parent) ?? []), pid]);
	}
	const tree = [root];
	for (const pid of tree) tree.push(...(children.get(pid) ?? []));
	return tree;
}

function ownMemory(pid: number): number {
	const [, kilobytes = "0"] = /^Pss:\s+(\d+) kB$/m.exec(textOf(`/proc/${pid}/smaps_rollup`)) ?? [];
	return Number(kilobytes) * 1024;
}

/** The text of a process's file in `/proc`; empty where it has ended meanwhile. */
export function textOf(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return "";
	}
}
