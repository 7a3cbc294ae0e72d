/**
 * Cases scored by threads: the scores of this thread, whatever the threads and the order.
 */
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { ndarray } from "../../src/core/array.ts";
import { CaseCache } from "../../src/tune/case-cache.ts";
import { caseBytes, type LabelledCase, type Meaning } from "../../src/tune/labelled-case.ts";
import { openScorePool } from "../../src/tune/score-pool.ts";
import { scorePostprocessing } from "../../src/tune/tune.ts";
import { writeVolume } from "../cli/scene.ts";
import { testFolder } from "../folder.ts";

const SHAPE = [6, 20, 24] as const;
const VOXELS = 6 * 20 * 24;
const MEANING: Meaning = { foreground: "any", ignored: [], connectivity: 1 };
const TREATMENT = { channels: [0], sectionwise: false, bySection: false };
const OBJECTIVE = { metric: "adapted_rand", direction: "minimize" } as const;

/** Cases of ridges, each with another distance between them. */
async function casesIn(folder: string, count: number) {
	const ids = Array.from({ length: count }, (_, n) => `case-${n}`);
	return Promise.all(
		ids.map(async (id, n) => {
			const at = (i: number) => 0.5 + 0.5 * Math.sin(i / (n + 2)) * Math.cos(i / 97);
			const values = Float32Array.from({ length: VOXELS }, (_, i) => at(i));
			const labels = Uint8Array.from(values, (value) => (value > 0.6 ? 1 : 0));
			const paths = { id, values: join(folder, `${id}.h5`), label: join(folder, `${id}.tif`) };
			await writeVolume(paths.values, ndarray("float32", [1, ...SHAPE], values), "czyx");
			await writeVolume(paths.label, ndarray("uint8", [...SHAPE], labels), "zyx");
			return paths;
		}),
	);
}

const postOf = async (...overrides: string[]) =>
	(await loadConfig({ overrides: ["inference.postprocessing.binary.enabled=true", ...overrides], env: {} })).config
		.inference.postprocessing;

async function drained(cases: CaseCache): Promise<LabelledCase[]> {
	const found: LabelledCase[] = [];
	for await (const one of cases.each()) found.push(one);
	return found;
}

describe("a pool of threads", () => {
	const pool = openScorePool(3);
	afterAll(() => pool.close());

	it("scores cases and post-processing as this thread does, several at once", async () => {
		const paths = await casesIn(testFolder(), 5);
		const posts = await Promise.all(
			[0.3, 0.5, 0.7].map((at) => postOf(`inference.postprocessing.binary.threshold=${at}`)),
		);
		const scoring = { treatment: TREATMENT, objective: OBJECTIVE };
		const cases = () => new CaseCache(paths, MEANING, 2 ** 30, true);
		const alone: unknown[] = [];
		for (const post of posts) alone.push(await scorePostprocessing(post, { ...scoring, cases: cases() }));
		const together = cases();
		const found = await Promise.all(
			posts.map((post) => scorePostprocessing(post, { ...scoring, cases: together, pool })),
		);
		expect(found).toEqual(alone);
		expect(new Set(found.map(({ score }) => score)).size).toBe(3);
		expect(found.map((one) => Object.keys(one.cases))).toEqual(posts.map(() => paths.map(({ id }) => id)));
	});

	it("tells the error of a task, and does the next one", async () => {
		const [one] = await drained(new CaseCache(await casesIn(testFolder(), 1), MEANING, 0, true));
		if (one === undefined) throw new Error("no case");
		const post = await postOf();
		const wrong = { ...post, decoding: [{ name: "decode_binary_contour_distance_watershed", kwargs: {} }] };
		const task = { one, treatment: TREATMENT, objective: OBJECTIVE };
		await expect((await pool.begin({ ...task, post: wrong })).scores).rejects.toMatchObject({ code: "CONFIG" });
		await expect((await pool.begin({ ...task, post })).scores).resolves.toHaveProperty("dice");
	});
});

describe("cases for several threads", () => {
	it("are read once by all who wait for them, held within the memory, and shared", async () => {
		const paths = await casesIn(testFolder(), 3);
		const cases = new CaseCache(paths, MEANING, 2 * caseBytes(VOXELS, 1), true);
		const [first, second] = await Promise.all([drained(cases), drained(cases)]);
		expect(first.map(({ id }) => id)).toEqual(paths.map(({ id }) => id));
		expect(first.map((one, n) => one === second?.[n])).toEqual([true, true, true]);
		const again = await drained(cases);
		expect(again.map((one, n) => one === first[n])).toEqual([true, true, false]);
		for (const { values, mask, objects } of again) {
			for (const { buffer } of [values, mask, objects]) expect(buffer).toBeInstanceOf(SharedArrayBuffer);
		}
	});
});
