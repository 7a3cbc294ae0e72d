import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { NnvolError } from "../../src/core/errors.ts";
import { inFolder } from "./folder.ts";
import { HOSTILE_CONFIGS } from "./hostile.ts";

async function failure(load: Promise<unknown>): Promise<unknown> {
	return load.then(
		() => undefined,
		(error: unknown) => error,
	);
}

describe("hostile and damaged configurations", () => {
	it.each(HOSTILE_CONFIGS)("$name has its own error", async ({ files, overrides, expect: text }) => {
		await inFolder(files, async (folder) => {
			const error = await failure(loadConfig({ file: join(folder, "a.yaml"), overrides: overrides ?? [], env: {} }));
			expect(error).toBeInstanceOf(NnvolError);
			if (!(error instanceof NnvolError)) return;
			expect(error.message).toMatch(text);
			expect(error.code).toBe("CONFIG");
			expect(error.exitCode).toBe(2);
			expect(error.message.length).toBeLessThan(1000);
		});
		expect(Reflect.get({}, "polluted")).toBeUndefined();
	});

	it("are all told apart by name", () => {
		expect(new Set(HOSTILE_CONFIGS.map((c) => c.name)).size).toBe(HOSTILE_CONFIGS.length);
	});

	it("tell every problem at once, in the order of the places", async () => {
		await inFolder(
			{ "a.yaml": "_base_: b.yaml\nsystem: {sed: 1}\nmodel: {fold: x}\n", "b.yaml": "data: {axis: x}\n" },
			async (folder) => {
				const load = loadConfig({ file: join(folder, "a.yaml"), overrides: ["z.y=1", "system.seed=x"], env: {} });
				const error = await failure(load);
				if (!(error instanceof NnvolError)) throw new Error("expected an NnvolError");
				const lines = error.message.replaceAll(join(folder, "/"), "").split("\n  ");
				expect(lines).toEqual([
					"the configuration has 5 problems:",
					"a.yaml:2: unknown key 'system.sed'; did you mean 'system.seed'?",
					"a.yaml:3: unknown key 'model.fold'; did you mean 'model.folds'?",
					"b.yaml:1: unknown key 'data.axis'; did you mean 'data.axes'?",
					"argument 'z.y=1': unknown key 'z'; the sections are system, model, data, inference, score, tune, slurm, monitor, vars",
					"argument 'system.seed=x': system.seed: expected a whole number of 0 or more, found the text \"x\"",
				]);
				expect(error.fields).toMatchObject({ problems: lines.slice(1).map(() => expect.any(String)) });
			},
		);
	});
});
