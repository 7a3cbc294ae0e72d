import { type ExecFileException, execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { wholeBox } from "../../src/core/box.ts";
import { openVolume } from "../../src/volume/formats.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const WINDOWS = process.platform === "win32";
const MINUTES = 60_000;
/** What npm says where the registry cannot be reached. */
const OFFLINE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT/;

type Outcome = { readonly code: number; readonly out: string; readonly said: string };

/** Runs a program as a user's shell would: without what npm tells the scripts of this project. */
function run(program: string, args: readonly string[], cwd: string): Promise<Outcome> {
	const env = Object.fromEntries(
		Object.entries(process.env).filter(
			([name]) => !/^(npm_(?!config_(registry|cache|.*proxy))|onnxruntime|node_env|vitest)/i.test(name),
		),
	);
	return new Promise((resolve) => {
		execFile(
			program,
			args,
			{ cwd, env, shell: WINDOWS, maxBuffer: 1 << 26 },
			(error: ExecFileException | null, out, said) => {
				resolve({
					code: error === null ? 0 : typeof error.code === "number" ? error.code : 1,
					out,
					said: `${out}${said}`,
				});
			},
		);
	});
}

const Manifest = z.object({
	name: z.string(),
	dependencies: z.record(z.string(), z.string()).default({}),
	devDependencies: z.unknown().optional(),
	scripts: z.record(z.string(), z.string()).default({}),
});

function manifestOf(folder: string): z.infer<typeof Manifest> {
	return Manifest.parse(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")));
}

/** Folders of all packages below a `node_modules`. */
function packagesIn(modules: string): string[] {
	if (!existsSync(modules)) return [];
	const names = readdirSync(modules).filter((name) => !name.startsWith("."));
	const folders = names.flatMap((name) =>
		name.startsWith("@")
			? readdirSync(join(modules, name)).map((inner) => join(modules, name, inner))
			: [join(modules, name)],
	);
	return folders.flatMap((folder) => [folder, ...packagesIn(join(folder, "node_modules"))]);
}

describe("the packed tarball, installed in an empty folder", () => {
	const folder = mkdtempSync(join(tmpdir(), "nnvol-packed-"));
	const home = join(folder, "node_modules", "nnvol");
	const model = join(home, "examples", "mito", "checkpoints", "mito_semantic_2d.pth");
	let installed: Outcome;
	let offline = false;

	const nnvol = (...args: string[]) => run(WINDOWS ? "npx.cmd" : "npx", ["--no-install", "nnvol", ...args], folder);

	beforeAll(async () => {
		const packed = await run(process.execPath, [join(ROOT, "scripts", "pack.mjs"), folder], ROOT);
		expect(packed.code, packed.said).toBe(0);
		const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
		writeFileSync(join(folder, "package.json"), '{ "name": "empty", "version": "1.0.0", "private": true }\n');
		const args = [
			"install",
			join(folder, tarball),
			"--foreground-scripts",
			"--ignore-scripts=false",
			"--no-audit",
			"--no-fund",
		];
		installed = await run(WINDOWS ? "npm.cmd" : "npm", [...args, "--fetch-retries=1"], folder);
		offline = installed.code !== 0 && OFFLINE.test(installed.said);
	}, 8 * MINUTES);
	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	it("installs with install scripts allowed, and none is run", (test) => {
		test.skip(offline, "the package registry cannot be reached");
		expect(installed.code, installed.said).toBe(0);
		const packages = packagesIn(join(folder, "node_modules"));
		const names = packages.map((path) => manifestOf(path).name);
		expect(names).toContain("onnxruntime-node");
		const withScripts = packages.filter((path) =>
			["preinstall", "install", "postinstall"].some((name) => name in manifestOf(path).scripts),
		);
		expect(withScripts).toEqual([]);
	});

	it("brings ONNX Runtime with it, its installer of CUDA parts, and nothing of development", (test) => {
		test.skip(offline, "the package registry cannot be reached");
		const runtime = join(home, "node_modules", "onnxruntime-node");
		expect(existsSync(join(runtime, "script", "install.js"))).toBe(true);
		expect(existsSync(join(home, "node_modules", "adm-zip"))).toBe(true);
		expect(readdirSync(join(runtime, "bin", "napi-v6")).sort()).toEqual(["darwin", "linux", "win32"]);
		expect(manifestOf(home).devDependencies).toBeUndefined();
		expect(manifestOf(home).scripts).toEqual({});
		for (const name of ["LICENSE", "NOTICE", "README.md", "docs", "slurm", "tutorials"])
			expect(existsSync(join(home, name)), name).toBe(true);
	});

	it("shows its help", async (test) => {
		test.skip(offline, "the package registry cannot be reached");
		const { code, out, said } = await nnvol("--help");
		expect(code, said).toBe(0);
		expect(out).toContain("predict [options] <model> <input> <output>");
	});

	it("tells what the example's model is", async (test) => {
		test.skip(offline, "the package registry cannot be reached");
		const { code, out, said } = await nnvol("inspect", model);
		expect(code, said).toBe(0);
		expect(out).toContain("PlainConvUNet");
	});

	it(
		"segments the mitochondria of the example",
		async (test) => {
			test.skip(offline, "the package registry cannot be reached");
			const image = join(home, "examples", "mito", "images", "slice4.png");
			const { code, said } = await nnvol("predict", model, image, "out", "--device", "cpu");
			expect(code, said).toBe(0);
			const found = await read(join(folder, "out", "slice4.png"));
			const truth = await read(join(home, "examples", "mito", "labels", "slice4.png"));
			expect(dice(found, truth)).toBeGreaterThan(0.9);
		},
		4 * MINUTES,
	);
});

async function read(path: string): Promise<ArrayLike<number | bigint>> {
	const volume = await openVolume(path);
	try {
		return (await volume.read(wholeBox(volume.info.shape))).data;
	} finally {
		await volume.close();
	}
}

function dice(a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): number {
	let both = 0;
	let sum = 0;
	for (let i = 0; i < a.length; i++) {
		const [inA, inB] = [Number(a[i]) > 0 ? 1 : 0, Number(b[i]) > 0 ? 1 : 0];
		both += inA * inB;
		sum += inA + inB;
	}
	return (2 * both) / sum;
}
