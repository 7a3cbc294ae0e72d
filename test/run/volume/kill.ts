/**
 * Kills streamed runs with SIGKILL at random moments, again and again, and compares what comes of them with undisturbed runs.
 *
 * @module
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import {
	begin,
	endsWith,
	folderIn,
	type Records,
	recordsOf,
	requireKept,
	requireSame,
	type SoakScene,
	straysOf,
	wordsOf,
} from "./soak-scene.ts";

/** A way to run a volume. */
export type Way = { readonly name: string; readonly words: readonly string[] };

/** The ways, of which each is killed in turn. */
export function waysOf({ folder }: SoakScene): readonly Way[] {
	const several = "[labels, {kind: probabilities, channels: [1, 2], dtype: uint8}, uncertainty]";
	const outputs = `inference.data.outputs=${several}`;
	return [
		{ name: "zarr", words: ["--memory", "1GB"] },
		{ name: "zarr of three products in shards", words: [outputs, "inference.data.shards=[1, 20, 256]"] },
		{ name: "hdf5 of three products", words: ["inference.data.output_format=h5", outputs] },
		{ name: "tiff", words: ["inference.data.output_format=tiff", "--memory", "2GB"] },
		{ name: "zarr of a resampled model", words: ["data.spacing=[1, 1.5, 1.2]"] },
		{
			name: "zarr version 2 of a 2D model",
			words: ["--checkpoint", join(folder, "2d"), "inference.data.zarr_format=2", "inference.data.compression=blosc"],
		},
		{ name: "hdf5 of a resampled model", words: ["inference.data.output_format=h5", "data.spacing=[1, 0.8, 1]"] },
		{ name: "nifti", words: ["inference.data.output_format=nii.gz", "--memory", "500MB"] },
		{ name: "n5", words: ["inference.data.output_format=n5", outputs] },
		{ name: "precomputed", words: ["inference.data.output_format=precomputed"] },
	];
}

/** What came of the kills. */
export type KillReport = {
	readonly kills: number;
	/** Kills that met a run of which blocks were recorded and others were not. */
	readonly inTheMiddle: number;
	/** Kills after the last block was recorded: while files were put together. */
	readonly atTheEnd: number;
	readonly volumes: number;
	readonly blocks: number;
};

type Counts = { kills: number; inTheMiddle: number; atTheEnd: number; volumes: number; blocks: number };

/** Kills runs until `kills` were made, ending each run well at last. @throws where anything is lost, doubled or left over */
export async function killVolumes(
	scene: SoakScene,
	kills: number,
	random: () => number,
	ways: readonly Way[] = waysOf(scene),
	tell: (text: string) => void = () => undefined,
): Promise<KillReport> {
	const counts = { kills: 0, inTheMiddle: 0, atTheEnd: 0, volumes: 0, blocks: 0 };
	const undisturbed = new Map<string, { readonly out: string; readonly duration: number; readonly blocks: number }>();
	for (let turn = 0; counts.kills < kills; turn++) {
		const way = ways[turn % ways.length];
		if (way === undefined) throw new RangeError("no way to run");
		const reference = undisturbed.get(way.name) ?? (await makeReference(scene, way, turn));
		undisturbed.set(way.name, reference);
		const out = join(scene.folder, `killed-${turn}`);
		const before = { ...counts };
		// each way has its share, so that all of them are met
		const most = Math.min(kills, counts.kills + Math.max(2, Math.ceil(kills / ways.length / 2)));
		await killOne(wordsOf(scene, out, way.words), out, { ...reference, most, random }, counts);
		await requireSame(out, reference.out);
		await requireClean(wordsOf(scene, out, way.words), out);
		tell(`${way.name}: killed ${counts.kills - before.kills} times, ${reference.blocks} blocks, as undisturbed`);
		rmSync(out, { recursive: true });
		counts.volumes++;
		counts.blocks += reference.blocks;
	}
	return counts;
}

async function makeReference(scene: SoakScene, { words, name }: Way, turn: number) {
	const out = folderIn(scene, `undisturbed-${turn}`);
	const begun = Date.now();
	await endsWith(0, wordsOf(scene, out, words));
	const duration = Date.now() - begun;
	await requireSame(out, out);
	const strays = straysOf(out);
	if (strays.length > 0) throw new Error(`${name}: an undisturbed run leaves ${strays.slice(0, 9).join(", ")}`);
	return { out, duration, blocks: recordsOf(out).size };
}

type Lives = {
	readonly duration: number;
	readonly blocks: number;
	readonly most: number;
	readonly random: () => number;
};

/** Several kills in one run: each life lasts a part of what the whole run needs. */
async function killOne(words: readonly string[], out: string, lives: Lives, counts: Counts): Promise<void> {
	let before: Records = new Map();
	while (counts.kills < lives.most) {
		const milliseconds = lives.duration * (0.05 + 0.45 * lives.random());
		const ended = await killedAfter(words, milliseconds);
		const after = requireKept(before, out);
		if (ended) return;
		counts.kills++;
		if (after.size === lives.blocks) counts.atTheEnd++;
		else if (after.size > 0) counts.inTheMiddle++;
		before = after;
	}
	await endsWith(0, words);
	requireKept(before, out);
}

/** True where the run ended well by itself within `milliseconds`; else it was killed. @throws where it failed */
async function killedAfter(words: readonly string[], milliseconds: number): Promise<boolean> {
	const { child, ended } = begin(words);
	const timer = new AbortController();
	const killed = pause(milliseconds, undefined, { signal: timer.signal }).then(
		() => child.kill("SIGKILL"),
		() => false,
	);
	const { code, text } = await ended;
	timer.abort();
	await killed;
	if (code !== null && code !== 0) throw new Error(`a resumed run ended with ${code}: ${text}`);
	return code === 0;
}

/** What dead processes left is gone after the next run, which has nothing else to do. */
async function requireClean(words: readonly string[], out: string): Promise<void> {
	const records = recordsOf(out);
	await endsWith(0, words);
	requireKept(records, out);
	const strays = straysOf(out);
	if (strays.length > 0) throw new Error(`left over: ${strays.slice(0, 9).join(", ")} (${strays.length} in all)`);
}
