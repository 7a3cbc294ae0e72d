/**
 * What befalls a streamed run besides kill -9: full disks, bad servers, inputs that go away or are damaged, interruptions,
 * company. Each function disturbs a run, checks what is left, goes on, and compares with an undisturbed run.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { treeOf } from "../../cli/scene.ts";
import { type Fault, faultServer } from "../../volume/stores/fault-server.ts";
import {
	begin,
	type Ending,
	endsWith,
	folderIn,
	type Life,
	recordsOf,
	requireKept,
	requireSame,
	type SoakScene,
	straysOf,
	verdictOf,
	wordsOf,
} from "./soak-scene.ts";

/** An undisturbed run of the scene with these words. */
export async function referenceOf(scene: SoakScene, more: readonly string[] = []): Promise<string> {
	const out = folderIn(scene, `reference-${Buffer.from(more.join()).toString("hex").slice(0, 64)}`);
	if (recordsOf(out).size === 0) await endsWith(0, wordsOf(scene, out, more));
	return out;
}

/** True where file systems can be mounted, as root on Linux. */
export function canMount(folder: string): boolean {
	const place = join(folder, "may-mount");
	mkdirSync(place, { recursive: true });
	try {
		execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", place], { stdio: "ignore" });
		execFileSync("umount", [place], { stdio: "ignore" });
		return true;
	} catch {
		return false;
	}
}

/** A disk with `free` KiB left is filled by a run; then there is room. Gives how many blocks were done on the full disk. */
export async function fullDisk(scene: SoakScene, free: number, more: readonly string[] = []): Promise<number> {
	const reference = await referenceOf(scene, more);
	const disk = folderIn(scene, "disk");
	execFileSync("mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", disk]);
	try {
		const out = join(disk, "out");
		writeFileSync(join(disk, "ballast"), Buffer.alloc(64 * 2 ** 20 - free * 2 ** 10));
		const words = wordsOf(scene, out, more);
		const text = await endsWith(1, words);
		requireText(text, /disk is full|no space/i, /again|go on/);
		const done = recordsOf(out);
		if (done.size > 0) await requireWhole(out);
		rmSync(join(disk, "ballast"));
		await endsWith(0, words);
		requireKept(done, out);
		await requireSame(out, reference);
		requireNoStrays(out);
		return done.size;
	} finally {
		execFileSync("umount", [disk]);
	}
}

/** What is recorded can be read; the rest is missing, not damaged. */
async function requireWhole(out: string): Promise<void> {
	const { damaged, unreadable } = await verdictOf(out);
	if (damaged.length + unreadable.length > 0) throw new Error(JSON.stringify({ damaged, unreadable }).slice(0, 2000));
}

/** @throws where `text` lacks one of `patterns` */
function requireText(text: string, ...patterns: readonly RegExp[]): void {
	for (const pattern of patterns) if (!pattern.test(text)) throw new Error(`expected ${pattern} in: ${text}`);
}

function requireNoStrays(out: string): void {
	const strays = straysOf(out);
	if (strays.length > 0) throw new Error(`left over: ${strays.slice(0, 9).join(", ")} (${strays.length} in all)`);
}

/** The input behind a server of which `fault` spoils requests; gives its URL, its log, and how to close it. */
async function serve(scene: SoakScene, fault: (n: number) => Fault | undefined) {
	const server = await faultServer({ fault: (n) => fault(n) });
	for (const name of treeOf(scene.input)) {
		const path = join(scene.input, name);
		if (statSync(path).isFile()) server.values.set(`/in.zarr/${name}`, readFileSync(path));
	}
	return { ...server, input: `${server.url}/in.zarr` };
}

/** A server that spoils one request in ten; gives how many of how many. */
export async function badServer(scene: SoakScene): Promise<{ readonly spoilt: number; readonly requests: number }> {
	const faults: readonly Fault[] = ["drop", "cut", "busy"];
	let spoilt = 0;
	const server = await serve(scene, (n) => (n % 10 === 7 ? faults[spoilt++ % faults.length] : undefined));
	try {
		const out = join(scene.folder, "from-bad-server");
		await endsWith(0, wordsOf(scene, out, [], server.input));
		await requireSame(out, await referenceOf(scene));
		rmSync(out, { recursive: true });
		return { spoilt, requests: server.log.length };
	} finally {
		await server.close();
	}
}

/** A server that goes away in the middle and comes back; gives how many blocks were done before. */
export async function goneServer(scene: SoakScene): Promise<number> {
	const reference = await referenceOf(scene);
	let isAway = false;
	const server = await serve(scene, () => (isAway ? "drop" : undefined));
	try {
		const out = join(scene.folder, "from-gone-server");
		const words = wordsOf(scene, out, [], server.input);
		const life = begin(words);
		await untilRecorded(out, life, 1);
		isAway = true;
		requireCode(await life.ended, 1, /connection|lost|server|ECONN/i);
		const done = recordsOf(out);
		await requireWhole(out);
		isAway = false;
		await endsWith(0, words);
		requireKept(done, out);
		await requireSame(out, reference);
		rmSync(out, { recursive: true });
		return done.size;
	} finally {
		await server.close();
	}
}

