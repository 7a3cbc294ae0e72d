/**
 * The pages are true: commands end as said, programs run and have the right types, links lead somewhere, quoted errors exist.
 */
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import {
	allPages,
	anchorsOf,
	type Block,
	blocksOf,
	commandsOf,
	commandsOfHeader,
	linksOf,
	pageText,
	quotedErrors,
	ROOT,
	saidCode,
} from "./pages.ts";
import { isInSources, sourceText } from "./source-text.ts";

const TUTORIAL = "tutorials/nnunet_mito_inference.yaml";
const SCRIPTS = z
	.object({ scripts: z.record(z.string(), z.string()) })
	.parse(JSON.parse(pageText("package.json"))).scripts;

/** First words of commands that a page may show. */
const SHOWN = /^(nnvol|npm|npx|cp|ls|printf|for) /;

/** Pages whose commands have no language: what stands for the user's own files is put in. */
const PLAIN_PAGES = ["README.md", "examples/mito/README.md", "docs/configuration.md"];
const SAMPLES: readonly (readonly [RegExp, string])[] = [
	[/\bMODEL\b/, "examples/mito/checkpoints"],
	[/\bINPUT\b/, "examples/mito/images/slice0.png"],
	[/\bOUTPUT\b/, "out/labels"],
	[/\bIN\b/, "in"],
	[/\bOUT\b/, "out/nnunet"],
	[/examples\/mito\/images(?= )/, "examples/mito/images/slice4.png"],
	[/volumes\/\*\.h5/, "volumes/slice2.png"],
];

/** Makes a run quick: one image, one view where it is configured, one fold. The guide runs the tutorial on all of its images. */
function quick(command: string): string {
	const concrete = SAMPLES.reduce((text, [name, value]) => text.replace(name, value), command);
	if (/ predict -d /.test(concrete)) return concrete.replace("out/labels", "out/trained");
	if (/nnUNetv2_predict/.test(concrete)) return concrete.replace(/(\s*#.*)?$/, " -f 0 -device cpu");
	if (!/infer-volume/.test(concrete)) return concrete;
	const input = /vars\.input=|mito\.yaml/.test(concrete) ? "" : " vars.input=examples/mito/images/slice0.png";
	return `${concrete} system.device=cpu inference.test_time_augmentation.flip_axes=none${input}`;
}

const temporary: string[] = [];
afterAll(() => {
	for (const folder of temporary) rmSync(folder, { recursive: true, force: true });
});

function made(folder: string): string {
	temporary.push(folder);
	return folder;
}

/** A folder as users have it: the example, the tutorial, and the configurations that pages name. */
function workFolder(blocks: readonly Block[]): string {
	const folder = made(mkdtempSync(join(tmpdir(), "nnvol-docs-")));
	for (const name of ["examples", "tutorials", "docs"]) symlinkSync(join(ROOT, name), join(folder, name));
	mkdirSync(join(folder, "bin"));
	const command = join(folder, "bin", "nnvol");
	writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, "dist", "cli", "main.js")}" "$@"\n`);
	chmodSync(command, 0o755);
	writeFileSync(
		join(folder, "mito.yaml"),
		`_base_: ${TUTORIAL}\nsystem: {device: cpu}\ninference:\n  volume_mode: {file_pattern: examples/mito/images/slice0.png, accept_existing: true}\n  test_time_augmentation: {flip_axes: none}\n`,
	);
	writeTrained(folder);
	for (const { info, text } of blocks) {
		const name = /^# (\S+\.yaml)$/m.exec(text)?.[1];
		if (info === "yaml" && name !== undefined) writeFileSync(join(folder, name), text);
	}
	return folder;
}

/** The example as a trained model in nnU-Net's folder of results, and an image by nnU-Net's name. */
function writeTrained(folder: string): void {
	const model = join(folder, "results", "Dataset004_Mito", "nnUNetTrainer__nnUNetPlans__3d_fullres");
	const checkpoints = join(ROOT, "examples", "mito", "checkpoints");
	mkdirSync(join(model, "fold_0"), { recursive: true });
	for (const name of ["plans.json", "dataset.json"]) symlinkSync(join(checkpoints, name), join(model, name));
	symlinkSync(join(checkpoints, "mito_semantic_2d.pth"), join(model, "fold_0", "checkpoint_final.pth"));
	mkdirSync(join(folder, "in"));
	symlinkSync(join(ROOT, "examples", "mito", "images", "slice0.png"), join(folder, "in", "a_0000.png"));
}

type Ended = { readonly code: number; readonly out: string; readonly err: string };

