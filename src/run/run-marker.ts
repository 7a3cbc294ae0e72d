/**
 * A file that says which process is at work on an output, so that a run that goes on is told from one that was killed.
 *
 * The file's time is renewed while the process lives; behind a URL, where times cannot be asked for, the file tells it. It
 * decides nothing: whoever works on blocks goes by their records.
 *
 * @module
 */
import { stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { hostLabel } from "../core/atomic-file.ts";
import { isAlive } from "../volume/publish.ts";
import { openState, type StateStore } from "./state-store.ts";

/** Milliseconds between renewals. */
const RENEWED = 30_000;

/** A marker that was not renewed for so many milliseconds is of a process that is gone. */
const STALE = 10 * RENEWED;

const NAME = /^running\.([\w-]+)\.(\d+)$/;

/** Marks this process as at work in `folder`; the function that is given ends that, and never throws. */
export async function markRunning(folder: string): Promise<() => Promise<void>> {
	const state = await openState(folder);
	const gone = (await markersIn(state)).filter((marker) => !marker.alive);
	await state.remove(gone.map(({ name }) => name));
	const name = `running.${hostLabel()}.${process.pid}`;
	await writeTime(state, name);
	const timer = setInterval(() => {
		renew(state, name).catch(() => undefined);
	}, RENEWED);
	timer.unref();
	return async () => {
		clearInterval(timer);
		await state.remove([name]).catch(() => undefined);
	};
}

async function renew(state: StateStore, name: string): Promise<void> {
	const now = new Date();
	await (state.isRemote ? writeTime(state, name) : utimes(join(state.root, name), now, now));
}

async function writeTime(state: StateStore, name: string): Promise<void> {
	await state.write(name, `${new Date().toISOString()}\n`);
}

/** Processes that are at work in `folder`: `HOST:PID`. */
export async function runningIn(folder: string): Promise<string[]> {
	const alive = (await markersIn(await openState(folder))).filter((marker) => marker.alive);
	return alive.map(({ worker }) => worker);
}

type Marker = { readonly name: string; readonly worker: string; readonly alive: boolean };

async function markersIn(state: StateStore): Promise<Marker[]> {
	const markers: Marker[] = [];
	for (const name of (await state.list()).files) {
		const [, host = "", pid] = NAME.exec(name) ?? [];
		if (pid === undefined) continue;
		const isRenewed = Date.now() - (await timeOf(state, name)) < STALE;
		markers.push({ name, worker: `${host}:${pid}`, alive: isRenewed && isProcess(host, Number(pid)) });
	}
	return markers;
}

/** When a marker was last renewed, ms since 1970; long ago where it is gone. */
async function timeOf(state: StateStore, name: string): Promise<number> {
	if (state.isRemote) return Date.parse((await state.read(name))?.trim() ?? "") || 0;
	return (await stat(join(state.root, name)).catch(() => undefined))?.mtimeMs ?? 0;
}

/** True where `pid` lives on `host`; of other machines only their markers tell. */
export function isProcess(host: string, pid: number): boolean {
	return host !== hostLabel() || isAlive(pid);
}
