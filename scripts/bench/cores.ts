/**
 * `npm run bench -- cores`: which share of the voxels belongs to another object where objects grow over distances in cores,
 * block by block, than where the whole volume is flooded at once.
 *
 * @module
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ndarray } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { decodeArray } from "../../src/decode/decode-array.ts";
import { parseDecoding } from "../../src/decode/step.ts";
import { programOf } from "../../src/decode/volume/program-of-steps.ts";
import { decodeVolume } from "../../src/run/decode/decode-volume.ts";
import { formatByName, openVolume } from "../../src/volume/formats.ts";
import { inBenchFolder } from "./bench-folder.ts";
import { SCENES, SHAPE } from "./cores-scene.ts";

const OWN_DISTANCES = {
	distance_channels: null,
	contour_threshold: null,
	binary_threshold: [0.5, 0.5],
	min_seed_size: 8,
};

/** Decoders with many seeds, and with few. */
const STEPS: readonly (readonly [how: string, step: unknown])[] = [
	["seed_distance 4", { name: "decode_distance_watershed", kwargs: { seed_distance: 4, border: "ignored" } }],
	["seed_distance 9", { name: "decode_distance_watershed", kwargs: { seed_distance: 9, border: "ignored" } }],
	[
		"own distances above 0.5",
		{
			name: "decode_instance_binary_contour_distance",
			kwargs: { ...OWN_DISTANCES, distance_threshold: [0.5, 0] },
		},
	],
	[
		"own distances above 0.8",
		{
			name: "decode_instance_binary_contour_distance",
			kwargs: { ...OWN_DISTANCES, distance_threshold: [0.8, 0] },
		},
	],
];

/** Measures every scene with every decoder; prints a table. */
export function benchCores(): Promise<number> {
	return inBenchFolder(tmpdir(), false, async (folder) => {
		console.log("| values | decoder | objects | another object |\n|---|---|---|---|");
		for (const [n, { name, values }] of SCENES.entries()) {
			const data = values();
			const path = join(folder, `v${n}.zarr`);
			await write(path, data);
			for (const [how, step] of STEPS) {
				const steps = parseDecoding([step]);
				const { labels, count } = decodeArray({ data, channels: 1, shape: SHAPE }, steps, { spacing: [1, 1, 1] });
				const differing = count === 0 ? 0 : differ(await byCores(path, join(folder, "out.zarr"), steps), labels);
				console.log(`| ${name} | ${steps.nodes[0]?.step.name}, ${how} | ${count} | ${percent(differing)} |`);
			}
		}
		return 0;
	});
}

async function write(path: string, data: Float32Array<ArrayBuffer>): Promise<void> {
	const spec = { dtype: "float32", shape: SHAPE, axes: "zyx", layout: { chunks: [48, 100, 100] } } as const;
	const writer = await (await formatByName("zarr")).create(path, spec);
	await writer.write([0, 0, 0], ndarray("float32", SHAPE, data));
	await writer.finish();
}

async function byCores(input: string, path: string, steps: ReturnType<typeof parseDecoding>): Promise<Uint32Array> {
	const program = programOf(steps, { channels: [0], depth: SHAPE[0], sectionwise: false, spacing: [1, 1, 1] });
	const place = { path: input, axes: "zyx", scale: 1 };
	await decodeVolume(place, { path, format: "zarr" }, program, { memory: 2e9, workers: 2, overwrite: true });
	const reader = await openVolume(path);
	try {
		const { data } = await reader.read(wholeBox(SHAPE));
		if (data instanceof Uint32Array) return data;
		throw new TypeError("uint32 expected");
	} finally {
		await reader.close();
	}
}

/** The share of the voxels of `labels` that are not in the object of `found` which has most of theirs. */
function differ(found: Uint32Array, labels: Uint32Array): number {
	const counts = new Map<number, number>();
	let voxels = 0;
	for (let i = 0; i < labels.length; i++) {
		const [a, b] = [found[i] ?? 0, labels[i] ?? 0];
		if ((a === 0) !== (b === 0)) throw new Error("foreground differs");
		if (a === 0) continue;
		voxels++;
		const pair = a * 2 ** 26 + b;
		counts.set(pair, (counts.get(pair) ?? 0) + 1);
	}
	const most = new Map<number, number>();
	for (const [pair, count] of counts) {
		const id = Math.floor(pair / 2 ** 26);
		most.set(id, Math.max(most.get(id) ?? 0, count));
	}
	return 1 - [...most.values()].reduce((sum, count) => sum + count, 0) / voxels;
}

function percent(share: number): string {
	return share < 1e-9 ? "0" : `${(100 * share).toPrecision(2)} %`;
}
