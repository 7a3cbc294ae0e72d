import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadConfig } from "../../src/config/load.ts";
import { nodeOf } from "../../src/config/node.ts";
import { printOverride } from "../../src/config/override.ts";
import { renderConfig } from "../../src/config/render.ts";
import { escapeTemplate } from "../../src/config/template.ts";
import { plainValues, texts } from "./arbitrary.ts";
import { inFolder } from "./folder.ts";

const override = (key: string, value: unknown) =>
	printOverride({ kind: "force", path: key.split("."), value: nodeOf(escaped(value)), origin: { kind: "default" } });

function escaped(value: unknown): unknown {
	if (typeof value === "string") return escapeTemplate(value);
	if (Array.isArray(value)) return value.map(escaped);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escaped(item)]));
}

const settings = fc.record({
	"model.nnunet_checkpoint": texts.filter((text) => text !== ""),
	"inference.data.input_path": fc.array(
		texts.filter((text) => text !== ""),
		{ minLength: 1, maxLength: 3 },
	),
	"inference.sliding_window.overlap": fc.double({ min: 0, max: 0.99, noNaN: true }).map((n) => n || 0),
	"inference.test_time_augmentation.flip_axes": fc.constantFrom("none", "all", [[1], [1, 2]], []),
	"inference.statistics": fc.constantFrom("section", null, { mean: 1.5, std: 2e-7 }),
	"inference.postprocessing.decoding": fc.array(
		fc.record({
			name: fc.constantFrom("decode_connected_components", "decode_abiss"),
			kwargs: fc.record({ threshold: fc.integer(), sectionwise: fc.constantFrom(true, null) }, { requiredKeys: [] }),
		}),
		{ maxLength: 1 },
	),
	"vars.any": plainValues,
});

describe("renderConfig", () => {
	it("gives text that is read back as the same values, with and without origins", async () => {
		await inFolder({}, async (folder) => {
			await fc.assert(
				fc.asyncProperty(settings, fc.boolean(), async (values, origins) => {
					const overrides = Object.entries(values).map(([key, value]) => override(key, value));
					const resolved = await loadConfig({ overrides, env: {} });
					const text = renderConfig(resolved, { origins });
					if (!text.includes("$" + "{")) expect(parse(text)).toEqual(resolved.config);
					const { writeFile } = await import("node:fs/promises");
					const file = join(folder, "r.yaml");
					await writeFile(file, text);
					const again = await loadConfig({ file, env: {} });
					expect(again.config).toEqual(resolved.config);
					expect([again.hash, again.resultHash, again.text]).toEqual([
						resolved.hash,
						resolved.resultHash,
						resolved.text,
					]);
				}),
				{ numRuns: 60 },
			);
		});
	});

	it("ends every value's line in its origin", async () => {
		const resolved = await loadConfig({ overrides: ["system.seed=1"], env: {} });
		const lines = renderConfig(resolved, { origins: true }).trimEnd().split("\n");
		const values = lines.filter((line) => !/^\s*\w+:$/.test(line));
		expect(values).toHaveLength(resolved.origins.size);
		expect(values.filter((line) => !line.endsWith("  # default"))).toEqual(["  seed: 1  # argument 'system.seed=1'"]);
		expect(resolved.text).not.toContain("#");
	});
});