/** Waits until `count` blocks are recorded. @throws where the program ends before */
async function untilRecorded(out: string, { ended, child }: Life, count: number): Promise<void> {
	while (recordsOf(out).size < count) {
		if (child.exitCode !== null) throw new Error(`it ended before: ${(await ended).text}`);
		await pause(5);
	}
}

function requireCode({ code, text }: Ending, expected: number, ...patterns: readonly RegExp[]): void {
	if (code !== expected) throw new Error(`expected exit code ${expected}, found ${String(code)}: ${text}`);
	requireText(text, ...patterns);
}

/** The input is moved away in the middle, and comes back; gives how many blocks were done before. */
export async function vanishedInput(scene: SoakScene): Promise<number> {
	const reference = await referenceOf(scene);
	const out = join(scene.folder, "from-vanished");
	const words = wordsOf(scene, out);
	const life = begin(words);
	await untilRecorded(out, life, 1);
	renameSync(scene.input, `${scene.input}.away`);
	const ending = await life.ended;
	renameSync(`${scene.input}.away`, scene.input);
	requireCode(ending, 1, /in\.zarr.* is gone/, /again/);
	const done = recordsOf(out);
	await requireWhole(out);
	await endsWith(0, words);
	requireKept(done, out);
	await requireSame(out, reference);
	rmSync(out, { recursive: true });
	return done.size;
}

/** A chunk of the input goes bad in the middle and is mended later; gives how many blocks failed of how many. */
export async function damagedChunk(scene: SoakScene): Promise<{ readonly failed: number; readonly done: number }> {
	const reference = await referenceOf(scene);
	const input = join(scene.folder, "damaged", "in.zarr");
	cpSync(scene.input, input, { recursive: true, preserveTimestamps: true });
	const chunk = join(input, "c", String(Math.ceil(scene.shape[0] / 4) - 1), "0", "0");
	const out = join(scene.folder, "from-damaged");
	const words = wordsOf(scene, out, [], input);
	const life = begin(words);
	await untilRecorded(out, life, 1);
	const mend = damage(chunk);
	requireCode(await life.ended, 1, /blocks are not done and stay unwritten/);
	const done = recordsOf(out);
	const { failed, damaged, missing } = await verdictOf(out);
	if (failed.length === 0 || damaged.length + missing.length > 0) throw new Error("expected failed blocks only");
	const [z = 0] = failed[0]?.box.start ?? [];
	if (z < scene.shape[0] - 12) throw new Error(`section ${z} does not need the damaged chunk`);
	mend();
	await endsWith(0, words);
	requireKept(done, out);
	await requireSame(out, reference);
	rmSync(out, { recursive: true });
	rmSync(input, { recursive: true });
	return { failed: failed.length, done: done.size };
}

/** A disk that rots: other bytes of the same number, no later time. Gives what puts the right ones back. */
function damage(path: string): () => void {
	const bytes = readFileSync(path);
	const { atime, mtime } = statSync(path);
	const put = (content: Uint8Array) => {
		writeFileSync(path, content);
		utimesSync(path, atime, mtime);
	};
	put(new Uint8Array(bytes.length));
	return () => put(bytes);
}

/** A run that is asked to end, after three blocks or so many milliseconds; gives how many blocks were done before. */
export async function interrupted(
	scene: SoakScene,
	signal: NodeJS.Signals,
	more: readonly string[] = [],
	after?: number,
): Promise<number> {
	const reference = await referenceOf(scene, more);
	const out = join(scene.folder, "interrupted");
	const words = wordsOf(scene, out, more);
	const life = begin(words);
	await (after === undefined ? untilRecorded(out, life, 3) : pause(after));
	life.child.kill(signal);
	requireCode(await life.ended, 130, /what is done is kept/, /again to go on/);
	const done = recordsOf(out);
	await requireWhole(out);
	requireNoTemporaries(out);
	await endsWith(0, words);
	requireKept(done, out);
	await requireSame(out, reference);
	requireNoStrays(out);
	rmSync(out, { recursive: true });
	return done.size;
}

/** A run that could end by itself leaves nothing half-written. */
function requireNoTemporaries(out: string): void {
	const found = treeOf(out).filter((name) => /nnvol-(tmp|old)/.test(name));
	if (found.length > 0) throw new Error(`half-written: ${found.slice(0, 9).join(", ")}`);
}

/** Two processes on one output, the second begun `later` milliseconds after the first. */
export async function twoAtOnce(scene: SoakScene, later: number, more: readonly string[] = []): Promise<void> {
	const reference = await referenceOf(scene, more);
	const out = join(scene.folder, "two");
	const words = wordsOf(scene, out, more);
	const first = begin(words);
	await pause(later);
	const second = begin(words);
	for (const { ended } of [first, second]) requireCode(await ended, 0);
	await requireSame(out, reference);
	requireNoStrays(out);
	rmSync(out, { recursive: true });
}
