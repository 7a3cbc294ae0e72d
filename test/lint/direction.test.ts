import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { allowedFor, forbiddenFor, isLayer, ORDER } from "./layers.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BIOME = join(ROOT, "node_modules", "@biomejs", "biome", "bin", "biome");

/** Packages that only one file may name: native or slow to load. */
const HEAVY: Readonly<Record<string, string>> = {
	"onnxruntime-node": "src/runtime/ort.ts",
	"h5wasm/node": "src/volume/hdf5/library.ts",
	"@aws-sdk/client-s3": "src/volume/stores/s3-library.ts",
	numcodecs: "src/volume/zarr/library.ts",
	"@mongodb-js/zstd": "src/volume/zarr/library.ts",
	"@cwasm/jpeg-turbo": "src/volume/jpeg/library.ts",
	"hyparquet-writer": "src/decode/objects/parquet.ts",
};

type Import = { readonly file: string; readonly from: string };

/** Every import of src/: static, dynamic, re-export, and of types. */
function importsOf(folder: string): Import[] {
	const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" });
	return names
		.map((name) => posix.join(folder, name.replaceAll("\\", "/")))
		.filter((file) => file.endsWith(".ts"))
		.flatMap((file) => specifiers(readFileSync(join(ROOT, file), "utf8")).map((from) => ({ file, from })));
}

function specifiers(text: string): string[] {
	return [...text.matchAll(/(?:\bfrom|\bimport|\bimport\(|new URL\()\s*"([^"\n]+)"/g)].map((match) => match[1] ?? "");
}

function layerOf(path: string): string {
	return path.split("/")[1] ?? "";
}

/** Imports that the table does not allow, as text. */
function wrongImports(imports: readonly Import[]): string[] {
	return imports.flatMap(({ file, from }) => {
		if (!from.startsWith(".")) return [];
		const own = layerOf(file);
		const target = posix.normalize(posix.join(dirname(file), from));
		const other = layerOf(target);
		if (own === other || !isLayer(own) || !target.startsWith("src/")) return [];
		return isLayer(other) && allowedFor(own).includes(other) ? [] : [`${file} imports ${from}`];
	});
}

const Config = z.object({
	overrides: z.array(
		z.object({
			includes: z.array(z.string()),
			linter: z.object({ rules: z.object({ style: z.unknown().optional() }) }),
		}),
	),
});
const Rule = z.object({
	noRestrictedImports: z.object({
		level: z.literal("error"),
		options: z.object({ patterns: z.tuple([z.object({ group: z.array(z.string()), message: z.string() })]) }),
	}),
});

describe("the import direction of src/", () => {
	const imports = importsOf("src");

	it("is kept by every import", () => {
		expect(imports.length).toBeGreaterThan(200);
		expect(wrongImports(imports)).toEqual([]);
	});

	it("knows every folder", () => {
		const folders = readdirSync(join(ROOT, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
		expect(folders.map(({ name }) => name).filter((name) => !isLayer(name))).toEqual([]);
	});

	it("tells a wrong import", () => {
		expect(wrongImports([{ file: "src/tiling/a/b.ts", from: "../../config/yaml.ts" }])).toEqual([
			"src/tiling/a/b.ts imports ../../config/yaml.ts",
		]);
		expect(specifiers('const x = await import("../run/run.ts");\nexport { y } from "./y.ts";')).toEqual([
			"../run/run.ts",
			"./y.ts",
		]);
	});

	it("leaves each heavy package to one file", () => {
		for (const [name, owner] of Object.entries(HEAVY)) {
			const files = new Set(imports.filter(({ from }) => from === name).map(({ file }) => file));
			expect([...files], name).toEqual([owner]);
		}
	});
});

describe("the lint rules for the import direction", () => {
	const folder = mkdtempSync(join(tmpdir(), "nnvol-lint-"));

	beforeAll(() => {
		copyFileSync(join(ROOT, "biome.json"), join(folder, "biome.json"));
		for (const layer of ORDER) {
			for (const other of ORDER) {
				const file = join(folder, "src", layer, "deep", `${other}.ts`);
				mkdirSync(dirname(file), { recursive: true });
				writeFileSync(file, `export { x } from "../../${other}/deep/x.ts";\n`);
			}
		}
	});
	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	it("are those of the table", () => {
		const { overrides } = Config.parse(JSON.parse(readFileSync(join(ROOT, "biome.json"), "utf8")));
		for (const layer of ORDER) {
			const groups = overrides.flatMap(({ includes, linter }) => {
				const rule = Rule.safeParse(linter.rules.style);
				return includes.includes(`src/${layer}/**`) && rule.success
					? rule.data.noRestrictedImports.options.patterns
					: [];
			});
			expect(
				groups.flatMap(({ group }) => group),
				layer,
			).toEqual(forbiddenFor(layer).map((other) => `**/${other}/**`));
		}
	});

	it("fire on exactly the imports that the table does not allow", () => {
		const fired = lint(folder);
		const wanted = ORDER.flatMap((layer) => forbiddenFor(layer).map((other) => `src/${layer}/deep/${other}.ts`));
		expect([...fired].sort()).toEqual(wanted.sort());
	});
});

/** Files in which the rule fires. */
function lint(folder: string): Set<string> {
	const args = [BIOME, "lint", "--only=style/noRestrictedImports", "--max-diagnostics=none", "--reporter=github", "."];
	let text: string;
	try {
		text = execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
	} catch (error) {
		text = z.object({ stdout: z.string() }).parse(error).stdout;
	}
	return new Set(
		[...text.matchAll(/file=[^,\n]*?(src[/\\][^,\n]+)/g)].map((match) => (match[1] ?? "").replaceAll("\\", "/")),
	);
}
