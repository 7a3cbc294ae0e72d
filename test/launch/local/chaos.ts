/**
 * Four workers of one run are killed, stopped and continued at random, as kernels, administrators and batch systems do.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { begin, endsWith, requireSame, type SoakScene, wordsOf } from "../../run/volume/soak-scene.ts";

/** What was done to workers. */
export type ChaosReport = {
	readonly runs: number;
	readonly kills: number;
	readonly stops: number;
	/** Workers that were stopped and never continued. */
	readonly frozen: number;
	readonly restarts: number;
	readonly givenUp: number;
	readonly seconds: number;
};

/** How it is disturbed. */
export type Chaos = {
	readonly workers: number;
	/** Milliseconds for which workers are disturbed. */
	readonly time: number;
	readonly random: () => number;
	/** Words of the command, one kind of output after the other. */
	readonly kinds: readonly (readonly string[])[];
	/** How likely a stopped worker is left for good. */
	readonly frozen: number;
};

/** Processes that `parent` started (Linux). */
function childrenOf(parent: number): number[] {
	return readdirSync("/proc").flatMap((name) => {
		if (!/^\d+$/.test(name)) return [];
		try {
			const text = readFileSync(`/proc/${name}/stat`, "latin1");
			const [, ppid] = text.slice(text.lastIndexOf(")") + 2).split(" ");
			return Number(ppid) === parent ? [Number(name)] : [];
		} catch {
			return [];
		}
	});
}

class Disturber {
	readonly #parent: number;
	readonly #chaos: Chaos;
	readonly #until: number;
	readonly #frozen = new Set<number>();
	kills = 0;
	stops = 0;

	constructor(parent: number, chaos: Chaos, until: number) {
		this.#parent = parent;
		this.#chaos = chaos;
		this.#until = until;
	}

	get frozen(): number {
		return this.#frozen.size;
	}

	/** Disturbs until the time is up or `isOver`. */
	async work(isOver: () => boolean): Promise<void> {
		const { random } = this.#chaos;
		while (!isOver() && Date.now() < this.#until) {
			await pause(300 + 2400 * random());
			const workers = childrenOf(this.#parent).filter((pid) => !this.#frozen.has(pid));
			const victim = workers[Math.floor(random() * workers.length)];
			if (victim === undefined || isOver()) continue;
			if (random() < 0.45) this.#kills(victim);
			else this.#stop(victim);
		}
	}

	#kills(victim: number): void {
		if (send(victim, "SIGKILL")) this.kills++;
	}

	#stop(victim: number): void {
		const { random, frozen } = this.#chaos;
		if (!send(victim, "SIGSTOP")) return;
		this.stops++;
		// somebody has to be left to do the work
		if (random() < frozen && this.#frozen.size === 0) this.#frozen.add(victim);
		else setTimeout(() => send(victim, "SIGCONT"), 200 + 8000 * random() ** 2);
	}
}

function send(pid: number, signal: NodeJS.Signals): boolean {
	try {
		process.kill(pid, signal);
		return true;
	} catch {
		return false; // it has ended by itself
	}
}

/**
 * Runs again and again until the time is up, each run disturbed; the last one ends in peace. @throws where a run does not end with 0, its
 * output is not verified, or has other voxels than that of one undisturbed process
 */
export async function runChaos(scene: SoakScene, chaos: Chaos, tell: (text: string) => void): Promise<ChaosReport> {
	const begun = Date.now();
	for (const [n, kind] of chaos.kinds.entries()) await endsWith(0, wordsOf(scene, referenceOf(scene, n), kind));
	const from = Date.now();
	const until = from + chaos.time;
	const sum = { runs: 0, kills: 0, stops: 0, frozen: 0, restarts: 0, givenUp: 0 };
	while (Date.now() < until) {
		const n = sum.runs % chaos.kinds.length;
		const out = join(scene.folder, `chaos-${sum.runs}`);
		const life = begin(wordsOf(scene, out, ["--workers", `${chaos.workers}`, ...(chaos.kinds[n] ?? [])]));
		let isOver = false;
		const ended = life.ended.finally(() => {
			isOver = true;
		});
		const disturber = new Disturber(life.child.pid ?? 0, chaos, until);
		await disturber.work(() => isOver);
		const { code, text } = await ended;
		if (code !== 0) throw new Error(`expected exit code 0, found ${String(code)}: ${text.slice(-3000)}`);
		await requireSame(out, referenceOf(scene, n));
		sum.runs++;
		sum.kills += disturber.kills;
		sum.stops += disturber.stops;
		sum.frozen += disturber.frozen;
		sum.restarts += text.match(/started again/g)?.length ?? 0;
		sum.givenUp += text.match(/it is given up/g)?.length ?? 0;
		const seconds = Math.round((Date.now() - from) / 1000);
		tell(
			`run ${sum.runs}: ${disturber.kills} kills, ${disturber.stops} stops (${disturber.frozen} for good); equal; ${seconds} s`,
		);
	}
	return { ...sum, seconds: Math.round((Date.now() - begun) / 1000) };
}

const referenceOf = ({ folder }: SoakScene, n: number) => join(folder, `reference-${n}`);
