import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const COMMAND = join(ROOT, "dist", "cli", "main.js");
const Package = z.object({ scripts: z.record(z.string(), z.string()), version: z.string() });
const PACKAGE = Package.parse(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")));

/** The project's pages, relative to its root. */
function pages(): string[] {
	const inFolder = (folder: string) =>
		readdirSync(join(ROOT, folder))
			.filter((name) => name.endsWith(".md"))
			.map((name) => join(folder, name));
	return [...inFolder("."), ...inFolder("docs"), ...inFolder(join("examples", "mito"))];
}

function run(args: readonly string[]): Promise<{ stdout: string }> {
	return promisify(execFile)(process.execPath, [...args], { cwd: ROOT });
}

/** What stands between ``` marks of a kind. */
function blocks(text: string, kind: string): string[] {
	return [...text.matchAll(new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(([, inner = ""]) => inner);
}

describe("the pages", () => {
	it.each(pages())("%s: every link within the project leads somewhere", (page) => {
		const text = readFileSync(join(ROOT, page), "utf8").replace(/```[\s\S]*?```/g, "");
		const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, link = ""]) => link);
		expect(links.filter((link) => !existsSync(join(ROOT, dirname(page), link)))).toEqual([]);
	});

	it.each(["README.md", "CONTRIBUTING.md"])("%s: every npm script exists", (page) => {
		const text = readFileSync(join(ROOT, page), "utf8");
		const names = [...text.matchAll(/npm (?:run ([\w-]+)|(test))/g)].map(([, script, test]) => script ?? test ?? "");
		expect(names.length).toBeGreaterThan(2);
		expect(names.filter((name) => PACKAGE.scripts[name] === undefined)).toEqual([]);
	});
});

describe("the README", () => {
	// Within the project, where its own name leads to dist/.
	const out = join(ROOT, "out");
	mkdirSync(out, { recursive: true });
	const folder = mkdtempSync(join(out, "readme-"));
	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	it("names the tarball that is made", () => {
		expect(README).toContain(`out/pack/nnvol-${PACKAGE.version}.tgz`);
	});

	it("shows commands that exist", async () => {
		const help = (await run([COMMAND, "--help"])).stdout;
		const names = new Set(
			[...README.matchAll(/^nnvol ([\w-]+)/gm), ...README.matchAll(/`nnvol ([\w-]+)`/g)].map(([, name = ""]) => name),
		);
		// nnU-Net's own names are not in the list of commands; their help is their own
		for (const name of [...names].filter((one) => one.startsWith("nnUNetv2_"))) {
			names.delete(name);
			expect((await run([COMMAND, name, "--help"])).stdout).toContain("-i");
		}
		expect(names.size).toBeGreaterThanOrEqual(5);
		for (const name of names) expect(help).toMatch(new RegExp(`^ {2}${name} `, "m"));
	});

	it("shows a program that runs", { timeout: 120_000 }, async () => {
		const [program = ""] = blocks(README, "ts");
		const file = join(folder, "readme.mjs");
		writeFileSync(file, program);
		const { stdout } = await run([file]);
		const found = /^(\d+) pixels of mitochondria in 335x512$/m.exec(stdout);
		expect(Number(found?.[1])).toBeGreaterThan(4000);
		expect(Number(found?.[1])).toBeLessThan(6000);
	});
});
