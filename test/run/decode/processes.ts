/** Several real processes on one volume, disturbed or not. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { SharedCall } from "./shared-program.ts";

/** A process and what it says. */
export type Running = {
	readonly child: ChildProcess;
	/** What it has written to standard output so far. */
	said(): string;
	/** What it has written to standard error. */
	complaints(): string;
	/** The code that it ends with; null where it was killed. */
	readonly ended: Promise<number | null>;
};

const PROGRAM = fileURLToPath(new URL("./shared-program.ts", import.meta.url));

/** Starts a process that decodes. */
export function decodeApart(call: SharedCall): Running {
	return start(["--import", "tsx", PROGRAM, JSON.stringify(call)]);
}

/** Starts Node. */
export function start(args: readonly string[]): Running {
	const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
	let [said, complaints] = ["", ""];
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		said += text;
	});
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		complaints += text;
	});
	const ended = once(child, "close").then(([code]) => (typeof code === "number" ? code : null));
	return { child, said: () => said, complaints: () => complaints, ended };
}

/** How processes are disturbed. */
export type Disturbance = {
	readonly processes: number;
	/** Most kills with SIGKILL; another process is started for each. */
	readonly kills: number;
	/** Most stops with SIGSTOP, and how long they are; those of longer than a lease lose what they have in hand. */
	readonly stops: number;
	readonly stopped: number;
	/** Milliseconds between disturbances at most; none before a process has said something. */
	readonly every: number;
	readonly random: () => number;
	/** Starts the n-th process. */
	readonly begin: (n: number) => Running;
};

/** Keeps so many processes at work and disturbs them until one has ended well, and all have. @throws where one fails */
export async function disturb(how: Disturbance): Promise<{ kills: number; stops: number; started: number }> {
	const counts = { kills: 0, stops: 0, started: 0 };
	let finished = false;
	const keepOne = async (alive: (one: Running | undefined) => void): Promise<void> => {
		while (!finished) {
			const one = how.begin(counts.started++);
			alive(one);
			const code = await one.ended;
			alive(undefined);
			if (code === 0) finished = true;
			else if (code !== null) {
				finished = true;
				throw new Error(`a process ended with ${code}:\n${one.complaints()}`);
			}
		}
	};
	const alive: (Running | undefined)[] = [];
	const all = Promise.allSettled(
		Array.from({ length: how.processes }, (_, n) =>
			keepOne((one) => {
				alive[n] = one;
			}),
		),
	);
	while (!finished) {
		await pause(20 + how.random() * how.every);
		const one = alive[Math.floor(how.random() * how.processes)];
		if (one === undefined || one.said() === "" || finished) continue;
		if (counts.stops < how.stops && how.random() < 0.5) {
			counts.stops++;
			one.child.kill("SIGSTOP");
			setTimeout(() => one.child.kill("SIGCONT"), how.stopped);
		} else if (counts.kills < how.kills) {
			counts.kills++;
			one.child.kill("SIGKILL");
		}
	}
	for (const result of await all) if (result.status === "rejected") throw result.reason;
	return counts;
}

/** Waits so many milliseconds. */
export function pause(milliseconds: number): Promise<void> {
	return new Promise((resolve) => {
		setTimeout(resolve, milliseconds);
	});
}
