/**
 * A file that says which process is at work on an output, so that a run that goes on is told from one that was killed.
 *
 * The file's time is renewed while the process lives. It decides nothing: whoever works on blocks goes by their records.
 *
 * @module
 */
import { readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hostLabel } from "../core/atomic-file.ts";
import { isAlive } from "../volume/publish.ts";

/** Milliseconds between renewals. */
const RENEWED = 30_000;

/** A marker that was not renewed for so many milliseconds is of a process that is gone. */
const STALE = 10 * RENEWED;

const NAME = /^running\.([\w-]+)\.(\d+)$/;

/** Marks this process as at work in `folder`; the function that is given ends that, and never throws. */
export async function markRunning(folder: string): Promise<() => Promise<void>> {
	for (const { name, alive } of await markersIn(folder)) if (!alive) await rm(join(folder, name), { force: true });
	const path = join(folder, `running.${hostLabel()}.${process.pid}`);
	await writeFile(path, "");
	const timer = setInterval(() => {
		utimes(path, new Date(), new Date()).catch(() => undefined);
	}, RENEWED);
	timer.unref();
	return async () => {
		clearInterval(timer);
		await rm(path, { force: true }).catch(() => undefined);
	};
}

/** Processes that are at work in `folder`: `HOST:PID`. */
export async function runningIn(folder: string): Promise<string[]> {
	const alive = (await markersIn(folder)).filter((marker) => marker.alive);
	return alive.map(({ worker }) => worker);
}

type Marker = { readonly name: string; readonly worker: string; readonly alive: boolean };

async function markersIn(folder: string): Promise<Marker[]> {
	const names: readonly string[] = await readdir(folder).catch(() => []);
	const markers: Marker[] = [];
	for (const name of names) {
		const [, host = "", pid] = NAME.exec(name) ?? [];
		if (pid === undefined) continue;
		const found = await stat(join(folder, name)).catch(() => undefined);
		const renewed = found !== undefined && Date.now() - found.mtimeMs < STALE;
		markers.push({ name, worker: `${host}:${pid}`, alive: renewed && isProcess(host, Number(pid)) });
	}
	return markers;
}

/** True where `pid` lives on `host`; of other machines only their markers tell. */
export function isProcess(host: string, pid: number): boolean {
	return host !== hostLabel() || isAlive(pid);
}
