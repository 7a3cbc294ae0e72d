/**
 * `npm run bench -- stream engine`: what the engine does with a network that takes no time, in megabytes of uint8 voxels a second
 * (`stream-rate.ts`). Least of the rounds; all cases take turns. Asked: 100 MB/s for raw Zarr, 2D, step 1.
 *
 * Options: `--rounds 3`; `--quick` an eighth of each volume, one round.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { measureRate, type RateCase } from "./stream-rate.ts";
import { ENGINE_RATES, type EngineRates } from "./stream-results.ts";
import { engineTable } from "./stream-tables.ts";

const ASKED = 100;
const MEMORY = 3e9; // inputs are made in the same process
const PATCH_3D = [64, 128, 128];

/** Volumes so large that each takes ten seconds and more on two cores. */
const CASES: readonly (Omit<RateCase, "memory"> & { readonly name: string })[] = [
	{ name: "2D, raw, step 1", shape: [512, 2048, 2048], step: 1, compression: "none" },
	{ name: "2D, raw, step 0.5", shape: [128, 2048, 2048], step: 0.5, compression: "none" },
	{ name: "2D, zstd, step 1", shape: [256, 2048, 2048], step: 1, compression: "zstd" },
	{ name: "2D, zstd, step 0.5", shape: [128, 2048, 2048], step: 0.5, compression: "zstd" },
	{ name: "3D, raw, step 0.5", shape: [256, 1024, 1024], step: 0.5, compression: "none", patch: PATCH_3D },
];

/** Measures all; gives the exit code: 1 where the engine is slower than asked. */
export async function benchEngine(args: readonly string[]): Promise<number> {
	const { values } = parseArgs({
		args: [...args],
		options: { rounds: { type: "string" }, quick: { type: "boolean", default: false } },
	});
	const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
	const best = new Map<string, EngineRates["rates"][number]>();
	for (let round = 0; round < rounds; round++) {
		for (const { name, ...one } of CASES) {
			const [depth, height, width] = one.shape;
			const shape = [values.quick ? depth / 8 : depth, height, width] as const;
			const { seconds, megabytes } = await measureRate({ ...one, shape, memory: MEMORY });
			console.log(`${name}: ${seconds.toFixed(1)} s, ${(megabytes / seconds).toFixed(0)} MB/s`);
			const least = Math.min(seconds, best.get(name)?.seconds ?? Number.POSITIVE_INFINITY);
			best.set(name, { name, megabytes, seconds: least, rounds });
		}
	}
	const results: EngineRates = { copyMegabytes: copyRate(), rates: [...best.values()] };
	console.log(`\n${engineTable(results)}`);
	if (values.quick) return 0;
	await ENGINE_RATES.keep(results);
	const [first] = results.rates;
	if (first === undefined || first.megabytes / first.seconds >= ASKED) return 0;
	console.error(`bench stream engine: ${first.name} is slower than ${ASKED} MB/s`);
	return 1;
}

/** Megabytes a second that one thread copies from one large array to another. */
function copyRate(): number {
	const from = new Uint8Array(2 ** 28).fill(1);
	const to = new Uint8Array(from.length);
	let least = Number.POSITIVE_INFINITY;
	for (let round = 0; round < 8; round++) {
		const begun = performance.now();
		to.set(from);
		least = Math.min(least, (performance.now() - begun) / 1000);
	}
	return from.length / 1e6 / least;
}