/** Runs a line in a shell. */
function shell(line: string, folder: string): Promise<Ended> {
	const env: NodeJS.ProcessEnv = { ...process.env, PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}` };
	for (const name of Object.keys(env)) if (name.startsWith("NNVOL_")) delete env[name];
	env["nnUNet_results"] = join(folder, "results");
	return new Promise((resolve) => {
		execFile("sh", ["-c", line], { cwd: folder, env }, (error, out, err) => {
			const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
			resolve({ code, out, err });
		});
	});
}

/** Runs or looks up one command of a page. */
async function check(command: string, folder: string): Promise<Ended | undefined> {
	expect(command).toMatch(SHOWN);
	if (/^np[mx] /.test(command)) {
		const name = /^npm (?:run ([\w-]+)|(test)\b)/.exec(command);
		if (name !== null) expect(Object.keys(SCRIPTS)).toContain(name[1] ?? name[2]);
		return undefined;
	}
	const ended = await shell(command, folder);
	expect(ended.code, `${command}\n${ended.out}${ended.err}`).toBe(saidCode(command));
	return ended;
}

const TESTED = /^sh$/;
const withCommands = allPages().filter((page) => blocksOf(pageText(page)).some(({ info }) => TESTED.test(info)));

describe.skipIf(process.platform === "win32")("commands", () => {
	it.each(withCommands)("%s: each ends as it says", async (page) => {
		const text = pageText(page);
		const blocks = blocksOf(text);
		const folder = workFolder(blocks);
		const commands = blocks.filter(({ info }) => TESTED.test(info)).flatMap((block) => commandsOf(block.text));
		const out: string[] = [];
		for (const command of commands) out.push((await check(command, folder))?.out ?? "");
		expect(commands.length).toBeGreaterThan(0);
		for (const [, line] of text.matchAll(/says `(Skipped [^`]+)`/g)) expect(out).toContain(`${line}\n`);
	});

	it.each(PLAIN_PAGES)("%s: each works with the example in place of the user's files", async (page) => {
		const blocks = blocksOf(pageText(page)).filter(({ info }) => info === "");
		const folder = workFolder([]);
		const shown = blocks.flatMap(({ text }) => commandsOf(text)).filter((command) => /^(nnvol|npm) /.test(command));
		for (const command of shown) await check(quick(command), folder);
		expect(shown.length).toBeGreaterThan(0);
	});

	it("the tutorial's header: each works", async () => {
		const folder = workFolder([]);
		const examples = join(ROOT, "examples", "mito");
		symlinkSync(join(examples, "images"), join(folder, "volumes"));
		for (const name of ["mito_semantic_2d.pth", "plans.json", "dataset.json"]) {
			symlinkSync(join(examples, "checkpoints", name), join(folder, name));
		}
		const commands = commandsOfHeader(pageText(TUTORIAL));
		for (const command of commands) await check(quick(command), folder);
		expect(commands).toHaveLength(2);
	});

	it("what is left out says why", () => {
		const left = allPages().flatMap((page) => blocksOf(pageText(page)).filter(({ info }) => info === "sh no-test"));
		expect(left.length).toBeGreaterThan(0);
		for (const { text } of left) expect(text).toMatch(/^# not run by the tests: .+/);
	});
});

describe("programs", () => {
	// Within the project, where its own name leads to dist/.
	const out = join(ROOT, "out");
	mkdirSync(out, { recursive: true });
	const folder = made(mkdtempSync(join(out, "docs-")));
	const programs = ["README.md", "docs/inference_guide.md"].flatMap((page) =>
		blocksOf(pageText(page))
			.filter(({ info }) => info === "ts")
			.map(({ text }, n) => ({ name: `${page.replace(/\W/g, "-")}-${n}`, text })),
	);

	// The README's program is run by test/packaging.
	it.each(programs.filter(({ name }) => !name.startsWith("README")))("$name runs", async ({ name, text }) => {
		writeFileSync(join(folder, `${name}.mjs`), text);
		const ended = await shell(`"${process.execPath}" "${join(folder, `${name}.mjs`)}"`, ROOT);
		expect(ended.code, ended.err).toBe(0);
		expect(ended.out).toContain("335x512");
	});

	it("have the types that the package tells", async () => {
		for (const { name, text } of programs) writeFileSync(join(folder, `${name}.mts`), text);
		const settings = {
			compilerOptions: {
				strict: true,
				noEmit: true,
				target: "ES2022",
				module: "NodeNext",
				types: ["node"],
				skipLibCheck: true,
			},
			include: ["*.mts"],
		};
		writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
		const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
		const ended = await shell(`"${process.execPath}" "${compiler}" -p "${folder}"`, ROOT);
		expect(ended.out).toBe("");
		expect(ended.code).toBe(0);
	});
});

describe("links", () => {
	it.each(allPages())("%s: each leads to a file and a heading", (page) => {
		const broken = linksOf(pageText(page)).filter((link) => {
			const [path = "", anchor] = link.split("#");
			const target = path === "" ? page : join(dirname(page), path);
			if (!existsSync(join(ROOT, target))) return true;
			return anchor !== undefined && !anchorsOf(pageText(target)).includes(anchor);
		});
		expect(broken).toEqual([]);
	});

	it("docs/README.md names every page beside it", () => {
		const named = linksOf(pageText("docs/README.md"));
		const pages = allPages().filter((page) => /^docs\/(?!README)/.test(page));
		expect(pages.filter((page) => !named.includes(page.slice("docs/".length)))).toEqual([]);
	});
});

describe("quoted errors", () => {
	const quotes = quotedErrors(pageText("docs/troubleshooting.md"));
	const sources = sourceText();

	it("are many", () => {
		expect(quotes.length).toBeGreaterThan(60);
	});

	it.each(quotes)("%s", (quote) => {
		expect(isInSources(quote, sources)).toBe(true);
	});

	it("would be missed if they changed", () => {
		expect(isInSources("is a model zip, which is not read now", sources)).toBe(false);
		expect(isInSources("no file ... matches nothing whatsoever", sources)).toBe(false);
	});
});
