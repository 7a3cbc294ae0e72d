/**
 * Plans and data sets of every kind with values changed at random, from a seed: a model or an error of nnvol's own,
 * soon, and no list that the files do not justify.
 */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { z } from "zod";
import { isNnvolError } from "../../src/core/errors.ts";
import { readDataset } from "../../src/model/dataset.ts";
import { parametersOf } from "../../src/model/parameters.ts";
import { parseModel } from "../../src/model/parse.ts";
import { readPlans } from "../../src/model/plans.ts";
import { readJson } from "../cli/scene.ts";
import { testFolder } from "../folder.ts";

const PLANS = join(import.meta.dirname, "..", "fixtures", "parity-plans");
const FACTS = z.object({
	trainer: z.string(),
	configuration: z.string(),
	mirrorAxes: z.array(z.number()).nullable().default([]),
});

/** What stands in place of a value. */
const VALUES: readonly unknown[] = [
	null,
	-1,
	0,
	0.5,
	3,
	1e9,
	1e300,
	"",
	"x",
	"torch.nn.Conv2d",
	"constructor",
	true,
	[],
	[[]],
	[1, 2, 3],
	[1e9, 1e9, 1e9],
	{},
	{ order: 7 },
];

type Json = Record<string, unknown>;

type Place = { readonly holder: Json; readonly key: string };

/** Objects and lists. */
function isHolder(value: unknown): value is Json {
	return typeof value === "object" && value !== null;
}

/** Every place of a value in `json`, as what holds it and its key. */
function placesOf(json: unknown): Place[] {
	if (!isHolder(json)) return [];
	return Object.keys(json).flatMap((key) => [{ holder: json, key }, ...placesOf(json[key])]);
}

function change(json: Json, changes: readonly (readonly [number, unknown, boolean])[]): void {
	for (const [n, value, removes] of changes) {
		const places = placesOf(json);
		const place = places[n % Math.max(1, places.length)];
		if (place === undefined) continue;
		if (removes && !Array.isArray(place.holder)) delete place.holder[place.key];
		else place.holder[place.key] = structuredClone(value);
	}
}

const changes = fc.array(fc.tuple(fc.nat(500), fc.constantFrom(...VALUES), fc.boolean()), { maxLength: 3 });

it("plans and data sets changed at random are a model or an error of nnvol's own", { timeout: 60_000 }, async () => {
	const folder = testFolder();
	const [plansPath, datasetPath] = [join(folder, "plans.json"), join(folder, "dataset.json")];
	let models = 0;
	const load = async (facts: z.infer<typeof FACTS>): Promise<void> => {
		const [plans, dataset] = [await readPlans(plansPath), await readDataset(datasetPath)];
		const spec = parseModel(plans, dataset, { ...facts, mirrorAxes: facts.mirrorAxes ?? [] });
		expect(parametersOf(spec.architecture).length).toBeLessThan(200_000);
		models += 1;
	};
	await fc.assert(
		fc.asyncProperty(
			fc.constantFrom(...readdirSync(PLANS).filter((name) => !name.includes("."))),
			changes,
			changes,
			async (name, a, b) => {
				const [plans, dataset] = [
					readJson(join(PLANS, name, "plans.json")),
					readJson(join(PLANS, name, "dataset.json")),
				];
				change(plans, a);
				change(dataset, b);
				writeFileSync(plansPath, JSON.stringify(plans));
				writeFileSync(datasetPath, JSON.stringify(dataset));
				const facts = FACTS.parse(readJson(join(PLANS, name, "case.json")));
				const outcome: unknown = await load(facts).catch((error: unknown) => error);
				if (outcome !== undefined)
					expect(isNnvolError(outcome, "MODEL", "UNBUILT") ? "its own error" : outcome).toBe("its own error");
			},
		),
		{ seed: 4, numRuns: 1500 },
	);
	// some changes are harmless: what is read is not refused for nothing
	expect(models).toBeGreaterThan(50);
});
